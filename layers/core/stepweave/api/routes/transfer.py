"""Workflows out and in, as documents."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api.answers.transfer import document, imported
from stepweave.api.auth import READ, Writer
from stepweave.api.describe import transfer as describe
from stepweave.api.documents import ConflictRule, DocumentBody, DocumentForm
from stepweave.api.paths import WorkflowRef
from stepweave.api.payloads.transfer import import_request
from stepweave.api.use_cases import Api

router = APIRouter(tags=["workflows"])


@router.get("/api/workflows/{workflow_id:workflow_ref}/export", dependencies=[READ], **describe.EXPORT_WORKFLOW)
def export_workflow(workflow_id: WorkflowRef, form: DocumentForm, api: Api) -> Response:
    """The workflow as one document: its id, slug, trigger type, status, tags and definition with its schedule. JSON, or
    with `Accept: application/yaml` YAML, whose comments tell where it comes from."""
    return document(*api.workflows.get(workflow_id), form)


@router.post("/api/workflows/import", **describe.IMPORT_WORKFLOW)
def import_workflow(caller: Writer, body: DocumentBody, on_conflict: ConflictRule, api: Api) -> Response:
    """Makes the workflow of a document, JSON or (by its content type) YAML. A workflow that has the document's id, else
    its slug, is the same: where nothing is new it stays untouched, else `on_conflict` decides."""
    return imported(api.transfer.take(caller, import_request(body), on_conflict))
