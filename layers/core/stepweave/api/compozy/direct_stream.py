"""The events of a direct execution as Server-Sent Events: it is looked at every `poll_ms`.

As with runs: on a laptop a request streams until the end; behind API Gateway, where answers are buffered, it is held
until there is news, is answered whole, and `retry` lets the client come back at once.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import anyio
from anyio.to_thread import run_sync
from starlette.responses import Response, StreamingResponse

from stepweave.api.compozy.direct_events import Wanted, event_of
from stepweave.api.stream import HEADERS, encoded
from stepweave.api.uses.direct import DirectUses
from stepweave.api.uses.events import EventUses
from stepweave.domain.direct_execution import OVER, DirectState, Kind
from stepweave.errors import StepweaveError
from stepweave.services.seats import Seat

_STREAMED_RETRY, _HELD_RETRY = 1000, 250


async def stream_direct(
    kind: Kind, exec_id: str, key_id: str, wanted: Wanted, direct: DirectUses, events: EventUses
) -> Response:
    """200 with events; 204, which tells `EventSource` to stop, when it is over and all is known."""
    state = await run_sync(direct.state, kind, exec_id)
    is_over = state.status in OVER
    if is_over and wanted.after >= state.last_note:
        return Response(status_code=204, headers=HEADERS)
    seat = None if is_over else await run_sync(events.take_seat, key_id)
    stream = _Stream(kind, exec_id, wanted, direct, events, seat, wanted.after)
    return StreamingResponse(stream.run(state), media_type="text/event-stream", headers=HEADERS)


@dataclass
class _Stream:
    kind: Kind
    exec_id: str
    wanted: Wanted
    direct: DirectUses
    events: EventUses
    seat: Seat | None
    after: int

    async def run(self, state: DirectState) -> AsyncIterator[bytes]:
        listener = self.events.listen(self.exec_id)
        try:
            async for chunk in self._told(state, listener.wait):
                yield chunk
        except StepweaveError:
            return  # it is gone, or the store does not answer: coming back tells which
        finally:
            listener.close()
            with anyio.CancelScope(shield=True):
                if self.seat is not None:
                    await run_sync(self.events.leave_seat, self.seat)

    async def _told(self, state: DirectState, wait: Callable[[float], Awaitable[bool]]) -> AsyncIterator[bytes]:
        hold, now = self.events.hold, anyio.current_time
        ends_at = None if hold is None else now() + hold
        yield b"retry: %d\n\n" % (_STREAMED_RETRY if hold is None else _HELD_RETRY)
        beat_at = now() + self.events.heartbeat
        while True:
            sent, state = await self._sent(state)
            if sent:
                yield sent
            if state.status in OVER or (ends_at is not None and (sent or now() >= ends_at)):
                return
            if not await wait(self.wanted.pause):
                return
            if now() >= beat_at:
                self.seat = await run_sync(self.events.keep_seat, self.seat) if self.seat else None
                if self.seat is None:
                    return
                yield b": ping\n\n"
                beat_at = now() + self.events.heartbeat
            state = await run_sync(self.direct.state, self.kind, self.exec_id)

    async def _sent(self, state: DirectState) -> tuple[bytes, DirectState]:
        """What is new and wanted, and the state that it is of; values are read only for it."""
        if state.last_note <= self.after:
            return b"", state
        shown = await run_sync(self.direct.get, self.kind, self.exec_id)
        notes = [note for note in shown.state.story if note.number > self.after]
        self.after = shown.state.last_note
        found = [event_of(note, shown) for note in notes]
        wanted = [event for event in found if not self.wanted.events or event.event in self.wanted.events]
        return b"".join(map(encoded, wanted)), shown.state
