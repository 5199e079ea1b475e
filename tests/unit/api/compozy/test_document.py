"""The OpenAPI document of Compozy's surface says what is answered."""

import json
import re

import pytest
from jsonschema import Draft202012Validator

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def document(call):
    return call("GET", "/api/v0/openapi.json", key=None).json


def operations(document):
    return [(m, p, o) for p, of_path in document["paths"].items() for m, o in of_path.items() if m in METHODS]


def check(document, schema, value, where):
    errors = list(Draft202012Validator({**schema, "components": document["components"]}).iter_errors(value))
    assert not errors, (where, errors)


def test_every_reference_leads_somewhere_and_every_operation_has_a_name_of_its_own(document):
    for name in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)):
        assert name in document["components"]["schemas"]
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))


def test_what_starts_something_says_that_it_keeps_a_correlation_id(document):
    found = {
        (path.removeprefix("/api/v0"), each["description"] != "")
        for _, path, operation in operations(document)
        for each in operation.get("parameters", ())
        if (each["name"], each["in"], each["required"]) == ("X-Correlation-ID", "header", False)
    }
    direct = {f"/{kind}s/{{{kind}_id}}/executions" for kind in ("agent", "task")}
    direct |= {f"{path}{end}" for path in direct for end in ("/sync", "/async")}
    workflows = {f"/workflows/{{workflow_id}}/executions{end}" for end in ("", "/sync")}
    assert found == {(path, True) for path in direct | workflows | {"/events", "/hooks/{slug}"}}


def test_every_example_fits_its_schema(document):
    for _, path, operation in operations(document):
        contents = [response.get("content", {}) for response in operation["responses"].values()]
        contents.append(operation.get("requestBody", {}).get("content", {}))
        for content in contents:
            for media in content.values():
                if "example" in media:
                    check(document, media["schema"], media["example"], (path, operation["operationId"]))


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", "/api/v0/workflows", None),
        ("GET", "/api/v0/workflows?expand=tasks,agents,tools", None),
        ("GET", "/api/v0/workflows/{workflow_id}", None),
        ("PUT", "/api/v0/workflows/new", {"steps": [{"id": "a", "type": "wait", "config": {"seconds": 1}}]}),
        ("PUT", "/api/v0/workflows/new", {"id": "x"}),
        ("DELETE", "/api/v0/workflows/nothing", None),
        ("GET", "/api/v0/workflows/{workflow_id}/tasks", None),
        ("GET", "/api/v0/workflows/{workflow_id}/tasks/a", None),
        ("GET", "/api/v0/workflows/{workflow_id}/agents", None),
        ("GET", "/api/v0/workflows/{workflow_id}/tools", None),
        ("GET", "/api/v0/workflows/{workflow_id}/tools/x", None),
        ("POST", "/api/v0/workflows/{workflow_id}/executions", {}),
        ("POST", "/api/v0/workflows/{workflow_id}/executions/sync", {"timeout": 1}),
        ("POST", "/api/v0/workflows/{workflow_id}/executions/sync", {"timeout": -1}),
        ("GET", "/api/v0/workflows/{workflow_id}/executions", None),
        ("GET", "/api/v0/executions/workflows", None),
        ("GET", "/api/v0/executions/workflows/{run_id}", None),
        ("GET", "/api/v0/executions/workflows/{run_id}/outputs", None),
        ("POST", "/api/v0/executions/workflows/{run_id}/cancel", None),
        ("POST", "/api/v0/executions/workflows/{run_id}/pause", None),
        ("POST", "/api/v0/executions/workflows/{run_id}/resume", None),
        ("POST", "/api/v0/executions/workflows/{run_id}/signals", {"signal_name": "x"}),
        ("GET", "/api/v0/schedules", None),
        ("GET", "/api/v0/schedules/{workflow_id}", None),
        ("PATCH", "/api/v0/schedules/{workflow_id}", {"enabled": False}),
        ("PATCH", "/api/v0/schedules/{workflow_id}", {}),
        ("DELETE", "/api/v0/schedules/{workflow_id}", None),
        ("POST", "/api/v0/events", {"name": "x"}),
        ("POST", "/api/v0/hooks/{slug}", {}),
        ("POST", "/api/v0/hooks/nothing", {}),
        ("GET", "/api/v0", None),
        ("GET", "/api/v0/health", None),
    ],
)
def test_real_answers_fit_their_schemas(document, call, stored, method, target, body):
    path = re.sub(r"{(\w+)}", lambda found: stored[found[1]], target)
    answer = call(method, path, **({} if body is None else {"json": body}))
    operation = _operation(document, method, path)
    response = operation["responses"].get(str(answer.status)) or operation["responses"]["default"]
    if answer.status == 204:
        assert (answer.body, "content" in response) == (b"", False)
        return
    media = answer.headers["content-type"].partition(";")[0]
    check(document, response["content"][media]["schema"], answer.json, (target, answer.status))
    for header in response.get("headers", {}):
        assert header.lower() in answer.headers, target


def _operation(document, method, path):
    path = path.partition("?")[0]
    exact = document["paths"].get(path, {}).get(method.lower())
    if exact:
        return exact
    found = [
        operation
        for kind, template, operation in operations(document)
        if kind == method.lower() and re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path)
    ]
    assert len(found) == 1, path
    return found[0]
