"""The events of a run as the stream of a Compozy execution tells them: other names, and ids that are integers.

ours                                      Compozy's
run_queued                                workflow_start
run_started, run_paused, run_resumed      workflow_status
run_completed                             complete; error when it failed or ran out of time
step_started and all others of steps      task_status
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Depends, Header, Query

from stepweave.api.compozy.answers.executions import execution_json
from stepweave.api.compozy.answers.task_states import shown_output, task_exec_id
from stepweave.api.compozy.executing import name_of
from stepweave.api.compozy.words import STATUS
from stepweave.api.use_cases import UseCases
from stepweave.api.uses.events import EventUses, Listener
from stepweave.errors import Fault, Invalid
from stepweave.services.events import Shown, Told
from stepweave.services.places import Place, parse_id

EVENTS = ("workflow_start", "workflow_status", "task_status", "complete", "error")
LEAST_POLL, MOST_POLL, DEFAULT_POLL = 250, 2_000, 500
"""Milliseconds."""
_PARTS = 10_000_000
"""More than a place has parts."""
_STEP_STATUS = {
    "step_started": "RUNNING",
    "step_retrying": "RUNNING",
    "step_waiting": "WAITING",
    "step_completed": "SUCCESS",
    "step_failed": "FAILED",
}
"""Of a step that was skipped nothing is told: it is no task of the execution."""


@dataclass(frozen=True)
class Wanted:
    """What a client asks of a stream: names of events (empty: all), after which place, seconds between two looks."""

    events: frozenset[str]
    after: Place | None
    pause: float


def _wanted(
    events: Annotated[str, Query(description=f"Only these, with commas between: {', '.join(EVENTS)}.")] = "",
    poll_ms: Annotated[
        str, Query(description="How often to look for news where none is pushed: 250 to 2000.", examples=["500"])
    ] = str(DEFAULT_POLL),
    last_event_id: Annotated[
        str | None, Header(alias="Last-Event-ID", description="The `id` of an event, an integer: those after it.")
    ] = None,
) -> Wanted:
    names = frozenset(name for each in events.split(",") if (name := each.strip()))
    faults = [
        Fault("?events", f"has '{name[:50]}', which is none of {', '.join(EVENTS)}")
        for name in sorted(names - {*EVENTS})
    ]
    pause = _number(poll_ms)
    if pause is None or not LEAST_POLL <= pause <= MOST_POLL:
        faults.append(Fault("?poll_ms", f"is no integer from {LEAST_POLL} to {MOST_POLL}"))
    number = _number(last_event_id) if last_event_id else 0
    if number is None:
        faults.append(Fault("Last-Event-ID", "is no integer"))
    if faults:
        raise Invalid(faults)
    return Wanted(names, place_of(number or 0) if last_event_id else None, (pause or DEFAULT_POLL) / 1_000)


ExecutionStream = Annotated[Wanted, Depends(_wanted)]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


def place_of(number: int) -> Place:
    """The place that the id of an event of this surface names."""
    return Place(*divmod(number, _PARTS))


def number_of(place: Place) -> int:
    """The id of the event at that place: it grows as places do."""
    return place.number * _PARTS + place.part


def of_execution(run_id: str, wanted: Wanted, api: UseCases) -> EventUses:
    """The events of a run, told in Compozy's words."""
    workflow_id = name_of(api.runs.detailed(run_id), api)

    def show(run_id: str, told: Sequence[Told]) -> tuple[list[Shown], int]:
        shown, count = api.events.show(run_id, told)
        events = (retold(event, workflow_id, api) for event in shown)
        return [event for event in events if event and (not wanted.events or event.event in wanted.events)], count

    if api.events.hold is None:
        return replace(api.events, show=show)  # news is pushed
    return replace(api.events, show=show, listen=lambda run_id: _Paced(api.events.listen(run_id), wanted.pause))


class _Paced:
    """A `Listener` that returns after a pause at the latest."""

    def __init__(self, listener: Listener, pause: float) -> None:
        self.listener, self.pause = listener, pause

    async def wait(self, seconds: float) -> bool:
        return await self.listener.wait(min(seconds, self.pause))

    def close(self) -> None:
        self.listener.close()


def retold(event: Shown, workflow_id: str, api: UseCases) -> Shown | None:
    """An event of a run in Compozy's words; None for one that this surface does not tell."""
    place = parse_id(event.id)
    told = _told(event.event, event.data, workflow_id, api)
    return Shown(str(number_of(place)), *told) if place and told else None


def _told(kind: str, data: Mapping[str, Any], workflow_id: str, api: UseCases) -> tuple[str, Mapping[str, Any]] | None:
    if kind == "run_queued":
        return "workflow_start", {"workflow_id": workflow_id, "execution_id": data["run_id"]}
    if kind in ("run_started", "run_paused", "run_resumed"):
        return "workflow_status", {"status": STATUS[data["status"]], "ts": data["timestamp"]}
    if kind == "run_completed":
        return _end(data, workflow_id, api)
    return ("task_status", _task(kind, data)) if kind in _STEP_STATUS else None


def _end(data: Mapping[str, Any], workflow_id: str, api: UseCases) -> tuple[str, Mapping[str, Any]]:
    status = STATUS[data["status"]]
    if status in ("FAILED", "TIMED_OUT"):
        return "error", {"status": status, "error": data["error"], "ts": data["timestamp"]}
    now = execution_json(api.runs.detailed(data["run_id"]), workflow_id)
    output: dict[str, Any] = {name: now[name] for name in ("output", "output_url") if name in now}
    return "complete", {"status": status, **output, "ts": data["timestamp"]}


def _task(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    step_id = data["step_id"]
    more = {
        "output": shown_output(data.get("output")),
        "error": data.get("error"),
        "output_url": data.get("output_url"),
    }
    return {
        "status": _STEP_STATUS[kind],
        "task_id": step_id,
        "task_exec_id": task_exec_id(data["run_id"], step_id, data.get("iteration", "")),
        **{name: value for name, value in more.items() if value is not None},
        "ts": data["timestamp"],
    }
