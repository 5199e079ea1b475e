"""Versions: list, read, compare, roll back to."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api.answers.answer import page
from stepweave.api.answers.versions import difference, note_json, one_version
from stepweave.api.answers.workflows import one_workflow
from stepweave.api.auth import READ, Writer
from stepweave.api.bodies import Body
from stepweave.api.compared_versions import ComparedVersions
from stepweave.api.describe import versions as describe
from stepweave.api.if_match import Expected
from stepweave.api.pages import Listing
from stepweave.api.paths import VersionNumber, WorkflowRef
from stepweave.api.payloads.versions import rollback_request
from stepweave.api.use_cases import Api

router = APIRouter(tags=["versions"])


@router.get("/api/workflows/{workflow_id:workflow_ref}/versions", dependencies=[READ], **describe.LIST_VERSIONS)
def list_versions(workflow_id: WorkflowRef, listing: Listing, api: Api) -> Response:
    """Versions of a workflow, newest first. Rows leave the definition out."""
    found = api.versions.page_of(workflow_id, listing)
    return page("versions", [note_json(row) for row in found.rows], found)


@router.get("/api/workflows/{workflow_id:workflow_ref}/versions/{version}", dependencies=[READ], **describe.GET_VERSION)
def get_version(workflow_id: WorkflowRef, version: VersionNumber, api: Api) -> Response:
    """A version with its definition, as it was sent. Versions never change."""
    return one_version(api.versions.get(workflow_id, version))


@router.get("/api/workflows/{workflow_id:workflow_ref}/diff", dependencies=[READ], **describe.DIFF)
def diff_versions(workflow_id: WorkflowRef, compared: ComparedVersions, api: Api) -> Response:
    """What turns version `v1` into version `v2`, as a JSON Patch (RFC 6902) and in a sentence; with
    `Accept: text/plain` as a unified difference for people."""
    return difference(api.versions.compare(workflow_id, compared.v1, compared.v2), compared.as_text)


@router.post("/api/workflows/{workflow_id:workflow_ref}/rollback", **describe.ROLLBACK)
def rollback(caller: Writer, workflow_id: WorkflowRef, body: Body, expected: Expected, api: Api) -> Response:
    """Makes a new version with the definition of an earlier one, which is validated as if it were new. Tags, trigger
    type, slug and status stay."""
    return one_workflow(*api.versions.roll_back(caller, workflow_id, rollback_request(body, expected)))
