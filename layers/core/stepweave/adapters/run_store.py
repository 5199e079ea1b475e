"""Runs, their states and their step runs in the table."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from stepweave.adapters.run_lists import cursor_after, ids_after, key_items, list_of, page_of_ids, waits
from stepweave.adapters.step_keys import NESTED, page_of_steps, sort_key
from stepweave.adapters.story_items import story_from, story_item, telling, telling_once_after, told_from
from stepweave.adapters.table import (
    BY_CHECK,
    BY_LIST,
    TTL_ATTRIBUTE,
    ConditionFailed,
    Contended,
    Item,
    Table,
    TransactionFailed,
)
from stepweave.adapters.transaction import Write, update
from stepweave.adapters.value_items import fail_from, fail_item, value_from, value_item
from stepweave.domain.origin import Origin, Trace
from stepweave.domain.run import ACTIVE_RUN, UNDER_WAY, Intent, Rerun, Run, RunState, StepRun, Value, step_key
from stepweave.domain.story import RunEvent, last_number
from stepweave.domain.workflow import Machine
from stepweave.errors import Unavailable
from stepweave.services.listing import RunFilters
from stepweave.services.moments import moment_of, text_of
from stepweave.services.ports import Page, StepPage, Story, Telling
from stepweave.services.reconcile import FIRST_CHECK

_CHECK = "RUNS"
_UNDER_WAY = ":queued, :running, :waiting"
_ACTIVE = f"#status IN ({_UNDER_WAY})"
_ACTIVE_VALUES = {":queued": "queued", ":running": "running", ":waiting": "waiting"}


_DELETED: Item = {"deleted": True}
_AT_THE_TOP = 1_002
"""Items of a run that are no step run in a loop: a definition has a thousand steps."""


def _pk(run_id: str) -> str:
    return f"RUN#{run_id}"


_TRIES = 10
"""Each a call of some milliseconds, as long as the other's transaction takes."""


class RunStore:
    """The port `services.ports.Runs`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def create(self, run: Run, state: RunState) -> bool:
        """A run is looked after from its first moment: its first check is set in the same write."""
        check_after = text_of(moment_of(state.run_at or run.created_at) + FIRST_CHECK)
        check = {"check": _CHECK, "check_after": check_after} if state.status in UNDER_WAY else {}
        own: tuple[Item, ...] = (_run_item(run), _state_item(state) | check, {})
        items = [item | place for item, place in zip(own, key_items(run, state.status), strict=True)]
        # One that is to start in months must not expire before.
        late = {TTL_ATTRIBUTE: self._table.retention.from_moment(moment_of(state.run_at))} if state.run_at else {}
        for _ in range(_TRIES):
            try:
                self._table.create_all([item | late for item in items])
            except ConditionFailed:
                return False
            except Contended:
                continue  # the same request, sent twice at once: the next try finds what the other has made
            return True
        raise Unavailable("DynamoDB")

    def get(self, run_id: str, *, nested: int) -> Story | None:
        """What is nested comes last of a run's items, and latches come first: see `sort_key`."""
        condition, values = "pk = :pk AND sk >= :first", {":pk": _pk(run_id), ":first": "RUN"}
        if nested:
            items = self._table.query(condition, values, limit=_AT_THE_TOP + nested)
        else:
            condition = "pk = :pk AND sk BETWEEN :first AND :nested"
            items = self._table.query(condition, values | {":nested": NESTED})
        by_key = {item["sk"]: item for item in items}
        if "RUN" not in by_key or by_key.get("STATE", _DELETED).get("deleted"):
            return None
        of_steps = [(key, item) for key, item in by_key.items() if key.startswith("STEP#")]
        inside = [item for key, item in of_steps if key.startswith(NESTED)][:nested]
        steps = [*(_step(item) for key, item in of_steps if not key.startswith(NESTED)), *map(_step, inside)]
        return Story(_run(by_key["RUN"]), _state(by_key["STATE"]), steps)

    def state(self, run_id: str) -> RunState | None:
        item = self._table.get(_pk(run_id), "STATE")
        return _state(item) if item and not item.get("deleted") else None

    def was_deleted(self, run_id: str) -> bool:
        item = self._table.get(_pk(run_id), "STATE")
        return item is not None and bool(item.get("deleted"))

    def page(self, filters: RunFilters, *, limit: int, offset: int, cursor: str | None) -> Page[Story]:
        found = page_of_ids(self._table, filters, limit=limit, offset=offset, cursor=cursor)
        keys = [(_pk(run_id), sk) for run_id in found.ids for sk in ("RUN", "STATE")]
        items = {(item["pk"], item["sk"]): item for item in self._table.batch_get(keys)}
        pairs = [(items.get((_pk(run_id), "RUN")), items.get((_pk(run_id), "STATE"))) for run_id in found.ids]
        rows = [self._row(run, state) for run, state in pairs if run and state and not state.get("deleted")]
        return Page(rows, found.total, found.next_cursor)

    def cursor_after(self, filters: RunFilters, run: Run) -> str:
        return cursor_after(filters, run)

    def _row(self, run: Item, state: Item) -> Story:
        may_wait = state["status"] == "running"
        return Story(_run(run), _state(state), (), may_wait and waits(self._table, run["id"], state["execution"]))

    def admit(self, run_id: str, execution: int, now: str, *, draw: bool) -> RunState | None:
        started, values = telling_once_after("run_started", execution, now)
        values |= {":now": now, ":draw": int(draw), ":execution": execution, **_ACTIVE_VALUES}
        try:
            item = self._table.update(
                _pk(run_id),
                "STATE",
                f"SET #status = :running, #started_at = if_not_exists(#started_at, :now), {started} ADD #events :draw",
                f"#execution = :execution AND {_ACTIVE} AND attribute_not_exists(#intent)",
                values,
            )
        except ConditionFailed:
            return None
        return _state(item)

    def step_page(self, run_id: str, step_id: str | None, *, limit: int, cursor: str | None) -> StepPage:
        items, next_cursor = page_of_steps(self._table, run_id, step_id, limit, cursor)
        return StepPage([_step(item) for item in items], next_cursor)

    def set_machine(self, run_id: str, machine: Machine) -> None:
        self._table.update(
            _pk(run_id),
            "STATE",
            "SET #machine_arn = :arn, #plan_key = :plan_key",
            "attribute_exists(pk)",
            {":arn": machine.arn, ":plan_key": machine.plan_key},
        )

    def draw_event(self, run_id: str) -> int:
        item = self._table.update(_pk(run_id), "STATE", "ADD #events :one", "attribute_exists(pk)", {":one": 1})
        return int(item["events"])

    def void_events(self, run_id: str, numbers: Iterable[int]) -> None:
        self._table.update(_pk(run_id), "STATE", "ADD #void :void", "attribute_exists(pk)", {":void": set(numbers)})

    def telling(self, run_id: str, number: int, *, nested: bool) -> Sequence[Telling]:
        first, last = (NESTED, "STEP$") if nested else ("STEP#", NESTED)
        items = self._table.query(
            "pk = :pk AND sk BETWEEN :first AND :last",
            {":pk": _pk(run_id), ":first": first, ":last": last, ":number": number},
            only="#told >= :number",
            names=("key", "skipped", "story"),
        )
        return [Telling(item["key"], tuple(json.loads(item["skipped"])), story_from(item)) for item in items]

    def read(self, run_id: str, step_keys: Iterable[str]) -> tuple[Run, Mapping[str, StepRun]]:
        keys = [(_pk(run_id), "RUN"), *((_pk(run_id), sort_key(key)) for key in step_keys)]
        items = {item["sk"]: item for item in self._table.batch_get(keys)}
        if "RUN" not in items:
            raise LookupError(f"run {run_id} is missing")
        run = _run(items.pop("RUN"))
        return run, {step.key: step for step in map(_step, items.values())}

    def iterations(self, run_id: str, step_id: str, position: str) -> Sequence[StepRun]:
        prefix = f"{NESTED}{step_key(step_id, position)}{'.' if position else '@'}"
        items = self._table.query("pk = :pk AND begins_with(sk, :prefix)", {":pk": _pk(run_id), ":prefix": prefix})
        return [_step(item) for item in items]

    def put_step(self, step: StepRun, *, was: StepRun | None) -> bool:
        if was is None:
            condition, values = "attribute_not_exists(pk)", {}
        else:
            condition = (
                "#owner = :owner AND #status = :was AND #attempt = :attempt AND #execution = :execution"
                " AND #told = :told"
            )
            newest = last_number(was.story)
            values = {
                ":owner": was.owner,
                ":was": was.status,
                ":attempt": was.attempt,
                ":execution": was.execution,
                ":told": newest,
            }
        try:
            self._table.put(_step_item(step), condition, values)
        except ConditionFailed as error:
            # The same write, sent twice because its answer was lost, has succeeded.
            return error.found is not None and _step(error.found) == step
        return True

    def intend(self, run_id: str, intent: Intent, check_after: str) -> RunState | None:
        free = "attribute_not_exists(#intent)" + (" OR #intent.#kind = :pause" if intent.kind == "cancel" else "")
        values = {
            ":intent": _intent_item(intent),
            ":check": _CHECK,
            ":after": check_after,
            **({":pause": "pause"} if intent.kind == "cancel" else {}),
            **_ACTIVE_VALUES,
        }
        try:
            item = self._table.update(
                _pk(run_id),
                "STATE",
                "SET #intent = :intent, #check = :check, #check_after = :after",
                f"{_ACTIVE} AND ({free})",
                values,
            )
        except ConditionFailed as error:
            found = _state(error.found) if error.found else None
            return found if found is not None and found.status in UNDER_WAY and found.intent == intent else None
        return _state(item)

    def finish(self, state: RunState, *, paused: bool = False) -> bool:
        stands = ":paused" if paused else _UNDER_WAY
        kind: RunEvent = "run_paused" if state.status == "paused" else "run_completed"
        told, told_values = telling(kind, state.execution, _ended_at(state), _end_of(state))
        values = {
            **told_values,
            ":status": state.status,
            ":list": list_of(state.workflow_id, state.status),
            ":started": state.started_at,
            ":completed": state.completed_at,
            ":output": value_item(state.output),
            ":error": fail_item(state.error),
            ":execution": state.execution,
            **({":paused": "paused"} if paused else _ACTIVE_VALUES),
            **({":kind": state.intent.kind} if state.intent else {}),
        }
        expression = (
            "SET #status = :status, #list = :list, #started_at = :started, #completed_at = :completed,"
            f" #output = :output, #error = :error, {told}"
        )
        if state.status == "paused" or self._table.retention.is_long(_pk(state.run_id)):
            # Reconcile sees to it that it is kept as long as it is to be.
            expression += ", #check = :check, #check_after = :after REMOVE #intent"
            values |= {":check": _CHECK, ":after": text_of(self._table.retention.clock())}
        else:
            expression += " REMOVE #check, #check_after, #intent"
        intent = "#intent.#kind = :kind" if state.intent else "attribute_not_exists(#intent)"
        condition = f"#execution = :execution AND #status IN ({stands}) AND {intent}"
        try:
            self._table.update(_pk(state.run_id), "STATE", expression, condition, values)
        except ConditionFailed:
            return False
        return True

    def resume(
        self, state: RunState, *, was: RunState, at: str, check_after: str, input_data: Value | None
    ) -> RunState | None:
        told, told_values = telling("run_resumed", state.execution, at)
        values = {
            **told_values,
            ":status": state.status,
            ":list": list_of(state.workflow_id, state.status),
            ":execution": state.execution,
            ":version": state.workflow_version,
            ":arn": state.machine_arn,
            ":plan": state.plan_key,
            ":reruns": [asdict(rerun) for rerun in state.reruns],
            ":check": _CHECK,
            ":after": check_after,
            ":none": 0,
            ":was": was.status,
            ":before": was.execution,
        }
        expression = (
            "SET #status = :status, #list = :list, #execution = :execution, #workflow_version = :version,"
            " #machine_arn = :arn, #plan_key = :plan, #reruns = :reruns, #check = :check, #check_after = :after,"
            f" #checks = :none, {told} REMOVE #completed_at, #output, #error"
        )
        untouched = "attribute_not_exists(#intent) AND attribute_not_exists(#deleted)"
        condition = f"#status = :was AND #execution = :before AND {untouched}"
        try:
            if input_data is None:
                self._table.update(_pk(state.run_id), "STATE", expression, condition, values)
            else:
                self._resume_with(input_data, update(_pk(state.run_id), "STATE", expression, condition, values))
        except ConditionFailed as error:
            return state if error.found and _is_resumed(_state(error.found), state) else None
        return state

    def _resume_with(self, input_data: Value, resumed: Write) -> None:
        new = {":input": value_item(input_data)}
        pk = resumed["Update"]["Key"]["pk"]["S"]
        try:
            self._table.transact([resumed, update(pk, "RUN", "SET #input_data = :input", "attribute_exists(pk)", new)])
        except TransactionFailed as error:
            if error.contended:
                raise Unavailable("The run store") from error
            reason = error.reasons[0]
            raise ConditionFailed(reason.found if reason else None) from error

    def begin_delete(self, run_id: str, check_after: str) -> bool | None:
        values = {":check": _CHECK, ":after": check_after, ":true": True, ":paused": "paused", **_ACTIVE_VALUES}
        expression = "SET #deleted = :true, #check = :check, #check_after = :after REMOVE #list, #list_key"
        condition = f"attribute_exists(#status) AND NOT #status IN ({_UNDER_WAY}, :paused)"
        try:
            self._table.update(_pk(run_id), "STATE", expression, condition, values)
        except ConditionFailed as error:
            return False if error.found and "status" in error.found else None
        return True

    def erase(self, run_id: str, limit: int) -> bool:
        items = self._table.query("pk = :pk", {":pk": _pk(run_id)}, limit=limit + 1)
        keys = [item["sk"] for item in items]
        self._table.delete_all((_pk(run_id), sk) for sk in keys[:limit] if sk != "STATE")
        if len(keys) > limit:
            return False
        remembered = self._table.retention.remembered_until(_pk(run_id))
        if remembered is None:
            self._table.delete(_pk(run_id), "STATE")
        elif "STATE" in keys:
            place = {"pk": _pk(run_id), "sk": "STATE"}
            self._table.put({**place, **_DELETED, TTL_ATTRIBUTE: remembered}, "attribute_exists(#deleted)")
        return True

    def keep(self, state: RunState, limit: int) -> bool:
        retention = self._table.retention
        if not retention.is_long(_pk(state.run_id)):
            return True
        if state.completed_at is not None:
            until = retention.from_moment(moment_of(state.completed_at))
        elif state.expires_at is None or retention.is_near(state.expires_at):
            until = retention.from_moment(retention.clock())
        else:
            return True
        if until is None or (state.expires_at or 0) >= until:
            return True
        return self._put_off(_pk(state.run_id), until, limit)

    def _put_off(self, pk: str, until: int, limit: int) -> bool:
        """The state last: while it expires earlier, there may be others that do."""
        values = {":pk": pk, ":until": until}
        early = self._table.query("pk = :pk", values, only=f"#{TTL_ATTRIBUTE} < :until", names=("sk",))
        keys = sorted((item["sk"] for item in early), key=lambda sk: sk == "STATE")
        for sk in keys[:limit]:
            with suppress(ConditionFailed):  # it was deleted meanwhile
                self._table.update(pk, sk, f"SET #{TTL_ATTRIBUTE} = :until", "attribute_exists(pk)", {":until": until})
        return len(keys) <= limit

    def rest(self, state: RunState, check_after: str | None) -> None:
        sets = "SET #check_after = :after" if check_after else "REMOVE #check, #check_after"
        values: dict[str, Any] = {":status": state.status, ":execution": state.execution}
        values |= {":after": check_after} if check_after else {}
        with suppress(ConditionFailed):  # it goes on
            self._table.update(
                _pk(state.run_id), "STATE", sets, "#status = :status AND #execution = :execution", values
            )

    def has_any(self, workflow_id: str) -> bool:
        return bool(self._table.query("#list = :list", {":list": f"RUNS#{workflow_id}"}, index=BY_LIST, limit=1))

    def active(self, workflow_id: str, limit: int, *, after: str = "") -> Sequence[RunState]:
        """The index may still have runs that have just ended: it is read on until enough others are found."""
        condition, values = "#list = :list AND #list_key > :after", {":list": f"RUNS#{workflow_id}#active"}
        active: list[RunState] = []
        last = ids_after(after) if after else " "
        while wanted := limit - len(active):
            keys = self._table.query(condition, values | {":after": last}, index=BY_LIST, limit=wanted)
            found = {item["pk"]: _state(item) for item in self._table.batch_get((key["pk"], key["sk"]) for key in keys)}
            states = [found[key["pk"]] for key in keys if key["pk"] in found]
            active += [state for state in states if state.status in ACTIVE_RUN]
            if len(keys) < wanted:
                break
            last = keys[-1]["list_key"]
        return active

    def all_active(self, limit: int) -> Sequence[RunState]:
        """Every run that is not over is due for a check some time, so that the index of checks has them all."""
        keys = self._table.query("#check = :check", {":check": _CHECK}, index=BY_CHECK)
        newest = sorted((key["pk"] for key in keys), reverse=True)
        active: list[RunState] = []
        for start in range(0, len(newest), limit):
            found = self._table.batch_get((pk, "STATE") for pk in newest[start : start + limit])
            states = sorted(map(_state, found), key=lambda state: state.run_id, reverse=True)
            active += [state for state in states if state.status in ACTIVE_RUN]
            if len(active) >= limit:
                break
        return active[:limit]

    def count_active(self) -> int:
        return self._table.count("#check = :check", {":check": _CHECK}, index=BY_CHECK)

    def due(self, now: str, limit: int) -> Sequence[RunState]:
        keys = self._table.query(
            "#check = :check AND #check_after <= :now", {":check": _CHECK, ":now": now}, index=BY_CHECK, limit=limit
        )
        states = {item["pk"]: _state(item) for item in self._table.batch_get((key["pk"], key["sk"]) for key in keys)}
        return [states[key["pk"]] for key in keys if key["pk"] in states]

    def set_check(self, run_id: str, checks: int, check_after: str) -> None:
        values = {":checks": checks, ":after": check_after}
        try:
            self._table.update(
                _pk(run_id),
                "STATE",
                "SET #checks = :checks, #check_after = :after",
                "attribute_exists(#check)",
                values,
            )
        except ConditionFailed:
            return  # it has finished meanwhile


def _ended_at(state: RunState) -> str:
    """When it ended; of a run that pauses, when that was asked for."""
    return state.completed_at or (state.intent.at if state.intent else "")


def _end_of(state: RunState) -> dict[str, Any]:
    """What the run's state may not tell any more when it has been resumed."""
    why = {"code": state.error.code, "message": state.error.message[:300]} if state.error else None
    facts = {"status": state.status, "started_at": state.started_at, "error": why}
    return {name: fact for name, fact in facts.items() if fact is not None}


def _is_resumed(found: RunState, wanted: RunState) -> bool:
    """Whether it stands as it was wanted: the same write, sent twice because its answer was lost, has succeeded."""
    return replace(found, events=wanted.events, told=wanted.told, void=wanted.void) == wanted


def _run_item(run: Run) -> Item:
    return {
        **asdict(run),
        "input_data": value_item(run.input_data),
        "labels": dict(run.labels),
        "origin": {name: value for name, value in asdict(run.origin).items() if value} or None,
        "pk": _pk(run.id),
        "sk": "RUN",
    }


def _run(item: Item) -> Run:
    return Run(
        id=item["id"],
        workflow_id=item["workflow_id"],
        input_data=value_from(item["input_data"]) or Value(inline="{}", size=2),
        trigger=item["trigger"],
        created_at=item["created_at"],
        created_by=item["created_by"],
        labels=item["labels"],
        origin=_origin(item.get("origin") or {}),
    )


def _origin(item: Item) -> Origin:
    trace = item.get("trace")
    return Origin(item.get("request_id", ""), item.get("correlation_id", ""), Trace(**trace) if trace else None)


def _state_item(state: RunState) -> Item:
    values = {"output": value_item(state.output), "error": fail_item(state.error), "intent": _intent_item(state.intent)}
    facts = {name: fact for name, fact in asdict(state).items() if name not in ("told", "void")}
    return {**facts, **values, "deleted": state.deleted or None, "pk": _pk(state.run_id), "sk": "STATE"}


def _intent_item(intent: Intent | None) -> Item | None:
    return {**asdict(intent), "why": fail_item(intent.why)} if intent else None


def _intent(item: Item | None) -> Intent | None:
    return Intent(item["kind"], item["at"], item["by"], fail_from(item["why"])) if item else None


def _state(item: Item) -> RunState:
    names = ("run_id", "workflow_id", "workflow_version", "machine_arn", "plan_key", "status", "execution", "limit")
    return RunState(
        **{name: item[name] for name in names},
        group=item.get("group", ""),
        on_limit=item.get("on_limit", "queue"),
        run_at=item.get("run_at"),
        events=item["events"],
        checks=item["checks"],
        started_at=item.get("started_at"),
        completed_at=item.get("completed_at"),
        output=value_from(item.get("output")),
        error=fail_from(item.get("error")),
        intent=_intent(item.get("intent")),
        deleted=item.get("deleted", False),
        expires_at=item.get(TTL_ATTRIBUTE),
        reruns=tuple(Rerun(each["execution"], each["from_step"]) for each in item.get("reruns", ())),
        told=told_from(item),
        void=frozenset(int(number) for number in item.get("void", ())),
    )


def _step_item(step: StepRun) -> Item:
    values = {"output": value_item(step.output), "items": value_item(step.items), "error": fail_item(step.error)}
    facts: dict[str, Any] = {**asdict(step), **values, **story_item(step.story)}
    facts["usage"] = facts["usage"] or None
    return {**facts, "skipped": json.dumps(step.skipped), "pk": _pk(step.run_id), "sk": sort_key(step.key)}


def _step(item: Item) -> StepRun:
    plain = {name: value for name, value in item.items() if name not in ("pk", "sk", "told", TTL_ATTRIBUTE)}
    values = {name: value_from(item.get(name)) for name in ("output", "items")}
    known = {**values, "error": fail_from(item.get("error")), "story": story_from(item)}
    return StepRun(**{**plain, **known, "skipped": tuple(json.loads(item["skipped"]))})
