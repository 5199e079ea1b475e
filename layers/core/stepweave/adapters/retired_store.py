"""State machines in the table that may be needed no more."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from stepweave.adapters import workflow_items as items
from stepweave.adapters.table import BY_CHECK, ConditionFailed, Table
from stepweave.adapters.workflow_items import partition, version_key
from stepweave.services.ports import OldMachines


class RetiredStore:
    """The port `services.ports.Retired`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def due(self, now: str, limit: int) -> Sequence[OldMachines]:
        """Of a workflow that was deleted none: its machines are removed with what else is left of it."""
        values = {":check": items.MACHINES, ":now": now}
        condition = "#check = :check AND #check_after <= :now"
        keys = self._table.query(condition, values, index=BY_CHECK, limit=limit)
        wanted = [(key["pk"], sk) for key in keys for sk in (key["sk"], items.WORKFLOW)]
        found = {(item["pk"], item["sk"]): item for item in self._table.batch_get(wanted)}
        pairs = [(found.get((key["pk"], key["sk"])), found.get((key["pk"], items.WORKFLOW))) for key in keys]
        return [
            OldMachines(
                workflow_id=workflow["id"],
                number=version["number"],
                arn=version["machine"]["arn"] if "machine" in version else None,
                past=frozenset(version.get("past_arns", ())),
                current=version["number"] == workflow["version"],
                due=version["check_after"],
            )
            for version, workflow in pairs
            if version and workflow and "gone" not in workflow and "check_after" in version
        ]

    def forget(self, old: OldMachines, arns: Iterable[str], check_after: str | None) -> None:
        gone = set(arns)
        values: dict[str, Any] = {":due": old.due}
        removed = [] if check_after else ["#check", "#check_after"]
        removed += ["#machine"] if old.arn in gone else []
        parts = [f"REMOVE {', '.join(removed)}"] if removed else []
        if check_after:
            parts.append("SET #check_after = :after")
            values[":after"] = check_after
        if past := gone & old.past:
            parts.append("DELETE #past_arns :past")
            values[":past"] = past
        with suppress(ConditionFailed):  # it got another machine, or a newer version came: it is looked after then
            key = version_key(old.number)
            self._table.update(partition(old.workflow_id), key, " ".join(parts), "#check_after = :due", values)
