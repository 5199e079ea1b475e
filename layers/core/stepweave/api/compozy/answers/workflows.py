"""Workflows as Compozy shows them."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from starlette.responses import Response

from stepweave.api.compozy.envelope import envelope
from stepweave.api.compozy.listing import link_header
from stepweave.api.compozy.pages import page_member
from stepweave.compozy.workflow_dto import workflow_dto
from stepweave.domain import keyset
from stepweave.domain.workflow import Version, Workflow
from stepweave.services.named_workflows import Put, content_etag, name_of
from stepweave.services.ports import NamedPage

Json = dict[str, Any]


def page_of_workflows(page: NamedPage, limit: int, expand: frozenset[str], request: Request) -> Response:
    """Rows carry their `etag`, bare."""
    following, preceding = (keyset.encode(at) if at else None for at in (page.after, page.before))
    rows = [
        {
            **workflow_dto(each.workflow, each.version.definition, expand=expand),
            "etag": content_etag(each.workflow, each.version.definition),
        }
        for each in page.rows
    ]
    data = {"workflows": rows, "page": page_member(limit, page.total, following, preceding)}
    return envelope(
        "workflows retrieved", data, headers=link_header(request, (("next", following), ("prev", preceding)))
    )


def one_workflow(shown: Json, workflow: Workflow, version: Version) -> Response:
    return envelope("workflow retrieved", shown, headers=_etag(workflow, version))


def put_workflow(shown: Json, put: Put) -> Response:
    """201 with its place, or 200."""
    headers = _etag(put.workflow, put.version)
    if not put.is_new:
        return envelope("workflow updated", shown, headers=headers)
    headers = {**headers, "location": f"/api/v0/workflows/{name_of(put.workflow)}"}
    return envelope("workflow created", shown, status=201, headers=headers)


def members(name: str, found: list[Json]) -> Response:
    return envelope(f"{name} retrieved", {name: found})


def member(kind: str, found: Json) -> Response:
    return envelope(f"{kind} retrieved", found)


def _etag(workflow: Workflow, version: Version) -> Mapping[str, str]:
    return {"etag": f'"{content_etag(workflow, version.definition)}"'}
