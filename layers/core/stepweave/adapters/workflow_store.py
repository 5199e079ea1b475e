"""Workflows and their versions in the table."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from stepweave.adapters import transaction as to
from stepweave.adapters import workflow_facets as facets
from stepweave.adapters import workflow_items as items
from stepweave.adapters.cursor import decode, encode
from stepweave.adapters.keyset_pages import count_of, keyset_page
from stepweave.adapters.table import Item, Reason, Table, TransactionFailed
from stepweave.adapters.value_items import value_from, value_item
from stepweave.adapters.workflow_items import SLOTS, WORKFLOW, partition, version_key
from stepweave.adapters.workflow_lists import key_of, length, page_of_places
from stepweave.domain.keyset import Place
from stepweave.domain.workflow import Machine, Version, VersionNote, Workflow, WorkflowStatus
from stepweave.errors import Conflict, NotFound
from stepweave.services.listing import WorkflowFilters
from stepweave.services.ports import Current, NamedPage, Page, Values

LISTED_BYTES = 3_000_000
"""Of definitions in a list; a function answers 6 MB at most (AWS Lambda quotas)."""
_MINE = "attribute_not_exists(pk) OR #workflow_id = :workflow_id"


class WorkflowStore:
    """The port `services.ports.Workflows`."""

    def __init__(self, table: Table, values: Values) -> None:
        self._table = table
        self._values = values

    def create(self, workflow: Workflow, version: Version) -> bool | None:
        writes = [
            to.put(items.workflow_item(workflow), "attribute_not_exists(pk)"),
            *_slug_writes(None, workflow),
            to.put({"pk": partition(workflow.id), "sk": SLOTS, "rev": 0}),
            *self._version_writes(version),
            *_list_writes(None, workflow),
        ]
        try:
            self._table.transact(writes)
        except TransactionFailed as error:
            if refused := _refused(error.reasons[0]):
                if refused.found is not None and "gone" in refused.found:
                    raise NotFound("workflow", workflow.id) from error
                return False
            _refuse_unless_contended(error, workflow)
            return None
        return True

    def write(self, before: Workflow, after: Workflow, version: Version | None, *, retired_at: str | None) -> bool:
        writes = [
            to.put(items.workflow_item(after), "#rev = :rev", {":rev": before.rev}),
            *_slug_writes(before, after),
            *(self._version_writes(version) if version else ()),
            *_list_writes(before, after),
        ]
        if retired_at is not None:
            marked = {":check": items.MACHINES, ":after": retired_at}
            key = version_key(before.version)
            expression = "SET #check = :check, #check_after = :after"
            writes.append(to.update(partition(before.id), key, expression, "attribute_exists(pk)", marked))
        return self._transacted(writes, after)

    def delete(self, workflow: Workflow, now: str) -> bool:
        gone = {"pk": partition(workflow.id), "sk": WORKFLOW, "id": workflow.id, "gone": now}
        looked_after = {"check": items.GONE, "check_after": now}
        writes = [
            to.put(gone | looked_after, "#rev = :rev", {":rev": workflow.rev}),
            *_slug_writes(workflow, None),
            to.delete(partition(workflow.id), SLOTS),
            *_list_writes(workflow, None),
        ]
        return self._transacted(writes, workflow)

    def _transacted(self, writes: Sequence[to.Write], workflow: Workflow) -> bool:
        """False when the workflow, which is the first write, is not what it was, or somebody else writes now."""
        try:
            self._table.transact(writes)
        except TransactionFailed as error:
            if not _refused(error.reasons[0]):
                _refuse_unless_contended(error, workflow)
            return False
        return True

    def resolve(self, ref: str) -> str | None:
        if ref.startswith("wf_"):
            return ref
        item = self._table.get(f"SLUG#{ref}", "SLUG")
        return item["workflow_id"] if item else None

    def get(self, workflow_id: str) -> Current | None:
        """One query: the sort keys of workflow, slots and newest version are the last three of the partition."""
        found = self._table.query(
            "pk = :pk AND sk <= :last", {":pk": partition(workflow_id), ":last": WORKFLOW}, limit=3, descending=True
        )
        if len(found) < 3 or found[0]["sk"] != WORKFLOW or "gone" in found[0]:
            return None
        workflow, _, version = found
        return Current(items.workflow_from(workflow), self._version(workflow_id, version))

    def status(self, workflow_id: str) -> WorkflowStatus | None:
        item = self._table.get(partition(workflow_id), WORKFLOW)
        return items.workflow_from(item).status if item and "gone" not in item else None

    def version(self, workflow_id: str, number: int) -> Version | None:
        item = self._table.get(partition(workflow_id), version_key(number))
        return self._version(workflow_id, item) if item else None

    def notes(self, workflow_id: str, *, newest: int, limit: int, offset: int, cursor: str | None) -> Page[VersionNote]:
        """Numbers have no gaps, so that `offset` costs nothing."""
        name = f"VERSIONS#{workflow_id}"
        last = newest if cursor is None else int(decode(name, cursor)) - 1
        numbers = range(max(last - offset, 0), max(last - offset - limit, 0), -1)
        if not numbers:
            return Page([], newest, None)
        first, final = items.note_key(numbers[-1]), items.note_key(numbers[0])
        values = {":pk": partition(workflow_id), ":first": first, ":last": final}
        found = self._table.query("pk = :pk AND sk BETWEEN :first AND :last", values, descending=True)
        following = encode(name, str(numbers[-1])) if numbers[-1] > 1 else None
        return Page([items.note_from(each) for each in found], newest, following)

    def page(self, filters: WorkflowFilters, *, limit: int, offset: int, cursor: str | None) -> Page[Workflow]:
        found = page_of_places(self._table, filters, limit=limit, offset=offset, cursor=cursor)
        keys = [key_of(place) for place in found.places]
        rows = {item["pk"]: item for item in self._table.batch_get(keys) if "gone" not in item}
        workflows = [items.workflow_from(rows[pk]) for pk, _ in keys if pk in rows]
        return Page(workflows, found.total, found.next_cursor)

    def named(self, prefix: str, *, limit: int, at: Place | None) -> NamedPage:
        found = keyset_page(self._table, facets.NAMES, prefix=prefix, limit=limit, at=at)
        total = count_of(self._table, facets.NAMES, prefix) if prefix else length(self._table, facets.ALL)
        rows, left = self._with_versions([key["pk"] for key in found.keys])
        if not left:
            return NamedPage(rows, total, found.after, found.before)
        last = rows[-1].workflow
        return NamedPage(rows, total, Place("after", last.slug or last.id), found.before)

    def _with_versions(self, pks: Sequence[str]) -> tuple[list[Current], bool]:
        """The workflows with their current versions, in order; and whether some are left out, of which the definitions
        would be too much for one answer."""
        items_of = {item["pk"]: item for item in self._table.batch_get((pk, WORKFLOW) for pk in pks)}
        stand = [items.workflow_from(items_of[pk]) for pk in pks if pk in items_of and "gone" not in items_of[pk]]
        keys = [(partition(each.id), version_key(each.version)) for each in stand]
        versions = {item["pk"]: item for item in self._table.batch_get(keys)}
        rows: list[Current] = []
        room = LISTED_BYTES
        for workflow in stand:
            item = versions.get(partition(workflow.id))
            if item is None:
                continue  # deleted since
            room -= item["definition"]["size"]
            if rows and room < 0:
                return rows, True
            rows.append(Current(workflow, self._version(workflow.id, item)))
        return rows, False

    def set_machine(
        self, workflow_id: str, number: int, machine: Machine, *, replaces: str | None, check_after: str
    ) -> None:
        expression = "SET #machine = :machine, #check = :check, #check_after = :after"
        values = {":machine": asdict(machine), ":check": items.MACHINES, ":after": check_after}
        if replaces not in (None, machine.arn):
            expression, values = f"{expression} ADD #past_arns :past", values | {":past": {replaces}}
        self._table.update(partition(workflow_id), version_key(number), expression, "attribute_exists(pk)", values)

    def _version_writes(self, version: Version) -> list[to.Write]:
        note = VersionNote(version.number, version.change_summary, version.created_at, version.created_by)
        return [
            to.put(self._version_item(version), "attribute_not_exists(pk)"),
            to.put(items.note_item(version.workflow_id, note)),
        ]

    def _version_item(self, version: Version) -> Item:
        """The definition is JSON text: its order of members and its numbers come back as they were sent."""
        place = f"workflows/{version.workflow_id}/versions/{version.number}.json"
        return {
            "pk": partition(version.workflow_id),
            "sk": version_key(version.number),
            "number": version.number,
            "definition": value_item(self._values.store(place, version.definition)),
            "change_summary": version.change_summary,
            "created_at": version.created_at,
            "created_by": version.created_by,
            "machine": asdict(version.machine) if version.machine else None,
        }

    def _version(self, workflow_id: str, item: Item) -> Version:
        stored = value_from(item["definition"])
        definition: Mapping[str, Any] = self._values.load(stored) if stored else {}
        machine = Machine(**item["machine"]) if "machine" in item else None
        facts = (item["change_summary"], item["created_at"], item["created_by"])
        return replace(Version(workflow_id, item["number"], definition, *facts), machine=machine)


def _slug_writes(before: Workflow | None, after: Workflow | None) -> list[to.Write]:
    """A slug is given to one workflow at a time; it is the second write of a transaction that gives one."""
    old, new = before and before.slug, after and after.slug
    writes = []
    if after and new and new != old:
        writes.append(to.put(items.slug_item(after), _MINE, {":workflow_id": after.id}))
    if before and old and new != old:
        writes.append(to.delete(f"SLUG#{old}", "SLUG", _MINE, {":workflow_id": before.id}))
    return writes


def _list_writes(before: Workflow | None, after: Workflow | None) -> list[to.Write]:
    """What makes the lists right: rows that have changed or go, and the counters of lists that grow or shrink."""
    old, new = (items.row_items(each) if each else {} for each in (before, after))
    workflow = after or before
    if workflow is None:
        return []
    writes = [to.put(row) for sk, row in new.items() if old.get(sk) != row]
    writes += [to.delete(partition(workflow.id), sk) for sk in old if sk not in new]
    shard = workflow.id[-1]
    for name, by in facets.changed_counts(before, after):
        writes.append(to.update(f"COUNT#{name}", shard, "ADD #count :by", "", {":by": by}))
    return writes


def _refused(reason: Reason | None) -> Reason | None:
    return reason if reason is not None and reason.code == "ConditionalCheckFailed" else None


def _refuse_unless_contended(error: TransactionFailed, workflow: Workflow) -> None:
    """Raises what a failed transaction means that found its workflow as it should be, unless it may be tried again."""
    if _refused(error.reasons[1]) and workflow.slug:
        raise Conflict(f"The slug '{workflow.slug}' belongs to another workflow.", code="slug_taken") from error
    if not error.contended:
        raise error
