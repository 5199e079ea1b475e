"""Operations on templates."""

from stepweave.api.describe.operation import BODY, KEY, Described, operation
from stepweave.api.describe.workflows import ROW as WORKFLOW

_ID = "tpl_01KAFYX2V6N8Q3C5R9T4W7ZB1D"
_PARAMETERS: Described = {
    "type": "object",
    "properties": {"url": {"type": "string", "default": "https://example.com/"}},
}
_DEFINITION: Described = {
    "name": "Look at a page",
    "steps": [{"id": "look", "type": "http_request", "config": {"url": "{{ parameters.url }}"}}],
}
_ROW: Described = {
    "id": _ID,
    "slug": None,
    "name": "Look at a page",
    "description": None,
    "category": "operations",
    "is_builtin": False,
    "tags": ["monitoring"],
    "created_at": "2026-11-02T14:00:00.000Z",
    "created_by": "key_01KAFYQ4R2H6S0B9WJ7D3M5XEV",
}
_TEMPLATE = _ROW | {"parameters": _PARAMETERS, "definition": _DEFINITION}

LIST_TEMPLATES = operation(
    "List templates",
    200,
    "One page.",
    "TemplatePage",
    {"templates": [_ROW], "total": 1, "next_cursor": None},
    problems=(*KEY, 422),
)
GET_TEMPLATE = operation("Get a template", 200, "The template.", "Template", _TEMPLATE, problems=(*KEY, 404))
CREATE_TEMPLATE = operation(
    "Create a template",
    201,
    "Stored; it can be installed.",
    "CreatedTemplate",
    {"id": _ID, "template": _TEMPLATE},
    problems=(*KEY, *BODY, 404, 409),
    headers=("Location",),
    body=(
        "CreateTemplateBody",
        True,
        {"definition": _DEFINITION, "category": "operations", "tags": ["monitoring"], "parameters": _PARAMETERS},
    ),
)
INSTALL_TEMPLATE = operation(
    "Install a template",
    201,
    "A workflow was made of it.",
    "InstalledTemplate",
    {"workflow_id": WORKFLOW["id"]},
    problems=(*KEY, *BODY, 404),
    headers=("Location",),
    body=(
        "InstallTemplateBody",
        False,
        {"name": "My custom pipeline", "parameters": {"url": "https://example.com/status"}},
    ),
)
DELETE_TEMPLATE = operation(
    "Delete a template", 204, "It is gone; workflows made of it stay.", problems=(*KEY, 404, 409)
)
