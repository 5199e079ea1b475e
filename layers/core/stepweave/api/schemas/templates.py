"""Templates as the contract shows them."""

from stepweave.api.schemas.schema import OPTIONAL_TEXT, OPTIONAL_TIME, TEXT, Schema, list_of, object_of, page_of, ref

_HEAD: dict[str, Schema] = {
    "id": TEXT,
    "slug": {"type": ["string", "null"], "description": "A name for paths, of built-in templates alone."},
    "name": TEXT,
    "description": OPTIONAL_TEXT,
    "category": OPTIONAL_TEXT,
    "is_builtin": {"type": "boolean"},
    "tags": list_of(TEXT),
    "created_at": OPTIONAL_TIME,
    "created_by": {"type": ["string", "null"], "description": "Id of a key."},
}
_WHOLE: dict[str, Schema] = {
    "parameters": {"type": "object", "description": "A JSON Schema: what may be given at install, with defaults."},
    "definition": {"type": "object", "description": "A definition that reads `{{ parameters.<name> }}`."},
}

SCHEMAS: dict[str, Schema] = {
    "TemplateRow": object_of(_HEAD, "A template without its definition."),
    "TemplatePage": page_of("templates", "TemplateRow"),
    "Template": object_of(_HEAD | _WHOLE),
    "CreatedTemplate": object_of({"id": TEXT, "template": ref("Template")}),
    "InstalledTemplate": object_of({"workflow_id": TEXT}),
}
