"""The OpenAPI document of Syntropic137's surface."""

from typing import Any

from fastapi import FastAPI

from stepweave.api.openapi import Parts, document_of
from stepweave.api.schemas.schema import ref
from stepweave.api.syntropic137.describe import SCHEMAS

_DESCRIPTION = """\
The execution API of Syntropic137, served by Stepweave on the same workflows and runs as its own: an execution is a run,
its phases are the steps of the version that it runs. Errors are `{"detail": ...}`.
"""
_TAGS = [{"name": "executions", "description": "Execute workflows and monitor active executions."}]


def syntropic137_document(app: FastAPI) -> dict[str, Any]:
    """The whole document; the same object at every call."""
    return document_of(app, Parts("Syntropic137 on Stepweave", _DESCRIPTION, _TAGS, _schemas))


def _schemas() -> dict[str, Any]:
    from stepweave.api.syntropic137.payloads import ExecuteBody

    return SCHEMAS | {"ExecuteBody": ExecuteBody.model_json_schema(ref_template=ref("{model}")["$ref"])}
