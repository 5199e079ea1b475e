"""The shapes of answers, member by member as the contract lists them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from stepweave.api.forms import MEDIA_TYPES
from stepweave.domain.problem import Problem
from stepweave.domain.workflow import Version, Workflow
from stepweave.services.graphs import Form
from stepweave.services.ports import Page
from stepweave.services.runs import Whole

Json = dict[str, Any]


def answer(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer. Half surrogate pairs, which a step may have stored, go out escaped: UTF-8 has no form for them."""
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        content = text.encode()
    except UnicodeEncodeError:
        content = json.dumps(body, allow_nan=False, separators=(",", ":")).encode()
    return Response(content, status_code=status, headers=headers, media_type="application/json")


def whole(read: Whole) -> Response:
    """A value itself, or 307 to where it is to be fetched; the link is short-lived, so nobody may keep it."""
    if read.link is None:
        return answer(read.value)
    return Response(status_code=307, headers={"location": read.link, "cache-control": "no-store"})


def picture(drawn: str, form: Form) -> Response:
    """A picture in its own media type; an SVG may run nothing, also when a browser opens it by itself."""
    headers = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(drawn, media_type=MEDIA_TYPES[form], headers=headers)


def workflow_json(workflow: Workflow, version: Version | None = None) -> Json:
    """A workflow; a row of a list has no definition."""
    shown: Json = {
        "id": workflow.id,
        "slug": workflow.slug,
        "name": workflow.name,
        "description": workflow.description,
        "version": workflow.version,
        "status": workflow.status,
        "trigger_type": workflow.trigger_type,
        "tags": list(workflow.tags),
    }
    if version is not None:
        shown["definition"] = version.definition
    return shown | {
        "created_at": workflow.created_at,
        "updated_at": workflow.updated_at,
        "created_by": workflow.created_by,
        "updated_by": workflow.updated_by,
    }


def etag(workflow: Workflow) -> str:
    """A strong validator. It holds the id as well: a slug may come to name another workflow."""
    return f'"{workflow.id}-{workflow.rev}"'


def created_workflow(workflow: Workflow, version: Version) -> Response:
    """201, where it is, and what it is."""
    body = {"id": workflow.id, "workflow": workflow_json(workflow, version)}
    headers = {"location": f"/api/workflows/{workflow.id}", "etag": etag(workflow)}
    return answer(body, status=201, headers=headers)


def one_workflow(workflow: Workflow, version: Version) -> Response:
    """The bare workflow."""
    return answer(workflow_json(workflow, version), headers={"etag": etag(workflow)})


def page(name: str, rows: Sequence[Mapping[str, Any]], of: Page[Any]) -> Response:
    """A list: the rows under the name of their kind, how many match in all, and where the next page begins."""
    return answer({name: rows, "total": of.total, "next_cursor": of.next_cursor})


def verdict(problems: Sequence[Problem]) -> Response:
    """What validation found: one sentence per problem, and beside it, in the same order, its place and a hint."""
    found = [{"code": p.code, "path": p.path, "message": p.message, "hint": p.hint} for p in problems]
    return answer({"valid": not found, "errors": [p.message for p in problems], "problems": found})


def accepted_run(run_id: str) -> Response:
    """202, and where to follow it."""
    return answer({"run_id": run_id}, status=202, headers={"location": f"/api/workflows/runs/{run_id}"})
