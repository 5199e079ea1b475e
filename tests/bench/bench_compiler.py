"""The compiler: what its machines cost and how long they take against the ideal and against layers; its own speed."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from statistics import fmean, median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from figures import cpu_milliseconds, heading

from asl_simulator import Trace, simulate
from definitions import definition, script
from families import FAMILIES, dense, hand_like
from path_cover import awaits_of_path_cover
from reference_interpreter import Outcomes, Settled, interpret
from simulated_functions import functions
from stepweave.compiler.compile import compile_asl, compile_definition
from stepweave.compiler.emit import Targets

Json = dict[str, Any]
TARGETS = Targets("arn:aws:lambda:eu-central-1:123456789012:function:stepweave-run-step")
GRAPHS = 50
COLUMNS = (
    *(("steps", 6), ("ours", 8), ("layers", 8), ("transitions/step", 18)),
    *(("awaits", 8), ("path cover", 12), ("one Parallel", 14)),
)
SIZES = (8, 15, 30, 60)


def main() -> None:
    makespans()
    speed()


def makespans() -> None:
    notes = [
        f"Means over {GRAPHS} random graphs each; steps last 1 to 20 s. The ideal is when the definition lets it end.",
        "Awaits: ours; where prime parts are covered by a minimum of paths; and where every step is a strand of one",
        "Parallel that awaits what it depends on.",
    ]
    heading("Makespan against the ideal, and states", notes)
    columns = "".join(f"{name:>{width}}" for name, width in COLUMNS)
    print(f"{'family':<10}{columns}")
    for family, make in FAMILIES.items():
        for size in SIZES:
            rows = [_measured(make(size, _random(seed)), _random(seed)) for seed in range(GRAPHS)]
            ours, layers, transitions, awaits, cover, strands = (fmean(each) for each in zip(*rows, strict=True))
            print(
                f"{family:<10} {size:>5} {ours:7.3f} {layers:7.3f} {transitions:17.2f} {awaits:7.1f} {cover:11.1f} "
                f"{strands:13.1f}"
            )


def _measured(source: Json, chosen: Random) -> tuple[float, float, float, int, int, int]:
    lasts = {step["id"]: chosen.uniform(1, 20) for step in source["steps"]}
    outcomes = Outcomes(
        takes=lambda _: "", fails=lambda _: False, wants=lambda _: True, lasts=lasts.__getitem__, counts=lambda _: 0
    )
    ideal = interpret(source, outcomes)
    end = max(each.end for each in ideal.values())
    trace, cover = _simulated(source, ideal, outcomes)
    layers = _layers(source, lasts)
    strands = sum(bool(step["depends_on"]) for step in source["steps"])
    return trace.end / end, layers / end, trace.transitions / len(lasts), trace.awaits, cover, strands


def _simulated(source: Json, ideal: Mapping[str, Settled], outcomes: Outcomes) -> tuple[Trace, int]:
    compiled = compile_definition(source)
    assert compiled.plan is not None
    assert compiled.graph is not None
    machine = json.loads(compile_asl(compiled, TARGETS))
    trace = simulate(machine, compiled.plan, functions(source, compiled.plan, ideal, outcomes))
    return trace, awaits_of_path_cover(compiled.graph.top)


def _layers(source: Json, lasts: Mapping[str, float]) -> float:
    """How long it takes where each layer of steps begins when the last has ended."""
    before = {step["id"]: step["depends_on"] for step in source["steps"]}
    level: dict[str, int] = {}

    def level_of(step: str) -> int:
        if step not in level:
            level[step] = 1 + max(map(level_of, before[step]), default=-1)
        return level[step]

    longest: dict[int, float] = {}
    for step in before:
        longest[level_of(step)] = max(longest.get(level_of(step), 0.0), lasts[step])
    return sum(longest.values())


def ordinary(size: int, salt: int) -> Json:
    """Hand-like, and each step reads from what it depends on; every tenth has a `when`. `salt`: makes texts new, for
    expressions are kept once they are parsed.
    """
    source = hand_like(size, _random(1))
    for number, step in enumerate(source["steps"]):
        for name in step["depends_on"]:
            step["config"]["source"] += f" {{{{ steps.{name}.output.stdout & '{salt} {number}' }}}}"
            if number % 10 == 0:
                step["when"] = f"steps.{name}.output.exit_code = {number + salt * size}"
    return source


def chain(size: int) -> Json:
    return definition(*(script(f"s{number}", [f"s{number - 1}"] if number else []) for number in range(size)))


def wide(size: int) -> Json:
    middle = [f"s{number}" for number in range(1, size - 1)]
    return definition(script("s0"), *(script(name, ["s0"]) for name in middle), script("end", middle))


SHAPES: Mapping[str, Callable[[int, int], Json]] = {
    "chain": lambda size, _: chain(size),
    "wide": lambda size, _: wide(size),
    "hand-like": ordinary,
    "dense": lambda size, _: dense(size, _random(1), min(0.3, 8 / size)),
}


def speed() -> None:
    heading(
        "Compiling", ["Definition to ASL, validation included; CPU time, medians of 5. The floor is reading its JSON."]
    )
    print(f"{'shape':<10} {'steps':>5} {'ms':>9} {'ms/step':>9} {'floor ms':>9} {'ASL bytes/step':>15}")
    for shape, make in SHAPES.items():
        for size in (10, 100, 1000):
            taken, floor, asl = [], [], ""
            for salt in range(5):
                text = json.dumps(make(size, salt))
                floor.append(cpu_milliseconds(lambda text=text: json.loads(text)))
                source = json.loads(text)
                found: list[str] = []
                taken.append(cpu_milliseconds(lambda source=source, found=found: found.append(_compiled(source))))
                asl = found[0]
            size_per_step = len(asl) / size
            print(
                f"{shape:<10} {size:>5} {median(taken):9.1f} {median(taken) / size:9.3f} {median(floor):9.2f} "
                f"{size_per_step:15.0f}"
            )


def _random(seed: int) -> Random:
    return Random(seed)  # noqa: S311 (the same graphs every time)


def _compiled(source: Json) -> str:
    compiled = compile_definition(source)
    if compiled.problems:
        raise SystemExit(f"the bench compiles what is valid: {compiled.problems[0].message}")
    return compile_asl(compiled, TARGETS)


if __name__ == "__main__":
    main()
