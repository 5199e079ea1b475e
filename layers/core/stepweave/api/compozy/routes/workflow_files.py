"""Workflows out and in, as files of a project or as a bundle."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api.auth import WRITE, Writer
from stepweave.api.compozy.answers import resources as answers
from stepweave.api.compozy.bundles import Bundle, ImportStrategy, WantsYaml
from stepweave.api.compozy.describe import workflow_files as describe
from stepweave.api.compozy.listing import InProject
from stepweave.api.use_cases import Api

router = APIRouter(prefix="/api/v0/workflows", tags=["workflows"])


@router.post("/export", dependencies=[WRITE], **describe.EXPORT_WORKFLOWS)
def export_workflows(project: InProject, as_bundle: WantsYaml, api: Api) -> Response:
    """Writes each workflow with its current definition as a YAML file below the project in the deployment's bucket;
    with `Accept: application/yaml` answers one bundle instead."""
    if as_bundle:
        return answers.bundled(api.workflow_files.bundle(project))
    return answers.exported("workflow", api.workflow_files.export(project))


@router.post("/import", **describe.IMPORT_WORKFLOWS)
def import_workflows(caller: Writer, strategy: ImportStrategy, sent: Bundle, project: InProject, api: Api) -> Response:
    """Reads the workflows of a bundle, JSON or YAML by its content type, or, without a body, those of the project's
    files: as they were exported, or as Compozy's documents. If one of them is wrong, none is stored."""
    return answers.imported("workflow", api.workflow_files.take(caller, strategy, sent=sent, project=project))
