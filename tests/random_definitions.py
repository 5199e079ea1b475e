"""Random definitions of every construct, and what happens in a run of one."""

import random
from typing import Any

from hypothesis import strategies as st

from definitions import cases, condition, definition, loop, script, wait
from reference_interpreter import Outcomes, branches_of
from stepweave.compiler.compile import compile_definition

Json = dict[str, Any]
RANDOMS = st.randoms(use_true_random=True)


@st.composite
def definitions(draw: st.DrawFn, most: int = 60) -> Json:
    """Any mixture of dependencies, conditions, handlers and loops without a cycle: steps name only later ones."""
    count = draw(st.integers(1, most))
    chosen = draw(RANDOMS)
    steps = _scope(count, chosen, "s", 2)
    if any(problem.code == "history_too_long" for problem in compile_definition(definition(*steps)).problems):
        for step in all_steps(steps):
            if "condition" in step["config"]:
                step["config"] = {"seconds": 1}
    if chosen.random() < 0.2:
        handled = definition(*steps, config={"on_error": {"next": chosen.choice(steps)["id"]}})
        # A step to which no failure leads is no handler.
        if not any(problem.code == "unreachable_handler" for problem in compile_definition(handled).problems):
            return handled
    return definition(*steps)


def _scope(count: int, chosen: random.Random, prefix: str, depth: int) -> list[Json]:
    ids = [f"{prefix}{index:02}" for index in range(count)]
    chosen.shuffle(ids)
    density = chosen.choice([0.1, 0.25, 0.5])
    steps = [random_step(ids, index, chosen, density, depth) for index in range(count)]
    chosen.shuffle(steps)
    return steps


def random_step(ids: list[str], index: int, chosen: random.Random, density: float, depth: int = 0) -> Json:
    name, before, later = ids[index], ids[:index], ids[index + 1 :]
    after = [each for each in before if chosen.random() < density]

    def some() -> list[str]:
        return [each for each in later if chosen.random() < 0.3]

    kind = chosen.choice(["script", "script", "script", "condition", "cases", "wait", "loop"])
    match kind:
        case "condition":
            step = condition(name, after, then=some(), else_=some())
        case "cases":
            step = cases(name, after, some(), some(), otherwise=some())
        case "wait":
            step = wait(
                name,
                after,
                config=chosen.choice(
                    [{"seconds": 1}, {"signal": "go"}, {"condition": "input.ready", "timeout_seconds": 300}]
                ),
            )
        case "loop" if depth:
            inside = _scope(chosen.randint(1, 5), chosen, f"{name}_", depth - 1)
            most = chosen.choice([1, 2, 3, 40, 41])
            step = loop(name, after, inside, max_concurrency=most, on_item_error=chosen.choice(["fail", "continue"]))
        case _:
            step = script(name, after)
    # What a condition names in a branch cannot handle its failure.
    handlers = [each for each in later if all(each not in names for _, names in branches_of(step))]
    if chosen.random() < 0.25:
        step["on_error"] = {"goto": chosen.choice(handlers)} if handlers and chosen.random() < 0.7 else "continue"
    return step


def outcomes_of(source: Json, chosen: random.Random, *, plain: bool = False, fatal: float = 0.0) -> Outcomes:
    """Outcomes by key, the same whenever asked. `fatal`: the chance of a failure that nothing handles."""
    steps = {step["id"]: step for step in all_steps(source["steps"])}
    seed = chosen.getrandbits(64)

    def drawn(key: str, what: str) -> random.Random:
        return random.Random(f"{seed} {what} {key}")  # noqa: S311 (no secret)

    def fails(key: str) -> bool:
        unhandled = steps[key.partition("@")[0]].get("on_error", "fail") == "fail"
        inside = "@" in key
        chance = (0.1 if inside else fatal) if unhandled else 0.4
        return not plain and drawn(key, "fails").random() < chance

    def takes(key: str) -> str:
        return drawn(key, "takes").choice([branch for branch, _ in branches_of(steps[key.partition("@")[0]])])

    return Outcomes(
        takes=takes,
        fails=fails,
        wants=lambda key: plain or drawn(key, "wants").random() < 0.9,
        lasts=lambda key: drawn(key, "lasts").uniform(1, 20),
        counts=lambda key: drawn(key, "counts").randint(0, 4),
    )


def all_steps(steps: list[Json]) -> list[Json]:
    return [each for step in steps for each in [step, *all_steps(step["config"].get("steps", []))]]
