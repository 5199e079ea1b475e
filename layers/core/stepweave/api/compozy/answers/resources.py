"""Agents, tasks and tools as Compozy shows them."""

from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from stepweave.api.compozy.envelope import envelope
from stepweave.api.compozy.listing import link_header
from stepweave.api.documents import MEDIA_TYPES
from stepweave.domain import keyset
from stepweave.domain.resource import DEFAULT_PROJECT, Kind, Resource
from stepweave.domain.resource_import import ImportedResources
from stepweave.services.ports import ResourcePage
from stepweave.services.resources import shown


def resource_json(resource: Resource) -> dict[str, Any]:
    """Without credentials; of a task also what it holds and sends."""
    whole = shown(resource)
    return {**whole, **_told(whole)} if resource.kind == "task" else whole


def one_resource(resource: Resource) -> Response:
    return envelope(f"{resource.kind} retrieved", resource_json(resource), headers=_etag(resource))


def put_resource(resource: Resource, *, is_new: bool) -> Response:
    """201 with its place, or 200."""
    if not is_new:
        return envelope(f"{resource.kind} updated", resource_json(resource), headers=_etag(resource))
    headers = _etag(resource) | {"location": _path(resource)}
    return envelope(f"{resource.kind} created", resource_json(resource), status=201, headers=headers)


def page_of_resources(kind: Kind, page: ResourcePage, limit: int, request: Request) -> Response:
    """`total` is left out when it is 0, and so is a cursor that there is not."""
    following, preceding = (keyset.encode(at) if at else None for at in (page.after, page.before))
    members = {"limit": limit, "total": page.total or None, "next_cursor": following, "prev_cursor": preceding}
    data = {
        f"{kind}s": [{**resource_json(row), "etag": row.etag} for row in page.rows],
        "page": {name: value for name, value in members.items() if value is not None},
    }
    links = link_header(request, (("next", following), ("prev", preceding)))
    return envelope(f"{kind}s retrieved", data, headers=links)


def exported(kind: str, written: int) -> Response:
    return envelope(f"{kind}s exported", {"written": written})


def bundled(document: dict[str, Any]) -> Response:
    from stepweave.services.yaml_writing import yaml_of

    return Response(yaml_of(document), media_type=MEDIA_TYPES["yaml"])


def imported(kind: str, found: ImportedResources) -> Response:
    counts = {"imported": found.imported, "skipped": found.skipped, "overwritten": found.overwritten}
    return envelope(f"{kind}s imported", {**counts, "strategy": found.strategy})


def _etag(resource: Resource) -> dict[str, str]:
    return {"etag": f'"{resource.etag}"'}


def _path(resource: Resource) -> str:
    query = "" if resource.project == DEFAULT_PROJECT else f"?{urlencode({'project': resource.project})}"
    return f"/api/v0/{resource.kind}s/{resource.id}{query}"


def _told(task: dict[str, Any]) -> dict[str, Any]:
    nested = [task["task"]] if isinstance(task.get("task"), dict) else []
    nested += task.get("tasks") or []
    found: dict[str, Any] = {"has_subtasks": bool(nested)}
    if nested:
        found["subtask_ids"] = [each["id"] for each in nested if each.get("id")]
    if (task.get("signal") or {}).get("id"):
        found["signal_name"] = task["signal"]["id"]
    return found
