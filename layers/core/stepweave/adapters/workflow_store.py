"""Workflows, versions in the table."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from stepweave.adapters.lists import page_of_keys
from stepweave.adapters.table import ConditionFailed, Item, Table
from stepweave.adapters.value_items import value_from, value_item
from stepweave.domain.workflow import Machine, Version, Workflow, WorkflowStatus
from stepweave.errors import Conflict
from stepweave.services.ports import Current, Page, Values

_LIST = "WORKFLOWS"
_WORKFLOW, _SLOTS = "W#workflow", "W#slots"


def _pk(workflow_id: str) -> str:
    return f"WF#{workflow_id}"


def _version_key(number: int) -> str:
    return f"V#{number:08d}"


class WorkflowStore:
    """The port `services.ports.Workflows`."""

    def __init__(self, table: Table, values: Values) -> None:
        self._table = table
        self._values = values

    def create(self, workflow: Workflow, version: Version) -> None:
        pk = _pk(workflow.id)
        items = [_workflow_item(workflow), {"pk": pk, "sk": _SLOTS, "rev": 0}, self._version_item(version)]
        if workflow.slug:
            items.append({"pk": f"SLUG#{workflow.slug}", "sk": "SLUG", "workflow_id": workflow.id})
        try:
            self._table.create_all(items)
        except ConditionFailed as error:
            raise Conflict(f"The slug '{workflow.slug}' belongs to another workflow.", code="slug_taken") from error

    def resolve(self, ref: str) -> str | None:
        if ref.startswith("wf_"):
            return ref
        item = self._table.get(f"SLUG#{ref}", "SLUG")
        return item["workflow_id"] if item else None

    def get(self, workflow_id: str) -> Current | None:
        """One query: the sort keys of workflow, slots and newest version are the last three of the partition."""
        items = self._table.query(
            "pk = :pk AND sk <= :last", {":pk": _pk(workflow_id), ":last": _WORKFLOW}, limit=3, descending=True
        )
        if len(items) < 3 or items[0]["sk"] != _WORKFLOW:
            return None
        workflow, _, version = items
        return Current(_workflow(workflow), self._version(workflow_id, version))

    def status(self, workflow_id: str) -> WorkflowStatus | None:
        item = self._table.get(_pk(workflow_id), _WORKFLOW)
        return _workflow(item).status if item else None

    def version(self, workflow_id: str, number: int) -> Version | None:
        item = self._table.get(_pk(workflow_id), _version_key(number))
        return self._version(workflow_id, item) if item else None

    def page(self, *, limit: int, offset: int, cursor: str | None) -> Page[Workflow]:
        keys = page_of_keys(self._table, _LIST, limit=limit, offset=offset, cursor=cursor)
        items = {item["pk"]: item for item in self._table.batch_get((key["pk"], key["sk"]) for key in keys.items)}
        rows = [_workflow(items[key["pk"]]) for key in keys.items if key["pk"] in items]
        return Page(rows, keys.total, keys.next_cursor)

    def set_machine(self, workflow_id: str, number: int, machine: Machine) -> None:
        self._table.update(
            _pk(workflow_id),
            _version_key(number),
            "SET #machine = :machine",
            "attribute_exists(pk)",
            {":machine": asdict(machine)},
        )

    def _version_item(self, version: Version) -> Item:
        """The definition is JSON text: its order of members and its numbers come back as they were sent."""
        place = f"workflows/{version.workflow_id}/versions/{version.number}.json"
        return {
            "pk": _pk(version.workflow_id),
            "sk": _version_key(version.number),
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


def _workflow_item(workflow: Workflow) -> Item:
    facts = {**asdict(workflow), "tags": list(workflow.tags)}
    place = {"pk": _pk(workflow.id), "sk": _WORKFLOW, "list": _LIST, "list_key": f"{workflow.updated_at}#{workflow.id}"}
    return {**facts, **place}


def _workflow(item: Item) -> Workflow:
    names = ("id", "name", "version", "status", "trigger_type", "created_at", "updated_at", "created_by", "updated_by")
    facts = {name: item[name] for name in names}
    return Workflow(
        **facts,
        slug=item.get("slug"),
        description=item.get("description"),
        tags=tuple(item["tags"]),
        rev=item["rev"],
    )
