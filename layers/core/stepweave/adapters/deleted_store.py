"""Deleted workflows in the table: what says that they were, and what is left of them."""

from collections.abc import Sequence
from contextlib import suppress

from stepweave.adapters import workflow_items as items
from stepweave.adapters.table import BY_CHECK, ConditionFailed, Table
from stepweave.adapters.workflow_items import partition
from stepweave.services.ports import Values

_FIRST_OF_PLANS, _AFTER_PLANS = "PLAN#", "PLAN$"
"""`$` comes after `#`: all keys that begin with `PLAN#` lie between them."""


class DeletedStore:
    """The port `services.ports.Deleted`."""

    def __init__(self, table: Table, values: Values) -> None:
        self._table = table
        self._values = values

    def due(self, now: str, limit: int) -> Sequence[str]:
        values = {":check": items.GONE, ":now": now}
        condition = "#check = :check AND #check_after <= :now"
        found = self._table.query(condition, values, index=BY_CHECK, limit=limit)
        return [item["pk"].removeprefix("WF#") for item in found]

    def deleted_at(self, workflow_id: str) -> str | None:
        item = self._table.get(partition(workflow_id), items.WORKFLOW)
        return item.get("gone") if item else None

    def machines(self, workflow_id: str) -> Sequence[str]:
        values = {":pk": partition(workflow_id), ":prefix": "V#"}
        condition, names = "pk = :pk AND begins_with(sk, :prefix)", ("machine", "past_arns")
        versions = self._table.query(condition, values, names=names)
        arns = {item["machine"]["arn"] for item in versions if "machine" in item}
        return sorted(arns.union(*(item.get("past_arns", ()) for item in versions)))

    def remove_versions(self, workflow_id: str) -> None:
        """Values go before the items, which tell that there is something to remove."""
        self._values.remove(f"workflows/{workflow_id}/versions/")
        pk = partition(workflow_id)
        keys = ("pk", "sk")  # a definition may have 100 KB
        before = self._table.query("pk = :pk AND sk < :plans", {":pk": pk, ":plans": _FIRST_OF_PLANS}, names=keys)
        after = self._table.query("pk = :pk AND sk > :plans", {":pk": pk, ":plans": _AFTER_PLANS}, names=keys)
        left = [item for item in (*before, *after) if item["sk"] != items.WORKFLOW]
        groups = [workflow_id, *(f"{workflow_id}#{each['sk'][6:]}" for each in left if each["sk"].startswith("GROUP#"))]
        for group in groups:
            left += self._table.query("pk = :pk", {":pk": f"QUEUE#{group}"})
        self._table.delete_all((item["pk"], item["sk"]) for item in left)

    def put_off(self, workflow_id: str, check_after: str) -> None:
        with suppress(ConditionFailed):  # it is forgotten already
            values = {":after": check_after}
            pk = partition(workflow_id)
            self._table.update(pk, items.WORKFLOW, "SET #check_after = :after", "attribute_exists(#gone)", values)

    def forget(self, workflow_id: str) -> None:
        self._values.remove(f"workflows/{workflow_id}/")
        found = self._table.query("pk = :pk", {":pk": partition(workflow_id)}, names=("pk", "sk"))
        self._table.delete_all((item["pk"], item["sk"]) for item in found if item["sk"] != items.WORKFLOW)
        self._table.delete(partition(workflow_id), items.WORKFLOW, "attribute_exists(#gone)")
