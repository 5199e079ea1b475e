"""Direct executions with a fault at each call of AWS in turn."""

import os

import pytest

from direct_stage import DirectStage
from fakes.faults import KINDS
from fault_stage import one_fault

STEP = 1 if os.environ.get("HYPOTHESIS_PROFILE") == "explore" else 2
"""Every call is tried in `explore`, a share of them otherwise."""


def start_and_finish(stage: DirectStage) -> None:
    stage.start("key")
    stage.start("key")
    stage.go_on()


def start_never_told(stage: DirectStage) -> None:
    stage.start("key")
    stage.clock.sleep(61)
    stage.reconcile()
    stage.go_on()


def stopped_from_outside(stage: DirectStage) -> None:
    stage.start("key")
    stage.stop_from_outside()
    stage.deliver()


PATHS = {
    "start and finish": (start_and_finish, {"completed"}),
    "reconcile starts": (start_never_told, {"completed"}),
    "stopped": (stopped_from_outside, {"completed", "failed"}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", PATHS)
def test_a_fault_at_any_call_leaves_no_execution_lost_doubled_or_stuck(on_stage, path, kind):
    play, ends = PATHS[path]
    calls = len(on_stage(None, 1, play, made_by=DirectStage).faults.calls)
    assert calls > 3
    broken = []
    for number in range(KINDS.index(kind) % STEP, calls, STEP):

        def faulted(stage: DirectStage, number=number) -> None:
            stage.faults.next_fault = one_fault(number, kind)
            play(stage)
            assert stage.faults.made, "the call was not made"
            stage.start("key")
            stage.come_to_rest()
            assert len(stage.accepted) <= 1, f"one was doubled: {stage.faults.made}"
            stage.check(frozenset(ends))

        try:
            on_stage(None, 1, faulted, made_by=DirectStage)
        except AssertionError as error:
            broken.append(f"{kind} {number}: {error}")
    print(f"{path}: {calls} calls")
    assert not broken, "\n".join(broken)
