"""Workflows and versions as items of the table."""

from dataclasses import asdict

from stepweave.adapters import workflow_facets as facets
from stepweave.adapters.table import Item
from stepweave.domain.workflow import VersionNote, Workflow

WORKFLOW, SLOTS = "W#workflow", "W#slots"
MACHINES, GONE = "MACHINES", "GONE"
"""Values of `check`: versions whose machines may be needed no more, and workflows that were deleted."""


def partition(workflow_id: str) -> str:
    return f"WF#{workflow_id}"


def version_key(number: int) -> str:
    return f"V#{number:08d}"


def note_key(number: int) -> str:
    return f"H#{number:08d}"


def workflow_item(workflow: Workflow) -> Item:
    facts = {**asdict(workflow), "tags": list(workflow.tags)}
    place = {"pk": partition(workflow.id), "sk": WORKFLOW, "list": facets.ALL, "list_key": facets.place(workflow)}
    return {**facts, **place}


def workflow_from(item: Item) -> Workflow:
    names = ("id", "name", "version", "status", "trigger_type", "created_at", "updated_at", "created_by", "updated_by")
    facts = {name: item[name] for name in names}
    return Workflow(
        **facts,
        slug=item.get("slug"),
        description=item.get("description"),
        tags=tuple(item["tags"]),
        rev=item["rev"],
    )


def row_items(workflow: Workflow) -> dict[str, Item]:
    """The workflow's rows in lists, by sort key."""
    pk = partition(workflow.id)
    by_name = {"list": facets.NAMES, "list_key": workflow.slug or workflow.id}
    return {sk: {"pk": pk, "sk": sk, **row} for sk, row in {**facets.rows(workflow), "F#name": by_name}.items()}


def note_item(workflow_id: str, note: VersionNote) -> Item:
    return {"pk": partition(workflow_id), "sk": note_key(note.number), **asdict(note)}


def note_from(item: Item) -> VersionNote:
    return VersionNote(item["number"], item["change_summary"], item["created_at"], item["created_by"])


def slug_item(workflow: Workflow) -> Item:
    return {"pk": f"SLUG#{workflow.slug}", "sk": "SLUG", "workflow_id": workflow.id}
