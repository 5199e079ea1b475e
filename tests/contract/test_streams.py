"""The ports `Tickets` and `Seats`."""

from stepweave.domain.ticket import Ticket

TICKET = Ticket("run_1", "key_1", "2026-11-02T08:35:00.000Z", "2026-11-02T20:30:00.000Z")
NOW, THEN, LATER = (f"2026-11-02T08:{minute}:00.000Z" for minute in (30, 31, 32))


def test_a_ticket_comes_back_as_it_was_last_put(stores):
    assert stores.tickets.get("d") is None
    stores.tickets.put("d", Ticket("run_1", "key_1", NOW, LATER))
    stores.tickets.put("d", TICKET)
    assert stores.tickets.get("d") == TICKET


def test_a_seat_is_taken_by_one_until_its_time_is_over(stores):
    assert stores.seats.take("key_1", 3, THEN, NOW)
    assert not stores.seats.take("key_1", 3, LATER, NOW)
    assert stores.seats.take("key_2", 3, LATER, NOW)
    assert dict(stores.seats.taken("key_1", NOW)) == {3: THEN}
    assert dict(stores.seats.taken("key_1", THEN)) == {}
    assert stores.seats.take("key_1", 3, LATER, THEN)


def test_a_seat_is_kept_and_left_by_who_has_it(stores):
    stores.seats.take("key_1", 3, THEN, NOW)
    assert not stores.seats.keep("key_1", 3, NOW, LATER)
    assert stores.seats.keep("key_1", 3, THEN, LATER)
    stores.seats.leave("key_1", 3, THEN)
    assert dict(stores.seats.taken("key_1", NOW)) == {3: LATER}
    stores.seats.leave("key_1", 3, LATER)
    assert dict(stores.seats.taken("key_1", NOW)) == {}
    stores.seats.leave("key_1", 3, LATER)
