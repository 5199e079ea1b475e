"""The estimate of transitions against the history that Step Functions (the embedded one) writes."""

from typing import Any

import pytest

from definitions import condition, definition, loop, script, wait
from embedded_runs import EmbeddedRuns, Fails

BETWEEN = ("ExecutionStarted", "ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted")

DEFINITIONS: dict[str, Any] = {
    "a chain": [script("a"), script("b", ["a"]), script("c", ["b"])],
    "a fork and a join": [script("a"), script("b", ["a"]), script("c", ["a"]), script("d", ["b", "c"])],
    "an N": [script("a"), script("b"), script("c", ["a"]), script("d", ["a", "b"])],
    "a branch that is jumped over": [
        condition("a", then=["b"], else_=["c"], expression="1 = 2"),
        script("b"),
        script("c"),
        script("d", ["b", "c"]),
    ],
    "a wait": [script("a"), wait("b", ["a"], config={"seconds": 1})],
    "a loop": [loop("each", [], [script("in"), script("then", ["in"])], items="[1..20]")],
    "a loop with forks in it": [
        loop("each", [], [script("in"), script("beside")], items=[1, 2, 3]),
        script("z", ["each"]),
    ],
}


def counted(history: Any) -> int:
    kinds = [event["type"] for event in history]
    return sum(kind.endswith("StateEntered") or kind in BETWEEN for kind in kinds)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_estimate_is_what_was_counted(runs: EmbeddedRuns, name: str) -> None:
    runs.scripts.works = {}
    run = runs.run(definition(*DEFINITIONS[name]))
    assert run["status"] == "completed"
    assert run["transitions"] == pytest.approx(counted(runs.history(run["id"])), rel=0.1)


def test_a_resumed_run_has_used_those_of_each_execution(runs: EmbeddedRuns) -> None:
    fails = iter([True])

    def once(given: Any) -> Any:
        if next(fails, False):
            raise Fails
        return given

    runs.scripts.works = {"c": once}
    source = definition(*(script(name, after, source=name) for name, after in (("a", []), ("b", ["a"]), ("c", ["b"]))))
    run = runs.run(source)
    first = counted(runs.history(run["id"]))
    assert (run["status"], run["transitions"]) == ("failed", first)
    runs.control(run["id"], "resume")
    run = runs.status_of(run["id"], "completed")
    assert run["transitions"] == first + counted(runs.history(run["id"], execution=2))
