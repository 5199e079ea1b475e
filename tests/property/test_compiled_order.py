"""What the compiled machine does, against the reference interpreter, over random definitions and outcomes."""

import json
import random
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from statelint.linter import Linter

from asl_simulator import Trace, simulate
from definitions import cases, condition, definition, loop, script, wait
from reference_interpreter import Outcomes, Settled, branches_of, edges_of, interpret
from stepweave.compiler.compile import Compiled, compile_asl, compile_definition
from stepweave.compiler.emit import Targets
from stepweave.compiler.plan import plan_key

Json = dict[str, Any]
TARGETS = Targets("arn:aws:lambda:eu-central-1:123456789012:function:run-step")
RANDOMS = st.randoms(use_true_random=True)


@st.composite
def definitions(draw: st.DrawFn, most: int = 14) -> Json:
    """Any mixture of dependencies, conditions, handlers and loops without a cycle: steps name only later ones."""
    count = draw(st.integers(1, most))
    chosen = draw(RANDOMS)
    ids = [f"s{index:02}" for index in range(count)]
    chosen.shuffle(ids)
    density = chosen.choice([0.1, 0.25, 0.5])
    steps = [_step(ids, index, chosen, density) for index in range(count)]
    config: Json = {}
    if chosen.random() < 0.2:
        config["on_error"] = {"next": chosen.choice(ids)}
    chosen.shuffle(steps)
    return definition(*steps, config=config)


def _step(ids: list[str], index: int, chosen: random.Random, density: float) -> Json:
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
            step = wait(name, after)
        case "loop":
            step = loop(name, after, [script(f"{name}_in"), script(f"{name}_out", [f"{name}_in"])])
        case _:
            step = script(name, after)
    if chosen.random() < 0.25:
        step["on_error"] = {"goto": chosen.choice(later)} if later and chosen.random() < 0.7 else "continue"
    return step


@st.composite
def series_parallel(draw: st.DrawFn) -> Json:
    """Forks and joins nested in each other, with a few dependencies too many that change nothing."""
    chosen = draw(RANDOMS)
    edges: list[tuple[str, str]] = []
    count = 0

    def build(depth: int) -> tuple[list[str], list[str]]:
        nonlocal count
        kind = chosen.choice(["step", "series", "parallel"]) if depth else "step"
        if kind == "step":
            count += 1
            return [f"s{count}"], [f"s{count}"]
        parts = [build(depth - 1) for _ in range(chosen.randint(2, 3))]
        if kind == "parallel":
            return [each for first, _ in parts for each in first], [each for _, last in parts for each in last]
        for (_, last), (first, _) in pairwise(parts):
            edges.extend((one, other) for one in last for other in first)
        return parts[0][0], parts[-1][1]

    build(draw(st.integers(1, 4)))
    steps = [script(f"s{n}", [one for one, other in edges if other == f"s{n}"]) for n in range(1, count + 1)]
    chosen.shuffle(steps)
    return definition(*steps)


def _outcomes(source: Json, chosen: random.Random, *, plain: bool = False) -> Outcomes:
    by_id = {step["id"]: step for step in source["steps"]}
    may_fail = {name for name, step in by_id.items() if step.get("on_error", "fail") != "fail"}
    fails = {name for name in sorted(may_fail) if chosen.random() < 0.4 and not plain}
    unwanted = {name for name in sorted(by_id) if chosen.random() < 0.1 and not plain}
    lasts = {name: float(chosen.randint(1, 20)) for name in sorted(by_id)}
    takes = {
        name: chosen.choice([branch for branch, _ in branches_of(step)])
        for name, step in sorted(by_id.items())
        if step["type"] == "condition"
    }
    return Outcomes(takes.__getitem__, fails.__contains__, lambda name: name not in unwanted, lasts.__getitem__)


def _compiled(source: Json) -> tuple[Compiled, str]:
    compiled = compile_definition(source)
    assert compiled.problems == ()
    return compiled, compile_asl(compiled, TARGETS)


def _executed(source: Json, outcomes: Outcomes) -> tuple[Compiled, dict[str, Settled], dict[str, float], Trace, float]:
    """Compiles, simulates, and gives when each step was entered and had settled in the machine."""
    compiled, asl = _compiled(source)
    ideal = interpret(source, outcomes)
    settled: dict[str, float] = {}

    def enter(step: str, at: float) -> tuple[Any, float]:
        lasts = 0.0 if ideal[step].status == "skipped" or step in settled else outcomes.lasts(step)
        settled.setdefault(step, at + lasts)
        return {"branch": ideal[step].branch, "until": "later"}, at + lasts

    trace, end = simulate(json.loads(asl), enter)
    return compiled, ideal, settled, trace, end


@given(definitions(), RANDOMS)
def test_every_step_is_entered_once_and_after_all_it_waits_for(source: Json, chosen: random.Random) -> None:
    compiled, ideal, settled, trace, _ = _executed(source, _outcomes(source, chosen))
    assert compiled.plan is not None
    waits = {step["id"] for step in source["steps"] if step["type"] == "wait"}
    for name, moments in trace.entered.items():
        assert len(moments) == (2 if name in waits else 1)
    jumped = {
        each
        for name, step in compiled.plan["steps"].items()
        if step["jumps"] and (name in trace.entered)
        for each in step["jumps"].get(ideal[name].branch, step["jumps"][""])
    }
    assert jumped == ideal.keys() - trace.entered.keys()
    assert all(ideal[name].status == "skipped" for name in jumped)
    for name, edges in edges_of(source).items():
        if name in trace.entered:
            assert all(settled.get(edge, 0.0) <= trace.entered[name][0] for edge in edges.all)


@given(definitions(), RANDOMS)
def test_the_plan_tells_which_choice_jumped_over_a_step(source: Json, chosen: random.Random) -> None:
    compiled, ideal, _, trace, _ = _executed(source, _outcomes(source, chosen))
    assert compiled.plan is not None
    for name, step in compiled.plan["steps"].items():
        if name in ideal and name not in trace.entered:
            assert any(
                name
                in compiled.plan["steps"][by]["jumps"].get(ideal[by].branch, compiled.plan["steps"][by]["jumps"][""])
                for by in step["blocks"]
                if by in trace.entered
            )


@given(series_parallel(), RANDOMS)
def test_a_series_parallel_order_never_waits_for_what_it_need_not(source: Json, chosen: random.Random) -> None:
    _, ideal, _, trace, end = _executed(source, _outcomes(source, chosen, plain=True))
    assert {name: moments[0] for name, moments in trace.entered.items()} == {n: each.start for n, each in ideal.items()}
    assert end == max(each.end for each in ideal.values())


@given(definitions(), RANDOMS)
def test_the_order_of_steps_and_members_changes_nothing(source: Json, chosen: random.Random) -> None:

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: shuffled(value[name]) for name in chosen.sample(sorted(value), len(value))}
        if isinstance(value, list) and value and isinstance(value[0], dict) and "id" in value[0]:
            return [shuffled(each) for each in chosen.sample(value, len(value))]
        return value

    one, asl = _compiled(source)
    other, same = _compiled(shuffled(source))
    assert asl == same
    assert one.woven == other.woven
    assert one.plan is not None
    assert other.plan is not None
    assert plan_key(one.plan) == plan_key(other.plan)
    assert list(one.plan["steps"]) == list(other.plan["steps"])


@settings(max_examples=25)
@given(definitions(most=8))
def test_linters_and_parsers_accept_every_machine(source: Json) -> None:
    _, asl = _compiled(source)
    assert Linter.validate(json.loads(asl)) == []
    AmazonStateLanguageParser.parse(asl)


@settings(max_examples=20)
@given(RANDOMS)
def test_a_large_definition_comes_out_whole(chosen: random.Random) -> None:
    ids = [f"s{index:03}" for index in range(200)]
    source = definition(*(_step(ids, index, chosen, 0.02) for index in range(len(ids))))
    compiled, ideal, _, trace, _ = _executed(source, _outcomes(source, chosen))
    assert compiled.plan is not None
    assert all(ideal[name].status == "skipped" for name in ideal.keys() - trace.entered.keys())
    assert ideal.keys() <= compiled.plan["steps"].keys()
