"""Direct executions in the table."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from stepweave.adapters.table import BY_CHECK, TTL_ATTRIBUTE, ConditionFailed, Contended, Item, Table
from stepweave.adapters.value_items import fail_from, fail_item, value_from, value_item
from stepweave.domain.direct_execution import OVER, DirectRequest, DirectState, Note
from stepweave.domain.json_value import well_formed
from stepweave.domain.run import Value
from stepweave.errors import Unavailable
from stepweave.services.moments import moment_of, text_of

_REQUEST, _STATE = "REQUEST", "EXECUTION"
_CHECK = "EXECUTIONS"
_FIRST_CHECK = timedelta(minutes=1)
_TRIES = 10
"""Each a call of some milliseconds, as long as the other's transaction takes."""


def _pk(exec_id: str) -> str:
    return f"EXEC#{exec_id}"


class DirectStore:
    """The port `services.ports.direct.DirectExecutions`. What is nested is kept as JSON text: DynamoDB knows no
    floats."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def create(self, request: DirectRequest, state: DirectState) -> bool:
        for _ in range(_TRIES):
            try:
                self._table.create_all([_request_item(request), _state_item(state)])
            except ConditionFailed:
                return False
            except Contended:
                continue  # the same request, sent twice at once: the next try finds what the other has made
            return True
        raise Unavailable("DynamoDB")

    def get(self, exec_id: str) -> tuple[DirectRequest, DirectState] | None:
        items = {item["sk"]: item for item in self._table.query("pk = :pk", {":pk": _pk(exec_id)})}
        if _REQUEST not in items or _STATE not in items:
            return None
        return _request(items[_REQUEST]), _state(items[_STATE])

    def state(self, exec_id: str) -> DirectState | None:
        item = self._table.get(_pk(exec_id), _STATE)
        return _state(item) if item else None

    def put(self, state: DirectState, *, was: DirectState) -> bool:
        try:
            self._table.put(_state_item(state), "#writes = :writes", {":writes": was.writes})
        except ConditionFailed as error:
            return error.found is not None and _mark(_state(error.found)) == _mark(state)
        return True

    def due(self, now: str, limit: int) -> Sequence[DirectState]:
        keys = self._table.query(
            "#check = :check AND #check_after <= :now", {":check": _CHECK, ":now": now}, index=BY_CHECK, limit=limit
        )
        found = {item["pk"]: _state(item) for item in self._table.batch_get((key["pk"], key["sk"]) for key in keys)}
        states = [found[key["pk"]] for key in keys if key["pk"] in found]
        return [state for state in states if state.status not in OVER]

    def set_check(self, exec_id: str, checks: int, check_after: str) -> None:
        with suppress(ConditionFailed):  # it is over meanwhile
            self._table.update(
                _pk(exec_id),
                _STATE,
                "SET #checks = :checks, #check_after = :after",
                "attribute_exists(#check)",
                {":checks": checks, ":after": check_after},
            )


def _mark(state: DirectState) -> tuple[Any, ...]:
    """What tells one write from another that found the same."""
    return state.writes, state.status, state.owner, state.attempt, state.lease_until, state.last_note


def _check_after(state: DirectState) -> str:
    since = state.lease_until or state.updated_at
    return text_of(moment_of(since) + _FIRST_CHECK)


def _request_item(request: DirectRequest) -> Item:
    return {**asdict(request), "asked": value_item(request.asked), "pk": _pk(request.id), "sk": _REQUEST}


def _request(item: Item) -> DirectRequest:
    names = ("id", "kind", "of", "project", "seconds", "created_at", "created_by")
    return DirectRequest(
        **{name: item[name] for name in names},
        asked=value_from(item["asked"]) or Value(inline="{}", size=2),
        correlation_id=item.get("correlation_id"),
    )


def _state_item(state: DirectState) -> Item:
    due = {"check": _CHECK, "check_after": _check_after(state)} if state.status not in OVER else {}
    notes = [[note.number, note.kind, note.at, dict(note.facts)] for note in state.story]
    values = {"output": value_item(state.output), "error": fail_item(state.error), "story": _json(notes)}
    return {**asdict(state), **values, **due, "pk": _pk(state.exec_id), "sk": _STATE}


def _state(item: Item) -> DirectState:
    left_out = ("pk", "sk", "check", "check_after", TTL_ATTRIBUTE)
    plain = {name: value for name, value in item.items() if name not in left_out}
    story = tuple(Note(*row) for row in json.loads(item["story"]))
    own = {"output": value_from(item.get("output")), "error": fail_from(item.get("error")), "story": story}
    return DirectState(**{**plain, **own})


def _json(value: Any) -> str:
    return well_formed(json.dumps(value, separators=(",", ":"), ensure_ascii=False))
