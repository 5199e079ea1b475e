"""Workflows as the contract shows them."""

from collections.abc import Sequence

from starlette.responses import Response

from stepweave.api.answers.answer import Json, answer
from stepweave.api.forms import MEDIA_TYPES
from stepweave.api.idempotency import REPLAYED
from stepweave.domain.problem import Problem
from stepweave.domain.workflow import Version, Workflow, etag
from stepweave.services.graphs import Form
from stepweave.services.workflow_creation import Created


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


def created_workflow(created: Created) -> Response:
    """201, where it is, and what it is."""
    workflow = created.workflow
    body = {"id": workflow.id, "workflow": workflow_json(workflow, created.version)}
    headers = {"location": f"/api/workflows/{workflow.id}", "etag": etag(workflow)}
    return answer(body, status=201, headers=headers | (REPLAYED if created.replayed else {}))


def one_workflow(workflow: Workflow, version: Version) -> Response:
    """The bare workflow."""
    return answer(workflow_json(workflow, version), headers={"etag": etag(workflow)})


def verdict(problems: Sequence[Problem]) -> Response:
    """What validation found: one sentence per problem, and beside it, in the same order, its place and a hint."""
    found = [{"code": p.code, "path": p.path, "message": p.message, "hint": p.hint} for p in problems]
    return answer({"valid": not found, "errors": [p.message for p in problems], "problems": found})


def picture(drawn: str, form: Form) -> Response:
    """A picture in its own media type; an SVG may run nothing, also when a browser opens it by itself."""
    headers = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(drawn, media_type=MEDIA_TYPES[form], headers=headers)
