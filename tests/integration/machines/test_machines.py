from collections import Counter
from typing import Any

import pytest

from definitions import cases, condition, definition, loop, script, wait
from stepweave.compiler.compile import compile_definition
from stepweave.compiler.history import events


def n(prefix: str = "", **more: Any) -> list[dict[str, Any]]:
    a, b, c, d = (f"{prefix}{name}" for name in "abcd")
    return [script(a), script(b), script(c, [a]), script(d, [a, b], **more)]


def test_an_n_runs(runner: Any) -> None:
    status, _ = runner.run(definition(*n()))
    assert status == "SUCCEEDED"
    assert sorted(runner.entered) == ["a@", "b@", "c@", "d@"]


@pytest.mark.parametrize("most", [1, 10, 50])
def test_loops_in_loops_run_at_every_position(runner: Any, most: int) -> None:
    inner = loop("inner", ["x"], n("n_"), max_concurrency=most)
    status, _ = runner.run(definition(loop("outer", [], [script("x"), inner, script("y", ["inner"])])))
    assert status == "SUCCEEDED"
    counts = Counter(key.partition("@")[0] for key in runner.entered)
    assert counts == {"outer": 1, "x": 2, "inner": 2, "y": 2} | dict.fromkeys(["n_a", "n_b", "n_c", "n_d"], 4)
    assert {"n_d@0.0", "n_d@0.1", "n_d@1.0", "n_d@1.1"} <= set(runner.entered)


def test_an_item_that_fails_ends_its_iteration_and_the_loop_goes_on_where_it_says_so(runner: Any) -> None:
    runner.failing = {"get@0"}
    body = [script("get"), script("put", ["get"]), script("log", ["get"])]
    status, _ = runner.run(definition(loop("l", [], body, on_item_error="continue"), script("end", ["l"])))
    assert status == "SUCCEEDED"
    assert sorted(runner.entered) == ["end@", "get@0", "get@1", "l@", "log@1", "put@1"]


def test_an_item_that_fails_ends_the_loop_which_then_collects(runner: Any) -> None:
    runner.failing = {"get@0"}
    status, events = runner.run(definition(loop("l", [], [script("get")], max_concurrency=1), script("end", ["l"])))
    assert status == "SUCCEEDED"
    assert runner.entered == ["l@", "get@0", "end@"]
    assert "l done" in [event.get("stateEnteredEventDetails", {}).get("name") for event in events]


@pytest.mark.parametrize("continues", ["fail", "continue"])
def test_a_loop_that_fails_fails_the_iteration_around_it(runner: Any, continues: str) -> None:
    runner.failing = {"get@0.0", "inner@0"}
    inner = loop("inner", [], [script("get")], items=[1, 2])
    body = [inner, script("after", ["inner"])]
    outer = loop("outer", [], body, items=[1, 2], on_item_error=continues, max_concurrency=1)
    status, _ = runner.run(definition(outer))
    assert status == "SUCCEEDED"
    assert ("after@1" in runner.entered) == (continues == "continue")
    assert "after@0" not in runner.entered


@pytest.mark.parametrize("items", [20, 21])
def test_a_loop_with_more_items_than_the_history_has_room_for_is_distributed(runner: Any, items: int) -> None:
    """The branch of 190 steps, which no item takes here, leaves room for 20."""
    runner.items = items
    many = [script(f"s{number}", [f"s{number - 1}"] if number else []) for number in range(190)]
    body = [condition("c", then=["y"], else_=["s0"]), script("y"), *many]
    status, history = runner.run(definition(loop("l", [], body), script("end", ["l"])))
    assert status == "SUCCEEDED"
    assert Counter(key.partition("@")[0] for key in runner.entered) == {"l": 1, "c": items, "y": items, "end": 1}
    assert ("MapRunStarted" in {event["type"] for event in history}) == (items > 20)


WHOLE = {
    "a step": [script("a")],
    "a chain": [script("a"), script("b", ["a"]), wait("c", ["b"]), script("d", ["c"])],
    "forks": [script("a"), script("b", ["a"]), script("c", ["a"]), script("d", ["b", "c"]), script("e"), wait("f")],
    "an n": n(),
    "two awaits": [*n(), script("e", ["b", "c"]), script("f", ["e", "d"])],
    "a choice": [condition("c", then=["x"], else_=["y"]), script("x"), script("y"), script("z", ["x", "y"])],
    "cases": [cases("c", [], ["x"], ["y"]), script("x"), script("y"), script("z", ["x"]), script("k", ["c"])],
    "a choice at the end": [script("a"), condition("c", ["a"], then=["x"]), script("x"), script("w", ["x"])],
    "a loop": [loop("l", [], [script("x"), script("y", ["x"])], items=[1, 2])],
    "many at once": [loop("l", [], [script("x"), script("y", ["x"])], items=[1, 2], max_concurrency=50)],
    "loops in loops": [
        loop("l", [], [loop("m", [], [*n(), wait("w", ["d"])], items=[1, 2]), script("o")], items=[1, 2])
    ],
}


@pytest.mark.parametrize("name", WHOLE)
def test_the_events_of_a_run_are_known_before_it_to_a_tenth_and_never_too_few(runner: Any, name: str) -> None:
    source = definition(*WHOLE[name])
    compiled = compile_definition(source)
    assert compiled.woven is not None
    assert compiled.plan is not None
    status, history = runner.run(source)
    assert status == "SUCCEEDED"
    estimate = events(compiled.woven, compiled.plan)
    assert len(history) <= estimate <= 1.1 * len(history)
