"""The events of a run, read from its records: in order, none lost, none twice.

Every number is drawn from the counter in the run's state before what it numbers is written, so that a number may be
drawn whose event is not to be seen yet. A reader stops there: the events after it must not come first. If the writer
died, nothing will ever come: a number is given up once an event with a later one is 20 s old.

Giving up is agreed on through the state, whose set of void numbers only grows. A reader adds the number, then looks at
the records once more; a writer that was slow (over 5 s) writes its event, then looks at the set. At least one of the
two sees the other, and whoever does draws a new number for the event, in one conditional write. An event that is
written under a void number counts for nobody. So no event is lost or told twice, whatever clocks say and delays do.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from stepweave.domain.run import ACTIVE_RUN, INLINE_BYTES, RunState, StepRun, step_key
from stepweave.domain.story import Event, EventKind
from stepweave.errors import NotFound, Unavailable
from stepweave.services.event_views import plain_step_event, queued_event, run_event, step_event
from stepweave.services.moments import text_of
from stepweave.services.places import BEFORE_ALL, Place, after, whole
from stepweave.services.ports import Clock, Runs, Telling, Values
from stepweave.services.retold import outcome_then

PATIENCE = timedelta(seconds=20)
SHOWN_BYTES = 1_000_000
"""Of outputs in one batch of events; a function answers 6 MB at most (AWS Lambda quotas)."""
MOST_SHOWN = 100
"""Events of a batch: their records are read in one call."""


@dataclass(frozen=True)
class EventPorts:
    runs: Runs
    values: Values
    clock: Clock


@dataclass(frozen=True)
class Told:
    """An event at its place. `key`: of the step run that tells it; `step`: the key of one that was jumped over."""

    place: Place
    kind: EventKind
    event: Event
    key: str = ""
    step: str = ""


@dataclass(frozen=True)
class News:
    """What a run tells after a place: `is_done` when it has finished and nothing is missing."""

    run_id: str
    told: Sequence[Told]
    is_done: bool


@dataclass(frozen=True)
class Shown:
    """An event as it is answered."""

    id: str
    event: str
    data: Mapping[str, Any]


def news(run_id: str, place: Place | None, ports: EventPorts) -> News:
    """What is told after that place (None: from the beginning), without its values; `show` adds them.

    One read when there is nothing new; else one more, or two when steps in loops tell something.
    """
    for _ in range(_TRIES):
        state = ports.runs.state(run_id)
        if state is None:
            raise NotFound("run", run_id)
        read = _read(state, place or BEFORE_ALL, ports)
        if not read.late and not read.given_up:
            return News(run_id, read.told, state.status not in ACTIVE_RUN and not read.waits)
        if read.given_up:
            ports.runs.void_events(run_id, read.given_up)
        for key, number in read.late:
            _renumber(run_id, key, number, ports.runs)
    raise Unavailable("The run store")


_TRIES = 5
"""Each but the last has given up numbers, or told what was late: of both there is little."""


def show(run_id: str, told: Sequence[Told], ports: EventPorts) -> tuple[list[Shown], int]:
    """The first of these events with their values, and how many of the list they are."""
    told = told[:MOST_SHOWN]
    keys = {each.key for each in told if each.kind in _WITH_VALUES}
    if not keys and all(each.kind != "run_queued" for each in told):
        return [_plain(run_id, each) for each in told], len(told)
    run, records = ports.runs.read(run_id, keys)
    shown: list[Shown] = []
    left = SHOWN_BYTES
    for count, each in enumerate(told):
        step = _as_told(each, records)
        size = min(step.output.size, INLINE_BYTES) if step and step.output else 0
        if count and size > left:
            return shown, count
        left -= size
        if each.kind == "run_queued":
            shown.append(Shown(each.place.id, each.kind, queued_event(run)))
        elif each.kind not in _WITH_VALUES:
            shown.append(_plain(run_id, each))
        elif step is not None:
            shown.append(Shown(each.place.id, each.kind, step_event(each.event, step, ports.values)))
    return shown, len(told)


_WITH_VALUES = ("step_completed", "step_failed")


def _as_told(each: Told, records: Mapping[str, StepRun]) -> StepRun | None:
    """The record as it was then; None when the event has got another number since it was seen."""
    record = records.get(each.key) if each.kind in _WITH_VALUES else None
    told = next((event for event in record.story if event.number == each.event.number), None) if record else None
    return outcome_then(told, record) if record and told else None


def _plain(run_id: str, each: Told) -> Shown:
    if each.kind.startswith("run_"):
        data = run_event(run_id, each.event)
    else:
        data = plain_step_event(run_id, each.step or each.key, each.event)
    return Shown(each.place.id, each.kind, data)


@dataclass(frozen=True)
class _Read:
    """told: up to the first number that is not written; waits: whether there is one; given_up: those of them that are
    not to be waited for; late: record and number of what is written under a void one."""

    told: Sequence[Told]
    waits: bool
    given_up: Sequence[int]
    late: Sequence[tuple[str, int]]


def _read(state: RunState, place: Place, ports: EventPorts) -> _Read:
    """Only up to the state's last number: what follows a number without one of its own was written before the next."""
    first = max(1, place.number + (place >= whole(place.number)))
    groups = _own(state)
    wanted = set(range(first, state.events + 1))
    for nested in (False, True):
        if wanted - state.void - groups.keys():
            for telling in ports.runs.telling(state.run_id, first, nested=nested):
                groups |= _of_step(telling, first)
    missing = sorted(wanted - state.void - groups.keys())
    before = missing[0] if missing else state.events + 1
    told = [
        each
        for number in range(max(0, place.number), before)
        for each in (*(() if number in state.void else groups.get(number, ())), *_following(state, number))
        if each.place > place
    ]
    late = [(groups[number][0].key, number) for number in state.void & groups.keys() if groups[number]]
    return _Read(told, bool(missing), _overdue(missing, groups, ports.clock), late)


def _own(state: RunState) -> dict[int, list[Told]]:
    numbered = [event for event in state.told if event.kind != "run_started"]
    queued = Event(0, "run_queued", "")
    return {event.number: [Told(whole(event.number), event.kind, event)] for event in (queued, *numbered)}


def _following(state: RunState, number: int) -> Iterator[Told]:
    for event in state.told:
        if event.kind == "run_started" and event.number == number:
            yield Told(after(number), event.kind, event)


def _of_step(telling: Telling, first: int) -> dict[int, list[Told]]:
    """By number; an event of which only that is left is an empty group."""
    position = telling.key.partition("@")[2]
    groups: dict[int, list[Told]] = {}
    for event in telling.story:
        if event.number < first:
            continue
        skipped = telling.skipped if event == telling.story[-1] else event.facts.get("was", {}).get("skipped", ())
        steps = [step_key(each, position) for each in skipped] if event.kind in _OUTCOMES else []
        kinds: list[tuple[EventKind, str]] = [(event.kind, ""), *(("step_skipped", step) for step in steps)]
        places = [*(Place(event.number, part) for part in range(len(steps))), whole(event.number)]
        told = [Told(place, kind, event, telling.key, step) for place, (kind, step) in zip(places, kinds, strict=True)]
        groups[event.number] = told if event.kind != "passed" else []
    return groups


_OUTCOMES = ("step_completed", "step_failed", "step_skipped")


def _overdue(missing: Sequence[int], groups: Mapping[int, Sequence[Told]], clock: Clock) -> list[int]:
    """Numbers that were drawn before an event that is old already."""
    if not missing:
        return []
    then = text_of(clock() - PATIENCE)
    old = max((number for number, told in groups.items() if told and "" < told[0].event.at < then), default=0)
    return [number for number in missing if number < old]


def _renumber(run_id: str, key: str, number: int, runs: Runs) -> None:
    """Tells what is written under a void number under a new one; whoever changed the record meanwhile comes first."""
    step = runs.read(run_id, [key])[1].get(key)
    if step is None or all(event.number != number for event in step.story):
        return
    drawn = runs.draw_event(run_id)
    story = tuple(replace(event, number=drawn) if event.number == number else event for event in step.story)
    runs.put_step(replace(step, story=story), was=step)
