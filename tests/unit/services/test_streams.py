"""Who may follow a run, and how many at once."""

from dataclasses import dataclass, field

import pytest

from fakes.samples import a_run, a_state
from fakes.stores import FakeApiKeys, FakeRuns, FakeSeats, FakeTickets
from fakes.world import FakeClock
from stepweave.domain.api_key import ApiKey, Caller
from stepweave.errors import NotFound, TooManyRequests, Unauthenticated
from stepweave.services.seats import SeatPorts, keep_seat, leave_seat, take_seat
from stepweave.services.tickets import TicketPorts, follower, issue_ticket


@dataclass
class Stage:
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self):
        keys, runs = FakeApiKeys(), FakeRuns()
        keys.add(ApiKey("key_1", "", "read", "", ""))
        runs.create(a_run(), a_state())
        self.keys = keys
        self.tickets = FakeTickets()
        self.ports = TicketPorts(self.tickets, runs, keys, self.clock, lambda: "secret")

    def issue(self, run_id="run_1"):
        return issue_ticket(Caller("key_1", "read"), run_id, self.ports)

    def follows(self, text="swt_secret", run_id="run_1"):
        try:
            return follower(text, run_id, self.ports)
        except Unauthenticated:
            return None


@pytest.fixture
def stage():
    return Stage()


def test_a_ticket_stands_for_its_key_on_its_run(stage):
    issued = stage.issue()
    assert issued.expires_at == "2026-11-02T08:35:00.000Z"
    assert stage.follows(issued.text) == "key_1"
    assert stage.follows("swt_other") is None
    assert stage.follows(run_id="run_2") is None
    assert "secret" not in repr(stage.tickets)


def test_a_ticket_that_is_not_used_expires(stage):
    stage.issue()
    stage.clock.advance(299)
    assert stage.follows() == "key_1"
    stage.clock.advance(300)
    assert stage.follows() is None


def test_a_ticket_that_is_used_lives_on_but_not_for_ever(stage):
    stage.issue()
    for _ in range(12 * 60 - 1):
        stage.clock.advance(60)
        assert stage.follows() == "key_1"
    stage.clock.advance(60)
    assert stage.follows() is None


def test_a_ticket_dies_with_its_key(stage):
    stage.issue()
    stage.keys.remove("key_1")
    assert stage.follows() is None


def test_there_are_no_tickets_for_unknown_runs(stage):
    with pytest.raises(NotFound):
        stage.issue("run_9")


def test_a_key_has_so_many_seats_and_no_more():
    ports = SeatPorts(FakeSeats(), FakeClock(), 2)
    first, second = take_seat("key_1", ports), take_seat("key_1", ports)
    with pytest.raises(TooManyRequests) as refused:
        take_seat("key_1", ports)
    assert (refused.value.code, refused.value.retry_after) == ("too_many_streams", 25)
    assert take_seat("key_2", ports)
    leave_seat(first, ports)
    assert take_seat("key_1", ports).number == first.number
    assert second.number != first.number


def test_a_seat_that_is_not_kept_is_lost_after_its_lease():
    clock = FakeClock()
    ports = SeatPorts(FakeSeats(), clock, 1)
    seat = take_seat("key_1", ports)
    clock.advance(44)
    seat = keep_seat(seat, ports)
    clock.advance(46)
    taken = take_seat("key_1", ports)
    assert keep_seat(seat, ports) is None
    leave_seat(seat, ports)
    assert keep_seat(taken, ports)
