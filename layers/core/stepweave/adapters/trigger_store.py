"""What triggers have taken, and by what they are found, in the table."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from stepweave.adapters.table import BY_CHECK, ConditionFailed, Item, Table
from stepweave.domain.trigger import Held, Taken

_CHECK = "TRIGGERS"
_SK = "TRIGGERS"
_HOOK = "HOOK"
_KINDS = ("signals", "hooks", "rules")
_MINE = "#workflow_id = :workflow_id"


class TriggerStore:
    """The port `services.ports.Triggers`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def held(self, workflow_id: str) -> Held:
        item = self._table.get(_pk(workflow_id), _SK)
        return Held(workflow_id, _taken(item), item["rev"]) if item else Held(workflow_id)

    def hold(self, held: Held, *, check_after: str | None) -> bool:
        """An empty record stays: its `rev` is what a late writer is found out by."""
        taken = {kind: sorted(getattr(held.taken, kind)) for kind in _KINDS}
        check = {"check": _CHECK, "check_after": check_after} if check_after else {}
        item = {"pk": _pk(held.workflow_id), "sk": _SK, **taken, **check, "rev": held.rev + 1}
        condition, values = ("#rev = :rev", {":rev": held.rev}) if held.rev else ("attribute_not_exists(pk)", {})
        try:
            self._table.put(item, condition, values)
        except ConditionFailed:
            return False
        return True

    def due(self, now: str, limit: int) -> Sequence[str]:
        condition, values = "#check = :check AND #check_after <= :now", {":check": _CHECK, ":now": now}
        found = self._table.query(condition, values, index=BY_CHECK, limit=limit)
        return [item["pk"].removeprefix("TRIGGERS#") for item in found]

    def take_hook(self, slug: str, workflow_id: str, now: str) -> tuple[str, str]:
        item = {"pk": f"HOOK#{slug}", "sk": _HOOK, "workflow_id": workflow_id, "since": now}
        try:
            self._table.put(item, "attribute_not_exists(pk)")
        except ConditionFailed as error:
            if error.found:
                return error.found["workflow_id"], error.found["since"]
        return workflow_id, now

    def pass_hook(self, slug: str, owner: tuple[str, str], workflow_id: str, now: str) -> bool:
        item = {"pk": f"HOOK#{slug}", "sk": _HOOK, "workflow_id": workflow_id, "since": now}
        values: dict[str, Any] = {":workflow_id": owner[0], ":since": owner[1]}
        try:
            self._table.put(item, f"{_MINE} AND #since = :since", values)
        except ConditionFailed:
            return False
        return True

    def hook(self, slug: str) -> str | None:
        item = self._table.get(f"HOOK#{slug.lower()}", _HOOK)
        return item["workflow_id"] if item else None

    def release_hook(self, slug: str, workflow_id: str) -> None:
        """Only one's own: read first, since what deletes takes no values in its condition."""
        if self.hook(slug) == workflow_id:
            self._table.delete(f"HOOK#{slug}", _HOOK)

    def listen(self, name: str, workflow_id: str) -> None:
        with suppress(ConditionFailed):
            self._table.put({"pk": f"SIGNAL#{name}", "sk": workflow_id}, "attribute_not_exists(pk)")

    def silence(self, name: str, workflow_id: str) -> None:
        self._table.delete(f"SIGNAL#{name}", workflow_id)

    def listeners(self, name: str, limit: int) -> Sequence[str]:
        found = self._table.query("pk = :pk", {":pk": f"SIGNAL#{name}"}, limit=limit)
        return [item["sk"] for item in found]


def _pk(workflow_id: str) -> str:
    return f"TRIGGERS#{workflow_id}"


def _taken(item: Item) -> Taken:
    return Taken(*(frozenset(item[kind]) for kind in _KINDS))
