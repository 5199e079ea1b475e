"""Operations on agents, tasks and tools."""

from dataclasses import dataclass
from typing import Any

from stepweave.api.compozy.describe.operation import BODY, KEY, Described, operation
from stepweave.api.documents import YAML
from stepweave.api.schemas.schema import ref
from stepweave.domain.resource import Kind

_ETAG = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"
_EXAMPLES: dict[Kind, dict[str, Any]] = {
    "agent": {
        "id": "support",
        "instructions": "You answer questions about orders.",
        "model": {"config": {"provider": "openai", "model": "gpt-4o-mini", "api_key": "********"}},
        "actions": [{"id": "answer", "prompt": "Answer: {{ .input.question }}"}],
        "tools": [{"id": "get-order"}],
    },
    "task": {
        "id": "answer-question",
        "type": "basic",
        "agent": "support",
        "action": "answer",
        "with": {"question": "Where is my order?"},
        "has_subtasks": False,
    },
    "tool": {
        "id": "get-order",
        "description": "An order by its number.",
        "input": {"type": "object", "properties": {"number": {"type": "string"}}},
        "config": {"url": "https://shop.example.com/orders/{{ $encodeUrlComponent(input.number) }}"},
    },
}
_TOLD = ("has_subtasks",)


@dataclass(frozen=True)
class Descriptions:
    """Arguments of the decorators of a kind's routes."""

    list: Described
    get: Described
    put: Described
    delete: Described
    export: Described
    take: Described


def descriptions(kind: Kind) -> Descriptions:
    schema, example = kind.capitalize(), _EXAMPLES[kind]
    body = {name: value for name, value in example.items() if name not in _TOLD}
    return Descriptions(
        list=_list(kind),
        get=_told(
            operation(
                f"Get {kind}",
                200,
                f"{kind} retrieved",
                schema,
                example,
                errors=(*KEY, 400, 404),
                problems=True,
                headers=("ETag",),
            ),
            f"One of the {kind}s, without credentials: they are shown as `********`.",
        ),
        put=_put(kind, schema, example, body),
        delete=_told(
            operation(f"Delete {kind}", 204, "", errors=(*KEY, 400, 409), problems=True),
            "Also where there is none. What a workflow, a task or an agent refers to is not deleted: 409"
            " with `references`.",
        ),
        export=_export(kind, body),
        take=_take(kind, body),
    )


def _list(kind: Kind) -> Described:
    page = {"limit": 50, "total": 2, "next_cursor": "djI6YWZ0ZXI6c3VwcG9ydA"}
    rows = [{**_EXAMPLES[kind], "etag": _ETAG}]
    return _told(
        operation(
            f"List {kind}s",
            200,
            f"{kind}s retrieved",
            f"{kind.capitalize()}s",
            {f"{kind}s": rows, "page": page},
            errors=(*KEY, 400, 404),
            problems=True,
            headers=("Link",),
        ),
        "By id, with cursors that survive inserts and deletes. Items carry their `etag`.",
    )


def _put(kind: Kind, schema: str, example: Any, body: Any) -> Described:
    described = operation(
        f"Create or update {kind}",
        201,
        f"{kind} created",
        schema,
        example,
        errors=(*KEY, *BODY, 412),
        problems=True,
        headers=("Location", "ETag"),
        body=(f"{schema}Form", True, {name: value for name, value in body.items() if name != "model"}),
    )
    updated = operation(f"Create or update {kind}", 200, f"{kind} updated", schema, example, headers=("ETag",))
    described["responses"][200] = updated["responses"][200]
    return _told(
        described,
        f"Makes the {kind}, or replaces it whole. A value `********` keeps the stored one. With `If-Match` only if it"
        " still has that ETag.",
    )


def _export(kind: Kind, body: Any) -> Described:
    described = operation(f"Export {kind}s", 200, f"{kind}s exported", "Exported", {"written": 2}, errors=(*KEY, 400))
    described["responses"][200]["content"][YAML] = {
        "schema": ref(f"{kind.capitalize()}Bundle"),
        "example": {f"{kind}s": [body]},
    }
    return _told(
        described,
        f"Writes the {kind}s as YAML files below the project in the deployment's bucket; with `Accept: {YAML}` answers"
        " one bundle instead. Credentials are left out.",
    )


def _take(kind: Kind, body: Any) -> Described:
    result = {"imported": 1, "skipped": 1, "overwritten": 0, "strategy": "seed_only"}
    bundle = {name: value for name, value in body.items() if name != "model"}
    described = operation(
        f"Import {kind}s",
        200,
        f"{kind}s imported",
        "ImportedResources",
        result,
        errors=(*KEY, *BODY),
        body=(f"{kind.capitalize()}Bundle", False, {f"{kind}s": [bundle]}),
    )
    described["openapi_extra"]["requestBody"]["content"][YAML] = {"schema": ref(f"{kind.capitalize()}Bundle")}
    return _told(
        described,
        f"Reads the {kind}s of a bundle, JSON or YAML by its content type, or, without a body, those of the project's"
        " files. If one of them is wrong, none is stored. Stored credentials stay.",
    )


def _told(described: Described, description: str) -> Described:
    return {**described, "description": description}
