"""What the compiled machine does, against the reference interpreter, over random definitions and outcomes."""

import json
import os
import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from statelint.linter import Linter

from asl_simulator import Trace, simulate
from definitions import definition, script
from families import FAMILIES
from path_cover import awaits_of_path_cover
from random_definitions import RANDOMS, definitions, outcomes_of, random_step
from reference_interpreter import Outcomes, Settled, interpret
from simulated_functions import functions
from stepweave.compiler.compile import Compiled, compile_asl, compile_definition
from stepweave.compiler.emit import Targets
from stepweave.compiler.plan import plan_key
from stepweave.domain.plan import Plan

Json = dict[str, Any]
EXPLORES = os.environ.get("HYPOTHESIS_PROFILE", "steady") != "steady"
GRAPHS, BATCH = (5_000 if EXPLORES else 500), 125
"""Of each family."""
SALT = os.urandom(8).hex() if EXPLORES else ""
TARGETS = Targets("arn:aws:lambda:eu-central-1:123456789012:function:run-step")


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


def _compiled(source: Json) -> tuple[Compiled, str]:
    compiled = compile_definition(source)
    assert compiled.problems == ()
    return compiled, compile_asl(compiled, TARGETS)


def _executed(source: Json, outcomes: Outcomes) -> tuple[Plan, dict[str, Settled], Trace]:
    """Compiles, simulates, and gives how step runs should settle and what the machine did."""
    compiled, asl = _compiled(source)
    assert compiled.plan is not None
    ideal = interpret(source, outcomes)
    enter = functions(source, compiled.plan, ideal, outcomes)
    return compiled.plan, ideal, simulate(json.loads(asl), compiled.plan, enter)


def _jumped(plan: Plan, ideal: dict[str, Settled], trace: Trace) -> set[str]:
    """The step runs that the choices after the conditions that were entered jumped over."""
    found = set()
    for key in trace.entered:
        name, at, position = key.partition("@")
        if jumps := plan["steps"][name]["jumps"]:
            found |= {f"{each}{at}{position}" for each in jumps.get(ideal[key].branch, jumps[""])}
    return found


@given(definitions(), RANDOMS, st.sampled_from([0.0, 0.0, 0.05]))
def test_every_step_is_entered_at_the_very_moment_it_may_be(source: Json, chosen: random.Random, fatal: float) -> None:
    plan, ideal, trace = _executed(source, outcomes_of(source, chosen, fatal=fatal))
    assert {key: moments[0] for key, moments in trace.entered.items()} == {
        key: each.start for key, each in ideal.items() if key in trace.entered
    }
    left_out = ideal.keys() - trace.entered.keys()
    assert left_out <= _jumped(plan, ideal, trace)
    assert all(ideal[key].status == "skipped" for key in left_out)
    twice = {step["id"] for step in plan["steps"].values() if step["type"] == "wait"}
    assert all(len(moments) <= 1 + (key.partition("@")[0] in twice) for key, moments in trace.entered.items())


@given(definitions(), RANDOMS, st.sampled_from([0.0, 0.05]))
def test_a_run_ends_when_its_last_step_has_or_at_a_failure_that_nothing_handles(
    source: Json, chosen: random.Random, fatal: float
) -> None:
    plan, ideal, trace = _executed(source, outcomes_of(source, chosen, fatal=fatal))
    failures = [
        ideal[name].end
        for name, step in plan["steps"].items()
        if step["on_error"] == "fail" and name in ideal and ideal[name].status == "failed"
    ]
    assert trace.failed == bool(failures)
    assert trace.end == min(failures, default=max(ideal[name].end for name in ideal if "@" not in name))


@given(definitions(), RANDOMS)
def test_the_plan_tells_which_choice_jumped_over_a_step(source: Json, chosen: random.Random) -> None:
    plan, ideal, trace = _executed(source, outcomes_of(source, chosen))
    for key in ideal.keys() - trace.entered.keys():
        name, at, position = key.partition("@")
        around = [f"{by}{at}{position}" for by in plan["steps"][name]["blocks"]]
        assert any(key in _jumped(plan, ideal, Trace({by: trace.entered[by]})) for by in around if by in trace.entered)


@given(definitions(), RANDOMS)
def test_no_loop_runs_more_iterations_at_once_than_it_may(source: Json, chosen: random.Random) -> None:
    plan, _, trace = _executed(source, outcomes_of(source, chosen))
    for name, step in plan["steps"].items():
        if step["type"] == "loop":
            assert trace.concurrent.get(f"{name} each", 0) <= step["config"]["max_concurrency"]


@pytest.mark.parametrize("batch", range(GRAPHS // BATCH))
@pytest.mark.parametrize("family", FAMILIES)
def test_no_order_is_waited_for_longer_than_it_must_be(family: str, batch: int) -> None:
    """The makespan is the ideal's, to the last bit, with no more awaits than a cover by a minimum of paths needs."""
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        chosen = random.Random(f"{family} {seed} {SALT}")  # noqa: S311 (no secret)
        source = FAMILIES[family](chosen.randint(8, 60), chosen)
        compiled, asl = _compiled(source)
        assert compiled.plan is not None
        assert compiled.graph is not None
        outcomes = outcomes_of(source, chosen, plain=True)
        ideal = interpret(source, outcomes)
        trace = simulate(json.loads(asl), compiled.plan, functions(source, compiled.plan, ideal, outcomes))
        starts = {name: moments[0] for name, moments in trace.entered.items()}
        assert starts == {name: each.start for name, each in ideal.items()}
        assert trace.end == max(each.end for each in ideal.values())
        assert trace.awaits <= awaits_of_path_cover(compiled.graph.top)


@given(series_parallel(), RANDOMS)
def test_a_series_parallel_order_needs_no_await(source: Json, chosen: random.Random) -> None:
    _, ideal, trace = _executed(source, outcomes_of(source, chosen, plain=True))
    assert {name: moments[0] for name, moments in trace.entered.items()} == {n: each.start for n, each in ideal.items()}
    assert trace.awaits == 0


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


@settings(max_examples=5)
@given(RANDOMS)
def test_forks_deeper_than_a_machine_may_nest_are_not_waited_for_either(chosen: random.Random) -> None:
    forks = [(f"s{number:03}", [f"s{number - 1:03}"] if number else []) for number in range(100)]
    steps = [script(name, after) for name, after in forks] + [script(f"t{name}", after) for name, after in forks]
    source = definition(*steps)
    _, ideal, trace = _executed(source, outcomes_of(source, chosen, plain=True))
    assert {name: moments[0] for name, moments in trace.entered.items()} == {n: each.start for n, each in ideal.items()}


@settings(max_examples=20)
@given(RANDOMS)
def test_a_large_definition_comes_out_whole(chosen: random.Random) -> None:
    ids = [f"s{index:03}" for index in range(200)]
    source = definition(*(random_step(ids, index, chosen, 0.02) for index in range(len(ids))))
    _, ideal, trace = _executed(source, outcomes_of(source, chosen))
    assert all(ideal[name].status == "skipped" for name in ideal.keys() - trace.entered.keys())
    assert all(moments[0] == ideal[name].start for name, moments in trace.entered.items())
