"""The sign that a run was cancelled, with a clock of the test's own."""

from dataclasses import replace

import pytest

from fakes.samples import NOW, a_state
from fakes.world import FakeClock, FakeTell
from stepweave.domain.run import Intent
from stepweave.errors import Unavailable
from stepweave.services.stop_sign import stop_signs


class Stage:
    def __init__(self, state=None, error=None):
        self.clock, self.tell, self.reads = FakeClock(), FakeTell(), 0
        self.state, self.error = state, error
        self.stopped = stop_signs(self.state_of, self.tell, lambda: self.clock().timestamp(), 5.0)("run_1")

    def state_of(self, run_id):
        assert run_id == "run_1"
        self.reads += 1
        if self.error:
            raise self.error
        return self.state

    def after(self, seconds):
        self.clock.advance(seconds)
        return self.stopped()


RUNNING = a_state(status="running")


@pytest.mark.parametrize(
    ("state", "stops"),
    [
        (RUNNING, False),
        (replace(RUNNING, intent=Intent("pause", NOW, "key_1")), False),
        (replace(RUNNING, status="paused"), False),
        (replace(RUNNING, status="queued", execution=2), False),
        (replace(RUNNING, status="failed"), False),
        (replace(RUNNING, intent=Intent("cancel", NOW, "key_1")), True),
        (replace(RUNNING, status="cancelled"), True),
        (None, True),
    ],
)
def test_a_cancel_or_a_deletion_is_the_sign_and_a_pause_is_not(state, stops):
    assert Stage(state).after(5) == stops


def test_the_state_is_read_at_intervals_only_and_no_more_once_it_is_known():
    stage = Stage(RUNNING)
    assert [stage.after(1) for _ in range(4)] == [False] * 4
    assert stage.reads == 0
    assert [stage.after(1) for _ in range(10)] == [False] * 10
    assert stage.reads == 2
    stage.state = replace(RUNNING, status="cancelled")
    assert stage.after(5)
    stage.state = RUNNING
    assert stage.after(5)
    assert stage.reads == 3


def test_work_goes_on_while_nobody_can_tell():
    stage = Stage(replace(RUNNING, status="cancelled"), Unavailable("DynamoDB"))
    assert not stage.after(5)
    assert stage.tell.outcomes() == ["stop_sign_unreadable"]
    stage.error = None
    assert stage.after(5)
