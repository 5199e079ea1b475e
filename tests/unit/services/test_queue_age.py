from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fakes.samples import a_state
from stepweave.domain.story import Event
from stepweave.ids import ulid
from stepweave.services.moments import text_of
from stepweave.services.queue_age import queued_seconds, queued_since

MADE = datetime(2026, 11, 2, 9, tzinfo=UTC)
STATE = a_state(run_id=f"run_{ulid(int(MADE.timestamp() * 1000), 7)}")


def test_a_run_queues_from_when_it_was_made():
    assert queued_since(STATE) == MADE
    assert queued_seconds(STATE, MADE + timedelta(milliseconds=1500)) == 1.5


def test_a_delayed_run_queues_from_when_it_was_to_start():
    due = MADE + timedelta(hours=1)
    assert queued_since(replace(STATE, run_at=text_of(due))) == due
    assert queued_since(replace(STATE, run_at=text_of(MADE - timedelta(hours=1)))) == MADE


def test_a_resumed_run_queues_from_when_it_was_resumed_last():
    told = tuple(Event(n, "run_resumed", text_of(MADE + timedelta(hours=n))) for n in (1, 2))
    assert queued_since(replace(STATE, told=told)) == MADE + timedelta(hours=2)


def test_clocks_that_differ_make_no_negative_time():
    assert queued_seconds(STATE, MADE - timedelta(seconds=1)) == 0
