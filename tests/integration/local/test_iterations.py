"""Map states on the laptop end as they do on AWS."""

import json
import threading
from typing import Any

import pytest

CALL = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}, "End": True}
MODES: dict[str, dict[str, str]] = {
    "inline": {"Mode": "INLINE"},
    "distributed": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
}


ITEMS = 2_000


class Refused(Exception):
    pass


def states(mode: str, most: int, *bodies: str) -> dict[str, Any]:
    """A Map over `$.items` whose iterations call the function once for each body, and what catches its failures."""
    inside = {
        name: CALL
        | {"Parameters": {"FunctionName": "f", "Payload": {"at": name, "item.$": "$"}}, "ResultPath": None}
        | ({"End": True} if name == bodies[-1] else {"Next": bodies[bodies.index(name) + 1]})
        for name in bodies
    }
    for name in bodies[:-1]:
        del inside[name]["End"]
    each = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "MaxConcurrency": most,
        "ItemProcessor": {"ProcessorConfig": MODES[mode], "StartAt": bodies[0], "States": inside},
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
        "End": True,
    }
    return {"Each": each, "Caught": {"Type": "Pass", "End": True}}


def run(lab: Any, given: dict[str, Any], items: list[Any]) -> dict[str, Any]:
    detail: dict[str, Any] = lab.end_of(lab.start(lab.machine(given), text=json.dumps({"items": items})))
    return detail


@pytest.mark.parametrize(
    ("mode", "error"), [("inline", "Refused"), ("distributed", "States.ExceedToleratedFailureThreshold")]
)
def test_an_item_that_fails_fails_the_map_and_no_more_begin(lab: Any, mode: str, error: str) -> None:
    entered: list[int] = []

    def handler(event: Any, _: Any) -> None:
        entered.append(event["item"])
        if event["item"] == 1:
            raise Refused

    lab.handlers["f"] = handler
    detail = run(lab, states(mode, 1, "A"), [0, 1, 2, 3])
    assert detail["status"] == "SUCCEEDED"
    assert json.loads(detail["output"])["Error"] == error
    assert entered == [0, 1]


@pytest.mark.parametrize("mode", MODES)
def test_an_item_under_way_goes_no_further_once_another_has_failed(lab: Any, mode: str) -> None:
    entered: list[tuple[str, int]] = []
    both, ended = threading.Barrier(2, timeout=20), threading.Event()

    def handler(event: Any, _: Any) -> None:
        entered.append((event["at"], event["item"]))
        if event["at"] == "A":
            both.wait()
            if event["item"] == 0:
                raise Refused
            ended.wait(20)

    lab.handlers["f"] = handler
    run(lab, states(mode, 2, "A", "B"), [0, 1])
    ended.set()
    quiet = run_again(lab)
    assert sorted(entered) == [("A", 0), ("A", 1)]
    assert quiet["status"] == "SUCCEEDED"


def run_again(lab: Any) -> dict[str, Any]:
    """Another execution, from its start to its end: what was going on when it began has had its time."""
    lab.handlers["f"] = lambda *_: None
    machine = lab.machine(
        {
            "A": CALL,
        },
        name="other",
    )
    detail: dict[str, Any] = lab.end_of(lab.start(machine, name="run_2"))
    return detail


@pytest.mark.parametrize("mode", MODES)
def test_no_more_items_run_at_once_than_the_map_says(lab: Any, mode: str) -> None:
    lock, now, most = threading.Lock(), [0], [0]

    def handler(*_: Any) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.01)
        with lock:
            now[0] -= 1

    lab.handlers["f"] = handler
    assert run(lab, states(mode, 3, "A"), list(range(12)))["status"] == "SUCCEEDED"
    assert 1 < most[0] <= 3


@pytest.mark.parametrize("mode", MODES)
def test_two_thousand_items_one_by_one_are_no_deeper_than_one(lab: Any, mode: str) -> None:
    passing = states(mode, 1, "A")
    passing["Each"]["ItemProcessor"]["States"] = {"A": {"Type": "Pass", "OutputPath": None, "End": True}}
    detail = run(lab, passing, list(range(ITEMS)))
    assert (detail["status"], len(json.loads(detail["output"]))) == ("SUCCEEDED", ITEMS)


def test_the_end_of_an_iteration_is_not_told_as_the_end_of_a_run(lab: Any) -> None:
    lab.handlers["f"] = lambda *_: None
    run(lab, states("distributed", 2, "A"), [0, 1, 2])
    assert [event["detail"]["name"] for event in lab.events] == ["run_1"]
