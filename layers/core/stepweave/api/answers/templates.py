"""Templates as the contract shows them."""

from starlette.responses import Response

from stepweave.api.answers.answer import Json, answer
from stepweave.domain.template import Template, TemplateHead
from stepweave.domain.workflow import Workflow


def head_json(head: TemplateHead) -> Json:
    """A row of a list."""
    return {
        "id": head.id,
        "slug": head.slug,
        "name": head.name,
        "description": head.description,
        "category": head.category,
        "is_builtin": head.is_builtin,
        "tags": list(head.tags),
        "created_at": head.created_at,
        "created_by": head.created_by,
    }


def template_json(template: Template) -> Json:
    return head_json(template.head) | {"parameters": template.parameters, "definition": template.definition}


def one_template(template: Template) -> Response:
    return answer(template_json(template))


def created_template(template: Template) -> Response:
    """201, where it is, and what it is."""
    body = {"id": template.head.id, "template": template_json(template)}
    return answer(body, status=201, headers={"location": f"/api/workflows/templates/{template.head.id}"})


def installed(workflow: Workflow) -> Response:
    """201, and where the workflow is."""
    headers = {"location": f"/api/workflows/{workflow.id}"}
    return answer({"workflow_id": workflow.id}, status=201, headers=headers)


def nothing() -> Response:
    """204."""
    return Response(status_code=204)
