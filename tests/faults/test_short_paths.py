"""Short paths with a fault at each call of AWS in turn: before its effect, after it, twice, or a process's last."""

import os

import pytest

from definitions import definition, wait
from fakes.faults import KINDS
from fault_stage import Stage, effect, one_fault

STEP = 1 if os.environ.get("HYPOTHESIS_PROFILE") == "explore" else 40
"""Every call is tried in `explore`, a share of them otherwise."""


ONE = definition(effect("a"))
TWO_AT_A_TIME = definition(effect("a"), config={"concurrency": {"limit": 1}})
ASKING = definition(wait("ask", config={"signal": "go"}), effect("b", ["ask"]))
WAITING = definition(effect("a"), wait("rest", ["a"], config={"seconds": 1000}), effect("b", ["rest"]))


def start_and_finish(stage: Stage) -> None:
    stage.start("key")
    stage.start("key")
    stage.go_on()


def queue(stage: Stage) -> None:
    stage.start("one")
    stage.start("two")
    stage.go_on()


def cancel(stage: Stage) -> None:
    stage.start("one")
    stage.go_on(moves=3)
    for each in stage.accepted:
        stage.cancel(each)
    stage.go_on()


def pause_and_resume(stage: Stage) -> None:
    stage.start("one")
    stage.go_on()
    for each in stage.accepted:
        stage.pause(each)
        stage.go_on()
        stage.resume(each)
    stage.go_on()


def signal(stage: Stage) -> None:
    stage.start("one")
    stage.go_on(moves=4)
    for each in stage.accepted:
        stage.signal(each, "key")
        stage.signal(each, "key")
    stage.go_on()


PATHS = {
    "start and finish": (ONE, start_and_finish, 10, {"completed"}),
    "queue": (TWO_AT_A_TIME, queue, 1, {"completed"}),
    "cancel": (WAITING, cancel, 10, {"completed", "cancelled"}),
    "pause and resume": (WAITING, pause_and_resume, 10, {"completed"}),
    "signal": (ASKING, signal, 10, {"completed"}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", PATHS)
def test_a_fault_at_any_call_leaves_nothing_lost_doubled_or_stuck(on_stage, path, kind):
    source, play, limit, ends = PATHS[path]
    calls = len(on_stage(source, 1, play).faults.calls)
    assert calls > 10
    for number in range(KINDS.index(kind), calls, STEP):

        def faulted(stage: Stage, number=number) -> None:
            stage.faults.next_fault = one_fault(number, kind)
            play(stage)
            stage.come_to_rest(signals=path == "signal")
            stage.check(limit=limit, ends=frozenset(ends))

        on_stage(source, 1, faulted)
