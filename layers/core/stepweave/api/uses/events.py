"""What may be done with the events of a run; the comment names what each raises."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from stepweave.domain.api_key import Caller
from stepweave.services.events import News, Shown, Told
from stepweave.services.places import Place
from stepweave.services.seats import Seat
from stepweave.services.tickets import Issued


class Listener(Protocol):
    """Hears of news of one run, from the moment it was made."""

    async def wait(self, seconds: float) -> bool:
        """Returns when there may be news, at the latest after so many seconds; False when the service is ending."""

    def close(self) -> None: ...


@dataclass(frozen=True)
class EventUses:
    """hold: seconds for which a request waits for news, then is answered whole; None: it streams until the run's end.
    heartbeat: seconds between comments."""

    news: Callable[[str, Place | None], News]  # NotFound
    show: Callable[[str, Sequence[Told]], tuple[list[Shown], int]]
    issue_ticket: Callable[[Caller, str], Issued]  # NotFound
    follower: Callable[[str, str], str]  # Unauthenticated
    take_seat: Callable[[str], Seat]  # TooManyRequests
    keep_seat: Callable[[Seat], Seat | None]
    leave_seat: Callable[[Seat], None]
    listen: Callable[[str], Listener]
    hold: float | None
    heartbeat: float = 15.0
