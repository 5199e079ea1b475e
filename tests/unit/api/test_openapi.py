import json
import re
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from stepweave.api.openapi import API_VERSION

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def document(call):
    return call("GET", "/openapi.json", key=None).json


def operations(document):
    return [(m, p, o) for p, of_path in document["paths"].items() for m, o in of_path.items() if m in METHODS]


def schema_of(document, content):
    return {**content["schema"], "components": document["components"]}


def check(document, content, value):
    errors = list(Draft202012Validator(schema_of(document, content)).iter_errors(value))
    assert not errors, errors


def test_it_is_openapi_3_1_of_the_package_s_version(document):
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    assert document["openapi"].startswith("3.1")
    assert document["info"]["version"] == API_VERSION == project["version"]


def test_every_operation_is_described_with_a_success_and_its_errors(document):
    for _, path, operation in operations(document):
        assert operation["summary"], path
        assert operation["description"], path
        assert operation["tags"], path
        assert operation["operationId"], path
        assert any(status.startswith("2") for status in operation["responses"]), path
        assert "default" in operation["responses"], path
        if operation.get("security"):
            assert {"401", "403"} <= operation["responses"].keys(), path
        if "requestBody" in operation:
            assert {"400", "413", "422"} <= operation["responses"].keys(), path
            assert "example" in operation["requestBody"]["content"]["application/json"], path


def test_every_answer_has_a_schema_and_an_example_that_fits_it(document):
    for _, path, operation in operations(document):
        for status, response in operation["responses"].items():
            if status == "204":
                assert "content" not in response, path
                continue
            media = "application/json" if status.startswith("2") else "application/problem+json"
            if media not in response["content"]:
                others = (["text/vnd.mermaid", "image/svg+xml"], ["text/event-stream"], ["text/plain"])
                assert list(response["content"]) in others, (path, status)
                continue
            others = OTHER_MEDIA.get(path.rpartition("/")[2], []) if status == "200" else []
            assert list(response["content"]) == [media, *others], (path, status)
            content = response["content"][media]
            assert content["schema"], (path, status)
            if status != "default":
                check(document, content, content["example"])


def test_the_example_of_a_problem_has_the_status_it_stands_under(document):
    for _, path, operation in operations(document):
        for status, response in operation["responses"].items():
            if status.startswith("4"):
                assert str(response["content"]["application/problem+json"]["example"]["status"]) == status, path


def test_the_examples_of_requests_fit_their_schemas(document):
    for _, _, operation in operations(document):
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            check(document, content, content["example"])


def test_every_reference_leads_somewhere(document):
    for name in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)):
        assert name in document["components"]["schemas"]


def test_what_is_made_is_linked_to_all_that_takes_it(document):
    answers = [(o["operationId"], r) for _, _, o in operations(document) for r in o["responses"].values()]
    links = {name: answer["links"] for name, answer in answers if "links" in answer}
    assert (
        {"get_workflow", "start_run", "list_runs"}
        <= links["create_workflow"].keys()
        == links["install_template"].keys()
    )
    assert links["start_run"]["get_run"]["parameters"] == {"run_id": "$response.body#/run_id"}
    ids = {operation["operationId"] for _, _, operation in operations(document)}
    assert {name for of in links.values() for name in of} <= ids


def test_ids_of_operations_are_unique(document):
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))


def test_real_answers_fit_their_schemas(document, call, stored):
    requests = {"create_workflow": {"definition": {"name": "x"}}, "validate": {"definition": 1}, "start_run": {}}
    requests["draw_definition"] = requests["create_workflow"]
    requests |= {"replace_workflow": {"definition": VALID_DEFINITION}, "set_workflow_status": {"status": "paused"}}
    requests["rollback"] = {"version": 1}
    requests |= {"send_signal": {"name": "other"}, "decide_approval": {"approved": True}}
    requests["rehearse_definition"] = {"definition": VALID_DEFINITION}
    requests["import_workflow"] = {"definition": VALID_DEFINITION}
    requests |= {"create_schedule": {"cron_expression": "@daily"}, "change_schedule": {"enabled": False}}
    requests["backfill"] = {"from": "2026-11-02T15:00:00Z", "to": "2026-11-02T16:00:00Z"}
    requests["create_key"] = {"name": "ci", "role": "write"}
    requests["create_template"] = {"definition": VALID_DEFINITION}
    for method, path, operation in operations(document):
        target = re.sub(r"{(\w+)}", lambda found: stored[found[1]], path) + QUERIES.get(operation["operationId"], "")
        answer = call(method.upper(), target, json=requests.get(operation["operationId"]))
        if answer.status == 204:
            assert answer.body == b""
            continue
        media = answer.headers["content-type"].partition(";")[0]
        content = operation["responses"][str(answer.status)]["content"][media]
        if media in ("text/vnd.mermaid", "text/event-stream", "text/plain"):
            assert answer.body.decode().startswith(("mermaid of", "retry: ", "# HELP "))
            continue
        if operation["operationId"] == "create_workflow":
            answer_json = answer.json | {"workflow": answer.json["workflow"] | {"definition": VALID_DEFINITION}}
        elif operation["operationId"] in ("get_workflow", "export_workflow") and answer.status == 200:
            answer_json = answer.json | {"definition": VALID_DEFINITION}
        else:
            answer_json = answer.json
        check(document, content, answer_json)
        for header in operation["responses"][str(answer.status)].get("headers", {}):
            assert header.lower() in answer.headers, path


OTHER_MEDIA = {"diff": ["text/plain"], "export": ["application/yaml"]}
QUERIES = {"diff_versions": "?v1=1&v2=2"}
VALID_DEFINITION = {"name": "x", "steps": [{"id": "a", "type": "wait", "config": {"seconds": 1}}]}


def test_real_problems_fit_their_schema(document, call):
    for answer in (
        call("GET", "/nothing"),
        call("POST", "/health"),
        call("POST", "/api/workflows", body=b"{"),
        call("POST", "/api/workflows", json={"colour": 1}),
        call("GET", "/api/workflows", key=None),
    ):
        check(document, {"schema": {"$ref": "#/components/schemas/Problem"}}, answer.json)


def test_the_document_is_made_once(app):
    assert app.native.state.document() is app.native.state.document()
