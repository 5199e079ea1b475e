"""Events of runs, of which each has told its end alone."""

from collections.abc import Callable, Sequence
from typing import Any

from stepweave.api.polling import Polling
from stepweave.api.uses.events import EventUses
from stepweave.domain.api_key import Caller
from stepweave.domain.story import Event
from stepweave.errors import Unauthenticated
from stepweave.services.event_views import run_event
from stepweave.services.events import News, Shown, Told
from stepweave.services.places import BEFORE_ALL, Place, whole
from stepweave.services.seats import Seat
from stepweave.services.tickets import Issued

NOW = "2026-11-02T14:00:00.000Z"
TICKET = "swt_ticket"


def fake_event_uses(get_run: Callable[[str], Any]) -> EventUses:
    def news(run_id: str, place: Place | None) -> News:
        get_run(run_id)
        end = Told(whole(1), "run_completed", Event(1, "run_completed", NOW, {"status": "completed"}))
        return News(run_id, [end] if end.place > (place or BEFORE_ALL) else [], is_done=True)

    def show(run_id: str, told: Sequence[Told]) -> tuple[list[Shown], int]:
        return [Shown(each.place.id, each.kind, run_event(run_id, each.event)) for each in told], len(told)

    def issue_ticket(caller: Caller, run_id: str) -> Issued:
        get_run(run_id)
        return Issued(TICKET, NOW)

    def follower(text: str, run_id: str) -> str:
        if text != TICKET:
            raise Unauthenticated("The ticket is unknown.")
        return "key_of_ticket"

    return EventUses(
        news=news,
        show=show,
        issue_ticket=issue_ticket,
        follower=follower,
        take_seat=lambda key_id: Seat(key_id, 0, NOW),
        keep_seat=lambda seat: seat,
        leave_seat=lambda _: None,
        listen=Polling,
        hold=None,
    )
