"""The notes of a direct execution as events of this surface, and which of them a client asks for."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Query

from stepweave.api.compozy.answers.direct import WORDS, error_json, output_json
from stepweave.api.compozy.answers.usage import with_usage
from stepweave.domain.direct_execution import OVER, Kind, Note
from stepweave.errors import Fault, Invalid
from stepweave.services.direct_executions import ShownDirect
from stepweave.services.events import Shown

_NAMES = {"model": "llm_chunk", "tool": "tool_call", "log": "warning"}
_LAST_ID = 2**53


@dataclass(frozen=True)
class Wanted:
    """`events`: names, none for all; `after`: the id of the last event that the client has; `pause`: seconds between
    two looks."""

    events: frozenset[str]
    after: int
    pause: float


def names_of(kind: Kind) -> frozenset[str]:
    return frozenset({f"{kind}_status", "complete", "error", *_NAMES.values()})


async def _wanted(
    poll_ms: Annotated[int, Query(ge=250, le=2000, description="Milliseconds between two looks.")] = 500,
    events: Annotated[str, Query(description="Only events of these names, by comma.")] = "",
    last_event_id: Annotated[
        str, Header(alias="Last-Event-ID", description="A number, the `id` of an event: those after it are sent.")
    ] = "",
) -> Wanted:
    names = frozenset(name.strip() for name in events.split(",") if name.strip())
    known = names_of("agent") | names_of("task")
    if unknown := sorted(names - known):
        raise Invalid(
            [Fault("?events", f"there is no event '{unknown[0][:40]}'; there are: {', '.join(sorted(known))}")]
        )
    if last_event_id and not (last_event_id.isascii() and last_event_id.isdecimal() and len(last_event_id) < 17):
        raise Invalid([Fault("Last-Event-ID", "is not the id of an event, which is a number")])
    return Wanted(names, min(int(last_event_id or 0), _LAST_ID), poll_ms / 1000)


WantedEvents = Annotated[Wanted, Depends(_wanted)]


def event_of(note: Note, shown: ShownDirect) -> Shown:
    """A note as it is sent; the last tells all that came of it."""
    kind = shown.request.kind
    if note.kind != "status":
        data = {**note.facts, "ts": note.at}
        return Shown(str(note.number), _NAMES[note.kind], _with_content(data) if note.kind == "model" else data)
    status = note.facts["status"]
    said: dict[str, Any] = {"status": WORDS[status], "ts": note.at}
    if status not in OVER:
        return Shown(str(note.number), f"{kind}_status", said)
    said |= with_usage(shown.state.usage)
    if status != "completed":
        return Shown(str(note.number), "error", said | {"error": error_json(shown.state.error)})
    result = {"result": output_json(shown.output)} if shown.link is None else {"output_url": shown.link}
    return Shown(str(note.number), "complete", said | result)


def _with_content(data: dict[str, Any]) -> dict[str, Any]:
    """A model's text is the chunk's content."""
    return {"content": data.pop("text", ""), **data}
