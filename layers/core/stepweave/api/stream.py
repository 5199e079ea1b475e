"""The events of a run as Server-Sent Events (WHATWG HTML, "Server-sent events").

One way for both: on a laptop a request streams until the run's end; behind API Gateway, where answers are buffered, it
is held until there is news, is answered whole, and `retry` lets `EventSource` come back at once.
"""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import anyio
from anyio.to_thread import run_sync
from starlette.responses import Response, StreamingResponse

from stepweave.api.uses.events import EventUses, Listener
from stepweave.errors import StepweaveError
from stepweave.services.events import News, Shown, Told
from stepweave.services.places import Place
from stepweave.services.seats import Seat

_STREAMED_RETRY, _HELD_RETRY = 1000, 250
"""Milliseconds after which `EventSource` comes back."""
_LEAST_PAUSE = 0.02
"""Seconds between two looks, however much is written."""
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no", "access-control-allow-origin": "*"}
"""Any page may read it: it shows nothing without a key or a ticket, and no cookie counts."""

T = TypeVar("T")


async def stream(run_id: str, key_id: str, place: Place | None, uses: EventUses) -> Response:
    """200 with events; 204, which tells `EventSource` to stop, when the run has finished and all is known."""
    news = await run_sync(uses.news, run_id, place)
    if news.is_done and not news.told:
        return Response(status_code=204, headers=HEADERS)
    waits = not news.is_done and (uses.hold is None or not news.told)
    seat = await run_sync(uses.take_seat, key_id) if waits else None
    return StreamingResponse(
        _Stream(run_id, place, uses, seat).run(news), media_type="text/event-stream", headers=HEADERS
    )


@dataclass
class _Stream:
    run_id: str
    place: Place | None
    uses: EventUses
    seat: Seat | None
    next_look: float = 0.0

    async def run(self, news: News) -> AsyncIterator[bytes]:
        listener = self.uses.listen(self.run_id)
        try:
            async for chunk in self._events(news, listener):
                yield chunk
        except StepweaveError:
            return  # the run is gone, or the store does not answer: coming back tells which
        finally:
            listener.close()
            with anyio.CancelScope(shield=True):
                if self.seat is not None:
                    await run_sync(self.uses.leave_seat, self.seat)

    async def _events(self, news: News, listener: Listener) -> AsyncIterator[bytes]:
        """What was told before the listener was there is looked for once more, before anything is waited for."""
        uses = self.uses
        ends_at = None if uses.hold is None else anyio.current_time() + uses.hold
        yield b"retry: %d\n\n" % (_STREAMED_RETRY if ends_at is None else _HELD_RETRY)
        beat_at = anyio.current_time() + uses.heartbeat
        is_first = True
        while True:
            async for chunk in self._shown(news.told):
                yield chunk
            if news.is_done or (ends_at is not None and (news.told or anyio.current_time() >= ends_at)):
                return
            if not is_first and not await listener.wait(self._seconds(beat_at, ends_at)):
                return
            is_first = False
            if anyio.current_time() >= beat_at:
                if not await self._keeps_seat():
                    return
                yield b":\n\n"
                beat_at = anyio.current_time() + uses.heartbeat
            news = await self._look()

    async def _look(self) -> News:
        """Not before a pause has passed that grows with what the last look cost: many events are told in few looks."""
        await anyio.sleep(max(0.0, self.next_look - anyio.current_time()))
        began = anyio.current_time()
        news = await run_sync(self.uses.news, self.run_id, self.place)
        ended = anyio.current_time()
        self.next_look = ended + max(_LEAST_PAUSE, ended - began)
        return news

    async def _shown(self, told: Sequence[Told]) -> AsyncIterator[bytes]:
        while told:
            shown, count = await run_sync(self.uses.show, self.run_id, told)
            self.place, told = told[count - 1].place, told[count:]
            yield b"".join(map(encoded, shown))

    async def _keeps_seat(self) -> bool:
        self.seat = await run_sync(self.uses.keep_seat, self.seat) if self.seat else None
        return self.seat is not None

    @staticmethod
    def _seconds(beat_at: float, ends_at: float | None) -> float:
        return max(0.0, min(beat_at, ends_at or beat_at) - anyio.current_time())


def encoded(event: Shown) -> bytes:
    """-> `id: 3`, `event: step_started`, `data: {...}`, each a line, and an empty one. JSON has no line ends."""
    return f"id: {event.id}\nevent: {event.event}\ndata: {_json(event.data)}\n\n".encode()


def _json(data: Any) -> str:
    """Half surrogate pairs, which a step may have stored, go out escaped: UTF-8 has no form for them."""
    dumps = partial(json.dumps, data, allow_nan=False, separators=(",", ":"))
    text = dumps(ensure_ascii=False)
    return text if text.isascii() or _is_utf8(text) else dumps()


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
