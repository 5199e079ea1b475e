"""Links of the OpenAPI document: what an answer names, and every operation that takes it.

https://spec.openapis.org/oas/v3.1.0#link-object
"""

from collections.abc import Iterator
from typing import Any

_MADE: dict[str, tuple[str, str]] = {
    "create_workflow": ("workflow_id", "/id"),
    "import_workflow": ("workflow_id", "/workflow_id"),
    "install_template": ("workflow_id", "/workflow_id"),
    "start_run": ("run_id", "/run_id"),
    "create_template": ("template_id", "/id"),
    "create_schedule": ("schedule_id", "/schedule_id"),
    "create_key": ("key_id", "/key/id"),
}
"""Operation -> the path parameter that it makes a value of, and where in its answer that is."""


def add_links(document: dict[str, Any]) -> None:
    """Every operation that makes something is linked to every operation that takes it in its path."""
    operations = list(_operations(document))
    for _, operation in operations:
        if operation["operationId"] in _MADE:
            parameter, at = _MADE[operation["operationId"]]
            _successful(operation)["links"] = {
                taker["operationId"]: {
                    "operationId": taker["operationId"],
                    "parameters": {parameter: f"$response.body#{at}"},
                }
                for path, taker in operations
                if f"{{{parameter}}}" in path
            }


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation


def _successful(operation: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    return found
