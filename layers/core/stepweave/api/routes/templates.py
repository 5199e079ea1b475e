"""Templates: list, read, make, delete, install."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api.answers import templates as answers
from stepweave.api.answers.answer import page
from stepweave.api.auth import READ, Writer
from stepweave.api.bodies import Body
from stepweave.api.describe import templates as describe
from stepweave.api.paths import TemplateRef
from stepweave.api.payloads.templates import create_template_request, install_template_request
from stepweave.api.use_cases import Api
from stepweave.api.wanted_templates import WantedTemplates

router = APIRouter(tags=["templates"])


@router.get("/api/workflows/templates", dependencies=[READ], **describe.LIST_TEMPLATES)
def list_templates(wanted: WantedTemplates, api: Api) -> Response:
    """One's own templates, the newest first, then the built-in ones. Rows leave parameters and definition out."""
    found = api.templates.page(wanted)
    return page("templates", [answers.head_json(row) for row in found.rows], found)


@router.post("/api/workflows/templates", **describe.CREATE_TEMPLATE)
def create_template(caller: Writer, body: Body, api: Api) -> Response:
    """Makes a template of a definition, or of a version of a workflow. It must install: every problem of the definition
    with the parameters' defaults filled in is answered, and then nothing is stored."""
    return answers.created_template(api.templates.create(caller, create_template_request(body)))


@router.get("/api/workflows/templates/{template_id}", dependencies=[READ], **describe.GET_TEMPLATE)
def get_template(template_id: TemplateRef, api: Api) -> Response:
    """A template with its parameters and its definition, by its id; a built-in one also by its slug."""
    return answers.one_template(api.templates.get(template_id))


@router.delete("/api/workflows/templates/{template_id}", **describe.DELETE_TEMPLATE)
def delete_template(template_id: TemplateRef, _caller: Writer, api: Api) -> Response:
    """Deletes a template of one's own. Built-in ones cannot be changed."""
    api.templates.remove(template_id)
    return answers.nothing()


@router.post("/api/workflows/templates/{template_id}/install", **describe.INSTALL_TEMPLATE)
def install_template(template_id: TemplateRef, caller: Writer, body: Body, api: Api) -> Response:
    """Makes a workflow: the template's definition with its parameters filled in, active at once."""
    return answers.installed(api.templates.install(caller, template_id, install_template_request(body)))
