"""Workflows as Compozy publishes them."""

import hashlib
import json

import pytest

from stepweave.errors import Unavailable, WorkflowInUse

OURS = {"steps": [{"id": "a", "type": "wait", "config": {"seconds": 1}}]}
THEIRS = {
    "version": "1.2",
    "description": "Greets",
    "author": {"name": "Ada", "contributors": [{"name": "Bo"}]},
    "config": {"input": {"type": "object"}, "start_to_close_timeout": "5m"},
    "agents": [{"id": "host", "instructions": "Be kind."}],
    "tasks": [{"id": "hi", "agent": "host", "prompt": "Greet {{ .workflow.input.name }}"}],
    "triggers": [{"type": "signal", "name": "greeted"}],
    "schedule": {"cron": "0 0 9 * * *"},
}
PUBLISHED = {
    "agent_count",
    "author",
    "config",
    "description",
    "id",
    "mcp_count",
    "schedule",
    "task_count",
    "task_ids",
    "tool_count",
    "triggers",
    "version",
}
"""Members of a published workflow."""
AT = "/api/v0/workflows/greeting"


@pytest.fixture
def put(call):
    def send(body=THEIRS, at=AT, **sent):
        return call("PUT", at, json=body, **sent)

    return send


def test_a_workflow_is_made_under_its_name_with_every_published_member(put, service):
    answer = put()
    assert (answer.status, answer.json["status"], answer.headers["location"]) == (201, 201, AT)
    assert set(answer.json["data"]) >= PUBLISHED
    assert (answer.json["data"]["id"], answer.json["data"]["task_ids"]) == ("greeting", ["hi"])
    assert service.created[-1].definition["steps"][0]["type"] == "agent_task"


def test_what_was_put_comes_back_as_it_was_written(put, call):
    put()
    shown = call("GET", f"{AT}?expand=tasks", key="sw_reader").json["data"]
    assert shown["tasks"] == THEIRS["tasks"]
    assert {name: shown[name] for name in ("author", "config", "triggers", "schedule", "version")} == {
        name: THEIRS[name] for name in ("author", "config", "triggers", "schedule", "version")
    }


def test_agents_of_a_document_become_agents_of_the_project(put, call):
    put()
    assert call("GET", "/api/v0/agents/host").json["data"]["instructions"] == "Be kind."
    assert call("GET", f"{AT}/agents").json["data"] == {"agents": [{"id": "host", "instructions": "Be kind."}]}
    assert call("GET", f"{AT}/agents/host").json["data"]["id"] == "host"
    assert call("GET", f"{AT}/agents/other").json["error"]["code"] == "NOT_FOUND"


def test_tasks_and_tools_of_a_workflow_are_listed_whole(put, call):
    call(
        "PUT",
        "/api/v0/tools/fetch",
        json={"description": "Fetches", "config": {"url": "https://x.example", "method": "POST"}},
    )
    task = {"id": "get", "tool": "fetch", "with": {"page": 1}}
    assert put({"tasks": [task]}).status == 201
    assert call("GET", f"{AT}/tasks").json["data"] == {"tasks": [task]}
    assert call("GET", f"{AT}/tasks/get").json["data"] == task
    assert call("GET", f"{AT}/tools/fetch").json["data"]["description"] == "Fetches"
    assert call("GET", "/api/v0/workflows/nothing/tools").status == 404


def test_a_credential_in_a_tool_is_not_copied_into_a_definition(put, call):
    config = {"url": "https://x.example", "headers": {"Authorization": "Bearer 1"}}
    call("PUT", "/api/v0/tools/fetch", json={"config": config})
    answer = put({"tasks": [{"id": "get", "tool": {"id": "fetch"}}, {"id": "no", "tool": "unknown"}]})
    assert (answer.status, "secrets.NAME" in answer.json["details"]) == (422, True)


def test_a_definition_of_ours_is_taken_as_it_is(put, service):
    assert put({"id": None, **OURS}).status == 201
    assert service.created[-1].definition == {"name": "greeting", **OURS}
    assert put({"id": "greeting", "name": "Greeting", **OURS}).status == 200


def test_yaml_is_read_by_its_content_type(call):
    body = b"tasks:\n  - {id: nap, type: wait, wait_for: go, timeout: 5m}\n"
    answer = call("PUT", AT, body=body, headers={"content-type": "application/yaml"})
    assert (answer.status, answer.json["data"]["task_ids"]) == (201, ["nap"])


def test_the_etag_is_quoted_in_the_header_and_bare_in_lists(put, call):
    tag = put().headers["etag"]
    assert call("GET", AT).headers["etag"] == tag
    (row,) = call("GET", "/api/v0/workflows").json["data"]["workflows"]
    assert (f'"{row["etag"]}"', len(row["etag"])) == (tag, len(hashlib.sha256().hexdigest()))
    assert put(OURS, headers={"If-Match": row["etag"]}).status == 200
    stale = put(THEIRS, headers={"If-Match": tag})
    assert (stale.status, stale.json["code"]) == (412, "etag_mismatch")
    assert stale.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("tag", ["*", 'W/"x"', '""'])
def test_other_kinds_of_tags_are_400(put, tag):
    assert put(headers={"If-Match": tag}).status == 400


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"id": "other", **OURS}, 400, "id_mismatch"),
        ({"id": [], **OURS}, 400, "id_mismatch"),
        ([], 400, "invalid_request"),
        ({}, 422, "definition_invalid"),
        ({"tasks": [{"id": "m", "type": "memory"}]}, 422, "definition_invalid"),
        ({"steps": [], "name": 1}, 422, "definition_invalid"),
        ({**THEIRS, "schedule": {"cron": "1 0 9 * * *"}}, 422, "definition_invalid"),
    ],
)
def test_what_cannot_be_taken_is_a_problem(put, body, status, code):
    answer = put(body)
    assert (answer.status, answer.json["status"], answer.json["code"]) == (status, status, code)
    assert answer.json["title"] == answer.json["error"]
    assert answer.json["detail"] == answer.json["details"]
    assert answer.json["instance"] == AT


def test_a_reader_may_not_put(put):
    assert put(key="sw_reader").json["code"] == "role_required"


def test_workflows_are_listed_by_id(put, call):
    for name in ("b", "a", "ab"):
        put(OURS, f"/api/v0/workflows/{name}")
    data = call("GET", "/api/v0/workflows", key="sw_reader").json["data"]
    assert ([row["id"] for row in data["workflows"]], data["page"]) == (["a", "ab", "b"], {"limit": 500, "total": 3})
    first = call("GET", "/api/v0/workflows?limit=2&project=default&q=")
    assert set(first.json["data"]["page"]) == {"limit", "total", "next_cursor"}
    link = first.headers["link"].partition(">")[0].removeprefix("<")
    rest = call("GET", link)
    assert [row["id"] for row in rest.json["data"]["workflows"]] == ["b"]
    assert 'rel="prev"' in rest.headers["link"]
    assert [row["id"] for row in call("GET", "/api/v0/workflows?q=a").json["data"]["workflows"]] == ["a", "ab"]
    assert call("GET", "/api/v0/workflows?cursor=x").json["error"]["code"] == "BAD_REQUEST"
    assert call("GET", "/api/v0/workflows?q=z").json["data"] == {"workflows": [], "page": {"limit": 500}}


@pytest.mark.parametrize("query", ["expand=tasks,agents", "expand=tasks%20agents", "expand=tasks&expand=agents,x"])
def test_what_is_expanded_is_shown_whole(put, call, query):
    put()
    for shown in (
        call("GET", f"{AT}?{query}").json["data"],
        call("GET", f"/api/v0/workflows?{query}").json["data"]["workflows"][0],
    ):
        assert (shown["tasks"][0]["id"], shown["agents"][0]["id"], shown["tools"]) == ("hi", "host", [])


def test_an_unknown_workflow_is_404_in_the_envelope(call):
    answer = call("GET", AT)
    assert (answer.status, answer.json["error"]["code"]) == (404, "NOT_FOUND")


def test_a_deleted_workflow_is_gone_and_may_be_deleted_again(put, call):
    put()
    assert [call("DELETE", AT).status for _ in range(2)] == [204, 204]
    assert call("GET", AT).status == 404


def test_active_executions_keep_their_workflow_and_are_named(put, call, service):
    put()
    service.failure = WorkflowInUse("wf_1", "1 active run", ["run_1"])
    answer = call("DELETE", AT)
    assert (answer.status, answer.json["references"]) == (409, [{"resource": "executions", "ids": ["run_1"]}])
    service.failure = Unavailable("The store")
    assert call("DELETE", AT).json["code"] == "unavailable"


def test_a_document_is_compared_as_json():
    from fakes.samples import a_workflow
    from stepweave.services.named_workflows import content_etag

    one, other = json.loads('{"a":1,"b":[2]}'), json.loads('{"b":[2],"a":1}')
    assert content_etag(a_workflow(), one) == content_etag(a_workflow(), other)
    assert content_etag(a_workflow(), {"a": "\ud800"}) != content_etag(a_workflow(slug="x"), {"a": "\ud800"})
