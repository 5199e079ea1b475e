"""The stores, in memory."""

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from stepweave.domain.api_key import ApiKey, has_expired, opens
from stepweave.domain.inbox import Inbox, Signal
from stepweave.domain.plan import Plan
from stepweave.domain.rate_limit import RateLimit, token_taken
from stepweave.domain.run import ACTIVE_RUN, INLINE_BYTES, UNDER_WAY, Intent, Run, RunState, StepRun, Value, step_key
from stepweave.domain.slots import SlotState, workflow_of
from stepweave.domain.story import Event, RunEvent, last_number
from stepweave.domain.ticket import Ticket
from stepweave.domain.workflow import Machine
from stepweave.errors import Fault, Invalid, StepError
from stepweave.services.listing import RunFilters
from stepweave.services.moments import moment_at, moment_of, text_of
from stepweave.services.ports import Claim, KeyUse, Latch, Page, StepPage, Story, Telling


def _is_utf8(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass
class FakeValues:
    large: dict[str, str] = field(default_factory=dict)
    links: bool = False

    def store(self, key: str, value: Any) -> Value:
        try:
            text = json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=not _is_utf8(value))
        except ValueError as error:
            raise StepError("output_not_json", "not JSON") from error
        size = len(text.encode())
        if size <= INLINE_BYTES:
            return Value(inline=text, size=size)
        self.large.setdefault(key, text)
        return Value(ref=key, size=size)

    def load(self, value: Value) -> Any:
        return json.loads(value.inline if value.inline is not None else self.large[value.ref or ""])

    def remove(self, prefix: str) -> None:
        for key in [key for key in self.large if key.startswith(prefix)]:
            del self.large[key]

    def link(self, value: Value) -> str | None:
        return f"https://bucket/{value.ref}" if self.links and value.ref else None


@dataclass
class FakeApiKeys:
    keys: dict[str, ApiKey] = field(default_factory=dict)

    def get(self, key_id: str) -> ApiKey | None:
        return self.keys.get(key_id)

    def add(self, key: ApiKey) -> None:
        self.keys[key.id] = key

    def remove(self, key_id: str) -> bool:
        return self.keys.pop(key_id, None) is not None

    def remove_beside(self, key_id: str, other_id: str) -> bool:
        return other_id in self.keys and (self.remove(key_id) or True)

    def rotate(self, key: ApiKey, *, was: str) -> bool:
        there = self.keys.get(key.id)
        if there is None or there.secret_sha256 not in (was, key.secret_sha256):
            return False
        self.keys[key.id] = key
        return True

    def all(self) -> Sequence[ApiKey]:
        return sorted(self.keys.values(), key=lambda key: key.id)

    def page(self, *, limit: int, offset: int, cursor: str | None) -> Page[ApiKey]:
        after = [key for key in self.all() if cursor is None or key.id > cursor][offset:]
        return Page(after[:limit], len(self.keys), after[limit - 1].id if len(after) > limit else None)


@dataclass
class FakeKeyUses:
    """`failure`, when set, is raised."""

    keys: FakeApiKeys
    full_at: dict[str, int] = field(default_factory=dict)
    failure: Exception | None = None

    def take(self, key_id: str, hashed: str, limit: RateLimit, now: int) -> KeyUse:
        if self.failure:
            raise self.failure
        key, full_at, moment = self.keys.get(key_id), self.full_at.get(key_id, 0), text_of(moment_at(now))
        if key is None or not opens(key, hashed, moment) or has_expired(key, moment):
            return KeyUse(key, full_at)
        after = token_taken(limit, full_at, now)
        if after is None:
            return KeyUse(key, full_at)
        self.full_at[key_id] = after
        self.keys.keys[key_id] = replace(key, last_used_at=moment)
        return KeyUse(self.keys.keys[key_id], after, taken=True)


@dataclass
class FakePlans:
    plans: dict[tuple[str, str], Plan] = field(default_factory=dict)

    def put(self, workflow_id: str, plan_key: str, plan: Plan) -> None:
        self.plans.setdefault((workflow_id, plan_key), plan)

    def get(self, workflow_id: str, plan_key: str) -> Plan:
        return self.plans[workflow_id, plan_key]


def _page(rows: list[Any], key: Any, limit: int, offset: int, cursor: str | None) -> Page[Any]:
    ordered = sorted(rows, key=key, reverse=True)
    after = [row for row in ordered if cursor is None or key(row) < cursor][offset:]
    following = key(after[limit - 1]) if len(after) > limit else None
    return Page(after[:limit], len(rows), following)


@dataclass
class FakeSlots:
    """`workflows`: the ids of those that exist; the slots of others are gone with them."""

    workflows: Container[str]
    held: dict[str, SlotState] = field(default_factory=dict)
    queues: dict[str, set[str]] = field(default_factory=dict)

    def get(self, group: str) -> SlotState:
        return self.held.get(group, SlotState())

    def _gone(self, group: str) -> bool:
        return workflow_of(group) == group and group not in self.workflows

    def take(self, group: str, name: str, limit: int, *, past_queue: bool = False) -> bool:
        slots = self.get(group)
        if name in slots.held:
            return True
        if self._gone(group) or len(slots.held) >= limit or (slots.has_queue and not past_queue):
            return False
        self.held[group] = replace(slots, held=slots.held | {name})
        return True

    def free(self, group: str, name: str) -> SlotState:
        slots = self.get(group)
        self.held[group] = replace(slots, held=slots.held - {name})
        return self.held[group]

    def enqueue(self, group: str, run_id: str) -> SlotState:
        self.queues.setdefault(group, set()).add(run_id)
        if not self._gone(group):
            slots = self.get(group)
            self.held[group] = replace(slots, has_queue=True, rev=slots.rev + 1)
        return self.get(group)

    def queued(self, group: str, limit: int, *, after: str = "") -> Sequence[str]:
        return sorted(run_id for run_id in self.queues.get(group, ()) if run_id > after)[:limit]

    def dequeue(self, group: str, run_id: str) -> None:
        self.queues.get(group, set()).discard(run_id)

    def clear_queue_mark(self, group: str, rev: int) -> None:
        if self.get(group).rev == rev:
            self.held[group] = replace(self.get(group), has_queue=False)

    def groups(self, workflow_id: str, limit: int) -> Sequence[str]:
        found = [group for group, slots in self.held.items() if slots.has_queue and workflow_of(group) == workflow_id]
        return sorted(found)[:limit]


def _passes(story: Story, filters: RunFilters) -> bool:
    run = story.run
    return (
        filters.workflow_id in (None, run.workflow_id)
        and filters.status in (None, "waiting" if story.waits else story.state.status)
        and filters.trigger in (None, run.trigger)
        and set(filters.labels) <= set(run.labels.items())
        and (filters.since or "") <= run.created_at < (filters.until or "~")
    )


@dataclass
class FakeRuns:
    runs: dict[str, Run] = field(default_factory=dict)
    states: dict[str, RunState] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    steps: dict[tuple[str, str], StepRun] = field(default_factory=dict)
    begun: set[tuple[str, int]] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)

    def create(self, run: Run, state: RunState) -> bool:
        if run.id in self.runs or run.id in self.erased:
            return False
        self.runs[run.id], self.states[run.id] = run, state
        if state.status in UNDER_WAY:
            self.checks[run.id] = text_of(moment_of(state.run_at or run.created_at) + timedelta(minutes=1))
        return True

    def get(self, run_id: str, *, nested: int) -> Story | None:
        if run_id not in self.runs or self.states[run_id].deleted:
            return None
        steps = [step for (run, _), step in self.steps.items() if run == run_id]
        inside = sorted((step for step in steps if "@" in step.key), key=lambda step: step.key)
        shown = [*(step for step in steps if "@" not in step.key), *inside[:nested]]
        return Story(self.runs[run_id], self.states[run_id], shown)

    def state(self, run_id: str) -> RunState | None:
        state = self.states.get(run_id)
        return None if state is None or state.deleted else state

    def was_deleted(self, run_id: str) -> bool:
        return run_id in self.erased or (run_id in self.states and self.states[run_id].deleted)

    def page(self, filters: RunFilters, *, limit: int, offset: int, cursor: str | None) -> Page[Story]:
        stories = [Story(run, self.states[run.id], (), self._waits(run.id)) for run in self.runs.values()]
        rows = [story for story in stories if _passes(story, filters)]
        return _page(rows, lambda story: story.run.id, limit, offset, cursor)

    def count_active(self) -> int:
        return sum(state.status in ACTIVE_RUN for state in self.states.values())

    def cursor_after(self, filters: RunFilters, run: Run) -> str:
        return run.id

    def _waits(self, run_id: str) -> bool:
        steps = [step for (run, _), step in self.steps.items() if run == run_id and step.items is None]
        state = self.states[run_id]
        statuses = {step.status for step in steps if step.status == "waiting" or step.execution == state.execution}
        return state.status == "running" and statuses & {"running", "waiting"} == {"waiting"}

    def _is_current(self, run_id: str, execution: int) -> bool:
        state = self.states.get(run_id)
        return state is not None and state.execution == execution and state.status in UNDER_WAY

    def admit(self, run_id: str, execution: int, now: str, *, draw: bool) -> RunState | None:
        if not self._is_current(run_id, execution) or self.states[run_id].intent:
            return None
        state = self.states[run_id]
        is_first = (run_id, execution) not in self.begun
        self.begun.add((run_id, execution))
        told = (*state.told, Event(state.events, "run_started", now)) if is_first else state.told
        self.states[run_id] = replace(
            state, status="running", started_at=state.started_at or now, events=state.events + draw, told=told
        )
        return self.states[run_id]

    def step_page(self, run_id: str, step_id: str | None, *, limit: int, cursor: str | None) -> StepPage:
        mine = [step for (run, _), step in self.steps.items() if run == run_id and step_id in (None, step.step_id)]
        name = f"{run_id} {step_id or ''} "
        if cursor and not cursor.startswith(name):
            raise Invalid([Fault("?cursor", "is no cursor of this list")])
        after = (cursor or name).removeprefix(name)
        by_place = {f"~{step.key}" if "@" in step.key else step.key: step for step in mine}
        left = [(place, by_place[place]) for place in sorted(by_place) if place > after]
        rows = left[:limit]
        return StepPage([step for _, step in rows], f"{name}{rows[-1][0]}" if len(left) > limit else None)

    def set_machine(self, run_id: str, machine: Machine) -> None:
        self.states[run_id] = replace(self.states[run_id], machine_arn=machine.arn, plan_key=machine.plan_key)

    def draw_event(self, run_id: str) -> int:
        self.states[run_id] = replace(self.states[run_id], events=self.states[run_id].events + 1)
        return self.states[run_id].events

    def void_events(self, run_id: str, numbers: Iterable[int]) -> None:
        state = self.states[run_id]
        self.states[run_id] = replace(state, void=state.void | set(numbers))

    def telling(self, run_id: str, number: int, *, nested: bool) -> Sequence[Telling]:
        mine = [step for (run, _), step in sorted(self.steps.items()) if run == run_id]
        newer = [step for step in mine if last_number(step.story) >= number and ("@" in step.key) == nested]
        return [Telling(step.key, step.skipped, step.story) for step in newer]

    def read(self, run_id: str, step_keys: Iterable[str]) -> tuple[Run, Mapping[str, StepRun]]:
        if run_id not in self.runs:
            raise LookupError(run_id)
        found = {key: self.steps[run_id, key] for key in step_keys if (run_id, key) in self.steps}
        return self.runs[run_id], found

    def iterations(self, run_id: str, step_id: str, position: str) -> Sequence[StepRun]:
        prefix = step_key(step_id, position) + ("." if position else "@")
        return [step for (run, key), step in sorted(self.steps.items()) if run == run_id and key.startswith(prefix)]

    def put_step(self, step: StepRun, *, was: StepRun | None) -> bool:
        stored = self.steps.get((step.run_id, step.key))
        if stored == step:
            return True
        facts = [
            None if each is None else (each.owner, each.status, each.attempt, each.execution, last_number(each.story))
            for each in (stored, was)
        ]
        if facts[0] != facts[1]:
            return False
        self.steps[step.run_id, step.key] = step
        return True

    def intend(self, run_id: str, intent: Intent, check_after: str) -> RunState | None:
        state = self.states.get(run_id)
        if state is None or state.status not in UNDER_WAY:
            return None
        if state.intent not in (None, intent) and not (intent.kind == "cancel" and state.intent.kind == "pause"):
            return None
        self.states[run_id] = replace(state, intent=intent)
        self.checks[run_id] = check_after
        return self.states[run_id]

    def finish(self, state: RunState, *, paused: bool = False) -> bool:
        stored = self.states.get(state.run_id)
        if stored is None or stored.execution != state.execution:
            return False
        if stored.status not in ({"paused"} if paused else UNDER_WAY):
            return False
        if (stored.intent and stored.intent.kind) != (state.intent and state.intent.kind):
            return False
        why = {"code": state.error.code, "message": state.error.message[:300]} if state.error else None
        facts = {"status": state.status, "started_at": state.started_at, "error": why}
        kind: RunEvent = "run_paused" if state.status == "paused" else "run_completed"
        shown = {name: fact for name, fact in facts.items() if fact is not None}
        end = Event(stored.events + 1, kind, state.completed_at or (state.intent.at if state.intent else ""), shown)
        told = (*stored.told, end)
        self.states[state.run_id] = replace(state, intent=None, events=end.number, told=told, void=stored.void)
        self.checks.pop(state.run_id, None)
        if state.status == "paused":
            self.checks[state.run_id] = end.at
        return True

    def resume(
        self, state: RunState, *, was: RunState, at: str, check_after: str, input_data: Value | None
    ) -> RunState | None:
        stored = self.states[state.run_id]
        if replace(stored, events=state.events, told=state.told, void=state.void) == state:
            return state
        if (stored.status, stored.execution, stored.intent, stored.deleted) != (was.status, was.execution, None, False):
            return None
        told = (*stored.told, Event(stored.events + 1, "run_resumed", at))
        self.states[state.run_id] = replace(state, events=stored.events + 1, told=told, void=stored.void)
        self.checks[state.run_id] = check_after
        if input_data is not None:
            self.runs[state.run_id] = replace(self.runs[state.run_id], input_data=input_data)
        return state

    def keep(self, state: RunState, limit: int) -> bool:
        self.kept.append(state.run_id)
        return True

    def rest(self, state: RunState, check_after: str | None) -> None:
        stored = self.states[state.run_id]
        if (stored.status, stored.execution) == (state.status, state.execution):
            self.checks.pop(state.run_id, None)
            if check_after:
                self.checks[state.run_id] = check_after

    def begin_delete(self, run_id: str, check_after: str) -> bool | None:
        state = self.states.get(run_id)
        if state is None or state.status in ACTIVE_RUN:
            return None if state is None else False
        self.states[run_id] = replace(state, deleted=True)
        self.checks[run_id] = check_after
        return True

    def erase(self, run_id: str, limit: int) -> bool:
        for key in [key for key in self.steps if key[0] == run_id][:limit]:
            del self.steps[key]
        if any(key[0] == run_id for key in self.steps):
            return False
        self.runs.pop(run_id, None)
        self.states.pop(run_id, None)
        self.checks.pop(run_id, None)
        self.erased.add(run_id)
        return True

    def all_active(self, limit: int) -> Sequence[RunState]:
        newest = sorted(self.states.items(), reverse=True)
        return [state for _, state in newest if state.status in ACTIVE_RUN][:limit]

    def has_any(self, workflow_id: str) -> bool:
        return any(run.workflow_id == workflow_id for run in self.runs.values())

    def active(self, workflow_id: str, limit: int, *, after: str = "") -> Sequence[RunState]:
        states = [state for _, state in sorted(self.states.items())]
        here = [each for each in states if each.workflow_id == workflow_id and each.status in ACTIVE_RUN]
        return [each for each in here if each.run_id > after][:limit]

    def due(self, now: str, limit: int) -> Sequence[RunState]:
        due = sorted((after, run_id) for run_id, after in self.checks.items() if after <= now)
        return [self.states[run_id] for _, run_id in due[:limit]]

    def set_check(self, run_id: str, checks: int, check_after: str) -> None:
        if run_id in self.checks:
            self.checks[run_id] = check_after
            self.states[run_id] = replace(self.states[run_id], checks=checks)


@dataclass
class FakeTickets:
    tickets: dict[str, Ticket] = field(default_factory=dict)

    def put(self, digest: str, ticket: Ticket) -> None:
        self.tickets[digest] = ticket

    def get(self, digest: str) -> Ticket | None:
        return self.tickets.get(digest)


@dataclass
class FakeSeats:
    seats: dict[tuple[str, int], str] = field(default_factory=dict)

    def taken(self, key_id: str, now: str) -> Mapping[int, str]:
        return {number: until for (key, number), until in self.seats.items() if key == key_id and until > now}

    def take(self, key_id: str, number: int, until: str, now: str) -> bool:
        is_free = self.seats.get((key_id, number), "") <= now
        if is_free:
            self.seats[key_id, number] = until
        return is_free

    def keep(self, key_id: str, number: int, was: str, until: str) -> bool:
        is_mine = self.seats.get((key_id, number)) == was
        if is_mine:
            self.seats[key_id, number] = until
        return is_mine

    def leave(self, key_id: str, number: int, until: str) -> None:
        if self.seats.get((key_id, number)) == until:
            del self.seats[key_id, number]


@dataclass
class FakeLatches:
    latches: dict[tuple[str, int, str, str], Latch] = field(default_factory=dict)

    def add(self, run_id: str, execution: int, position: str, await_id: str, steps: Iterable[str]) -> Latch:
        return self._grow((run_id, execution, position, await_id), Latch(settled=frozenset(steps)))

    def arm(self, run_id: str, execution: int, position: str, await_id: str, token: str) -> Latch:
        return self._grow((run_id, execution, position, await_id), Latch(tokens=frozenset({token})))

    def _grow(self, key: tuple[str, int, str, str], more: Latch) -> Latch:
        held = self.latches.get(key, Latch())
        self.latches[key] = Latch(held.settled | more.settled, held.tokens | more.tokens)
        return self.latches[key]


@dataclass
class FakeIdempotencyKeys:
    claims: dict[tuple[str, str], tuple[Claim, datetime]] = field(default_factory=dict)

    def claim(self, scope: str, key: str, wanted: Claim, now: datetime, expires_at: datetime) -> Claim:
        stands = self.standing(scope, key, now)
        if stands is None:
            self.claims[scope, key] = wanted, expires_at
        return stands or wanted

    def standing(self, scope: str, key: str, now: datetime) -> Claim | None:
        found, until = self.claims.get((scope, key), (None, now))
        return found if until > now else None


@dataclass
class FakeInboxes:
    inboxes: dict[tuple[str, str], Inbox] = field(default_factory=dict)
    signals: dict[tuple[str, str], Signal] = field(default_factory=dict)

    def get(self, run_id: str, name: str) -> Inbox:
        return self.inboxes.get((run_id, name), Inbox())

    def put(self, run_id: str, name: str, inbox: Inbox, *, was: int) -> bool:
        stored = self.get(run_id, name)
        if stored == inbox:
            return True
        if stored.rev != was:
            return False
        self.inboxes[run_id, name] = inbox
        return True

    def all(self, run_id: str) -> Mapping[str, Inbox]:
        return {name: inbox for (run, name), inbox in self.inboxes.items() if run == run_id}

    def keep(self, signal: Signal) -> Signal:
        return self.signals.setdefault((signal.run_id, signal.id), signal)

    def signal(self, run_id: str, signal_id: str) -> Signal | None:
        return self.signals.get((run_id, signal_id))
