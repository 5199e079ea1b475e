"""Documents of workflows, and what became of one that was imported."""

from starlette.responses import Response

from stepweave.api.answers.answer import answer
from stepweave.api.documents import MEDIA_TYPES, Form
from stepweave.domain.workflow import Version, Workflow, etag
from stepweave.services.transfer import Imported, exported, provenance


def document(workflow: Workflow, version: Version, form: Form) -> Response:
    """The document, with its provenance as comments where there can be comments."""
    headers = {"etag": etag(workflow), "vary": "Accept"}
    content = exported(workflow, version)
    if form == "json":
        return answer(content, headers=headers)
    from stepweave.services.yaml_writing import yaml_of

    return Response(yaml_of(content, provenance(workflow, version)), headers=headers, media_type=MEDIA_TYPES["yaml"])


def imported(found: Imported) -> Response:
    """201 for a new workflow, else 200."""
    body = {"workflow_id": found.workflow.id, "version": found.workflow.version, "result": found.result}
    headers = {"location": f"/api/workflows/{found.workflow.id}", "etag": etag(found.workflow)}
    return answer(body, status=201 if found.result == "created" else 200, headers=headers)
