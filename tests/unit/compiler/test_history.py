"""The counts are held against real histories in tests/integration/machines."""

from typing import Any

import pytest

from definitions import definition, loop, script, wait
from stepweave.compiler.compile import compile_definition
from stepweave.compiler.history import (
    ASSUMED_ITEMS,
    AWAIT,
    FORK,
    MAX_EVENTS,
    MOST_PLANNED,
    PASSING,
    TASK,
    distributed_loops,
    events,
)


def _found(*steps: dict[str, Any]) -> tuple[int, frozenset[str]]:
    compiled = compile_definition(definition(*steps))
    assert compiled.woven is not None
    assert compiled.plan is not None
    return events(compiled.woven, compiled.plan), distributed_loops(compiled.woven, compiled.plan)


def _body(count: int, prefix: str = "s") -> list[dict[str, Any]]:
    return [script(f"{prefix}{number}", [f"{prefix}{number - 1}"] if number else []) for number in range(count)]


def test_a_step_is_five_events_and_a_wait_twelve() -> None:
    assert _found(script("a"))[0] == 2 + 5
    assert _found(wait("a"))[0] == 2 + 12


def test_a_loop_over_an_expression_is_taken_to_have_some_hundred_items() -> None:
    assert _found(loop("l", [], [script("a")]))[0] == 2 + 14 + ASSUMED_ITEMS * 7
    assert _found(loop("l", [], [script("a")], items=["x", "y"]))[0] == 2 + 14 + 2 * 7


@pytest.mark.parametrize(("most", "distributed"), [(40, frozenset()), (41, frozenset({"l"}))])
def test_more_than_forty_at_once_are_distributed(most: int, distributed: frozenset[str]) -> None:
    assert _found(loop("l", [], [script("a")], max_concurrency=most))[1] == distributed


def test_a_loop_around_a_distributed_one_is_distributed() -> None:
    inner = loop("inner", [], [script("a")], items=[1], max_concurrency=41)
    assert _found(loop("outer", [], [inner], items=[1]))[1] == {"inner", "outer"}


def test_the_heaviest_loops_are_distributed_until_the_rest_fits() -> None:
    light, heavy = loop("a", [], [script("x")], items=[1] * 1000), loop("b", [], _body(3), items=[1] * 1000)
    total, found = _found(light, heavy)
    assert found == {"b"}
    assert total <= MOST_PLANNED
    assert _found(light, loop("b", [], [script("y")], items=[1] * 1000))[1] == frozenset()


def test_a_loop_inside_a_distributed_one_is_weighed_by_itself() -> None:
    inner = loop("inner", [], [script("a")], items=[1] * 10)
    assert _found(loop("outer", [], [inner], items=[1] * 1000))[1] == {"outer"}
    large = loop("inner", [], _body(4), items=[1] * 1000)
    assert _found(loop("outer", [], [large], items=[1] * 1000))[1] == {"inner", "outer"}


def test_a_thousand_steps_of_the_heaviest_kind_fit_into_one_history() -> None:
    """So no definition is refused for its history: 1,000 steps, most of them waits behind an await."""
    assert 1000 * (2 * TASK + PASSING + AWAIT + FORK) < MAX_EVENTS
    before = [wait("w0"), wait("w1")]
    ladder = [wait(f"w{number}", [f"w{number - 1}", f"w{number - 2}"][: 1 + number % 2]) for number in range(2, 600)]
    total, _ = _found(*before, *ladder)
    assert total < MOST_PLANNED
