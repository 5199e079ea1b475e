"""The counts are held against real histories in tests/integration/machines."""

from typing import Any

import pytest

from definitions import definition, loop, script, wait
from stepweave.compiler.compile import compile_definition
from stepweave.compiler.history import (
    AWAIT,
    DISTRIBUTED,
    FORK,
    MAX_EVENTS,
    MOST_PLANNED,
    MOST_TWICE,
    PASSING,
    TASK,
    events,
    inline_room,
)


def _room(*steps: dict[str, Any]) -> tuple[int, dict[str, int]]:
    compiled = compile_definition(definition(*steps))
    assert compiled.woven is not None
    assert compiled.plan is not None
    return events(compiled.woven, compiled.plan), inline_room(compiled.woven, compiled.plan)


def _found(*steps: dict[str, Any]) -> tuple[int, set[str]]:
    """The events, and the loops that are distributed whatever they have."""
    total, room = _room(*steps)
    return total, {loop for loop, most in room.items() if not most}


def _body(count: int, prefix: str = "s") -> list[dict[str, Any]]:
    return [script(f"{prefix}{number}", [f"{prefix}{number - 1}"] if number else []) for number in range(count)]


def test_a_step_is_five_events_and_a_wait_twelve() -> None:
    assert _found(script("a"))[0] == 2 + 5
    assert _found(wait("a"))[0] == 2 + 12


def test_a_loop_over_a_list_has_its_items() -> None:
    assert _found(loop("l", [], [script("a")], items=["x", "y"])) == (2 + 14 + 2 * 7, set())
    assert _found(loop("l", [], [script("a")], items=[])) == (2 + 14, set())


def test_a_loop_over_an_expression_is_inline_for_as_many_items_as_fit() -> None:
    total, room = _room(loop("l", [], [script("a")]))
    assert room == {"l": (MOST_PLANNED - 2 - DISTRIBUTED - PASSING - FORK) // 7}
    assert MOST_PLANNED - 20 < total <= MOST_PLANNED


def test_loops_over_expressions_share_the_history_they_are_in() -> None:
    total, room = _room(*(loop(f"l{number}", [], [script(f"x{number}")]) for number in range(4)), *_body(100))
    assert len(set(room.values())) == 1
    assert 4 * room["l0"] * 7 > 0.95 * (MOST_PLANNED - 500)
    assert total <= MOST_PLANNED


def test_a_loop_over_an_expression_leaves_it_to_a_list_to_fill_half_of_the_history() -> None:
    total, room = _room(loop("l", [], [script("s")], items=[1] * 1000), loop("m", [], [script("t")]))
    assert (room["l"], room["m"] > 1000, total <= MOST_PLANNED) == (1000, True, True)
    assert _room(loop("l", [], [script("s")], items=[1] * 2000), loop("m", [], [script("t")]))[1]["l"] == 0


def test_a_loop_whose_items_are_heavy_is_distributed_however_few_they_are() -> None:
    assert _room(loop("l", [], _body(190)))[1]["l"] >= 20
    assert _found(loop("l", [], _body(220))) == (2 + DISTRIBUTED, {"l"})


def test_a_loop_around_one_over_an_expression_is_distributed_and_that_one_has_room_in_each_item() -> None:
    for items in ("input.items", [1, 2]):
        _, room = _room(loop("outer", [], [loop("inner", [], [script("a")])], items=items))
        assert room["outer"] == 0
        assert room["inner"] > 2000


def test_a_loop_over_an_expression_is_inline_around_one_over_a_list() -> None:
    _, room = _room(loop("outer", [], [loop("inner", [], [script("a")], items=[1, 2])]))
    assert room["inner"] == 2
    assert room["outer"] > 500
    assert _found(loop("outer", [], [loop("inner", [], [script("a")], items=[1] * 9000)]))[1] == {"outer", "inner"}


def test_only_so_many_steps_stand_twice_in_a_machine() -> None:
    outer = [loop(f"o{n}", [], [loop(f"i{n}", [], _body(90, f"s{n}_"))]) for n in range(4)]
    room = _room(*outer)[1]
    assert sum(90 for loop, most in room.items() if most) == 180 <= MOST_TWICE


@pytest.mark.parametrize(("most", "distributed"), [(40, set()), (41, {"l"})])
def test_more_than_forty_at_once_are_distributed(most: int, distributed: set[str]) -> None:
    assert _found(loop("l", [], [script("a")], max_concurrency=most))[1] == distributed


def test_a_loop_around_a_distributed_one_is_distributed() -> None:
    inner = loop("inner", [], [script("a")], items=[1], max_concurrency=41)
    assert _found(loop("outer", [], [inner], items=[1]))[1] == {"inner", "outer"}


def test_the_heaviest_loops_are_distributed_until_the_rest_fits() -> None:
    light, heavy = loop("a", [], [script("x")], items=[1] * 1000), loop("b", [], _body(3), items=[1] * 1000)
    total, found = _found(light, heavy)
    assert found == {"b"}
    assert total <= MOST_PLANNED
    assert _found(light, loop("b", [], [script("y")], items=[1] * 1000))[1] == set()


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


def _until(name: str = "w", after: tuple[str, ...] = (), **config: Any) -> dict[str, Any]:
    return wait(name, after, config={"condition": "input.ready", **config})


def test_a_wait_for_a_condition_has_nine_events_for_each_look_that_it_may_make() -> None:
    assert _found(_until(interval_seconds=30, timeout_seconds=90))[0] == 2 + 4 * 9


def test_a_wait_for_a_condition_without_an_end_fits_into_one_history_however_often_it_looks() -> None:
    total, _ = _found(_until(interval_seconds=1))
    assert 5000 < total < 10_000


def test_a_loop_over_such_waits_is_distributed() -> None:
    assert _found(loop("l", [], [_until()], items=list(range(20))))[1] == {"l"}


def test_waits_that_may_look_more_often_than_a_history_holds_are_a_problem_of_the_heaviest() -> None:
    waits = [_until(f"w{number}", interval_seconds=2 - (number == 2)) for number in range(4)]
    problems = compile_definition(definition(*waits)).problems
    assert [(each.code, each.path) for each in problems] == [("history_too_long", "/steps/2/config/interval_seconds")]
    assert not compile_definition(definition(*(_until(f"w{n}", timeout_seconds=3600) for n in range(4)))).problems


def test_an_iteration_of_its_own_is_weighed_by_itself() -> None:
    waits = [_until(f"w{number}", interval_seconds=1) for number in range(4)]
    problems = compile_definition(definition(loop("l", [], waits, items=[1, 2]), script("after", ["l"]))).problems
    assert [each.path for each in problems] == ["/steps/0/config/steps/3/config/interval_seconds"]
    apart = [loop(f"l{n}", [], [_until(f"w{n}", interval_seconds=1)], items=[1, 2, 3]) for n in range(4)]
    assert not compile_definition(definition(*apart)).problems
