"""Agents and tasks that are executed by themselves, over use cases in memory."""

import json

import pytest

from stepweave.domain.run import Fail

ASK = {"prompt": "Hi"}


@pytest.fixture
def agent(call):
    call("PUT", "/api/v0/agents/writer", json={"actions": [{"id": "greet", "prompt": "Greet."}]})
    return "/api/v0/agents/writer/executions"


def data_of(answer, status=200):
    assert (answer.status, answer.json["status"]) == (status, status), answer.json
    return answer.json["data"]


def error_of(answer, status):
    assert (answer.status, answer.json["status"]) == (status, status), answer.json
    return answer.json["error"]


@pytest.mark.parametrize("verb", ["", "/sync"])
def test_an_agent_answers_in_the_same_response(call, agent, verb):
    found = data_of(call("POST", f"{agent}{verb}", json=ASK, key="sw_writer"))
    assert found.keys() == {"exec_id", "output"}
    assert found["exec_id"].startswith("exec_")
    assert found["output"] == {"response": "Hello."}


def test_an_output_that_is_an_object_is_answered_as_it_is(call, agent, service):
    service.direct.does = {"n": 1}
    assert data_of(call("POST", agent, json={"action": "greet", "with": {"a": 1}}))["output"] == {"n": 1}


def test_an_output_that_lies_elsewhere_is_pointed_to(call, agent, service):
    service.direct.does = "x" * 200_000
    service.direct.values.link = lambda value: "https://bucket.example/x" if value.ref else None
    found = data_of(call("POST", agent, json=ASK))
    assert (found.get("output"), found["output_url"]) == (None, "https://bucket.example/x")


def test_what_an_agent_fails_at_is_told_with_the_execution(call, agent, service):
    service.direct.does = Fail("model_refused", "The model would not answer.")
    answer = call("POST", agent, json=ASK)
    assert error_of(answer, 500)["details"] == "model_refused: The model would not answer."
    assert answer.json["data"]["exec_id"] in service.direct.executions.states


def test_who_has_waited_long_enough_is_told_where_to_look(call, agent, service):
    service.direct.does = None
    answer = call("POST", agent, json=ASK | {"timeout": 1})
    assert error_of(answer, 408)["code"] == "REQUEST_TIMEOUT"
    data = answer.json["data"]
    assert data["exec_url"] == f"/api/v0/executions/agents/{data['exec_id']}"
    service.direct.end(data["exec_id"], "At last.")
    assert data_of(call("GET", data["exec_url"]))["output"] == {"response": "At last."}


def test_an_execution_is_started_without_waiting(call, agent, service):
    service.direct.does = None
    answer = call("POST", f"{agent}/async", json=ASK | {"timeout": 600}, headers={"x-correlation-id": "abc"})
    found = data_of(answer, 202)
    assert answer.headers["location"] == found["exec_url"] == f"/api/v0/executions/agents/{found['exec_id']}"
    assert answer.headers["x-correlation-id"] == "abc"
    assert service.direct.executions.requests[found["exec_id"]].seconds == 600
    shown = data_of(call("GET", found["exec_url"], key="sw_reader"))
    assert shown["correlation_id"] == "abc"
    assert (shown["status"], shown["component"], shown["agent_id"]) == ("PENDING", "agent", "writer")


def test_the_same_request_sent_again_is_answered_again(call, agent):
    once = {"x-idempotency-key": "k"}
    first, again = (call("POST", agent, json=ASK, headers=once) for _ in range(2))
    assert first.json == again.json
    assert (first.headers.get("idempotent-replayed"), again.headers["idempotent-replayed"]) == (None, "true")
    assert error_of(call("POST", agent, json={"prompt": "Ho"}, headers=once), 409)["code"] == "CONFLICT"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"prompt": ""},
        {"prompt": None},
        {"prompt": 1},
        {"action": "sing"},
        {"prompt": "x", "with": []},
        {"prompt": "x", "timeout": -1},
        {"prompt": "x", "timeout": 301},
        {"prompt": "x", "timeout": "9"},
        {"prompt": "x", "timeout": True},
        [],
    ],
)
def test_a_body_that_asks_for_nothing_that_can_be_done_is_refused(call, agent, body, service):
    assert error_of(call("POST", agent, json=body), 400)["code"] == "BAD_REQUEST"
    assert not service.direct.executions.states


def test_an_async_execution_may_take_up_to_fourteen_minutes(call, agent):
    assert call("POST", f"{agent}/async", json=ASK | {"timeout": 840}).status == 202
    assert error_of(call("POST", f"{agent}/async", json=ASK | {"timeout": 841}), 400)


def test_members_that_are_unknown_or_left_empty_do_not_matter(call, agent):
    empty = {"action": "", "with": None, "timeout": 0, "include": "state"}
    assert call("POST", agent, json=ASK | empty).status == 200


def test_an_unknown_agent_task_or_execution_is_not_found(call, agent):
    for path in ("agents/nobody", "tasks/none", "agents/writer"):
        project = "?project=other" if path == "agents/writer" else ""
        assert error_of(call("POST", f"/api/v0/{path}/executions{project}", json=ASK), 404)["code"] == "NOT_FOUND"
    exec_id = data_of(call("POST", agent, json=ASK))["exec_id"]
    for path in ("agents/exec_none", f"tasks/{exec_id}"):
        for verb in ("", "/stream"):
            assert call("GET", f"/api/v0/executions/{path}{verb}").status == 404


def test_a_key_that_only_reads_executes_nothing(call, agent):
    for verb in ("", "/sync", "/async"):
        assert call("POST", f"{agent}{verb}", json=ASK, key="sw_reader").status == 403
    assert call("POST", agent, json=ASK, key=None).status == 401


# Tasks ----------------------------------------------------------------------------------------------------------------


def test_a_task_is_executed_with_what_is_given(call, agent, service):
    call("PUT", "/api/v0/tasks/greet", json={"agent": "writer", "action": "greet"})
    found = data_of(call("POST", "/api/v0/tasks/greet/executions", json={"with": {"n": 1}}))
    shown = data_of(call("GET", f"/api/v0/executions/tasks/{found['exec_id']}"))
    assert (shown["component"], shown["task_id"], shown["input"]) == ("task", "greet", {"n": 1})
    started = data_of(call("POST", "/api/v0/tasks/greet/executions/async", json={}), 202)
    assert started["exec_url"].startswith("/api/v0/executions/tasks/exec_")


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ({"type": "router"}, "put it in a workflow"),
        ({}, "nobody works on it"),
        ({"agent": "writer"}, "asked nothing"),
        ({"agent": "nobody", "prompt": "x"}, "there is no agent 'nobody'"),
        ({"agent": {"id": "nobody"}, "prompt": "x"}, "there is no agent 'nobody'"),
        ({"tool": {"id": "t", "config": {"workflow": "w"}}}, "no request"),
        ({"tool": "shell"}, "no request"),
    ],
)
def test_a_task_that_cannot_be_done_by_itself_is_refused_with_the_reason(call, agent, task, reason):
    call("PUT", "/api/v0/tools/shell", json={"config": {"workflow": "w"}})
    assert call("PUT", "/api/v0/tasks/odd", json=task).status == 201
    assert reason in error_of(call("POST", "/api/v0/tasks/odd/executions", json={}), 400)["details"]


# Streams --------------------------------------------------------------------------------------------------------------


def events(answer):
    assert answer.status == 200, answer.body
    found = []
    for block in answer.body.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith("retry"))
        if lines:
            found.append((int(lines["id"]), lines["event"], json.loads(lines["data"])))
    return found


@pytest.fixture
def told(call, agent, service):
    """An execution that has told something of each kind, and ended."""
    service.direct.does = None
    exec_id = data_of(call("POST", f"{agent}/async", json=ASK), 202)["exec_id"]
    service.direct.note(exec_id, "model", message="The model called tools", text="Let me look.", turn=1)
    service.direct.note(exec_id, "tool", message="A tool answered", tool="look")
    service.direct.note(exec_id, "log", message="Something")
    service.direct.end(exec_id, {"n": 1})
    return f"/api/v0/executions/agents/{exec_id}/stream"


def test_all_that_happened_is_told_in_order(call, told):
    found = events(call("GET", told, key="sw_reader"))
    names = ["agent_status", "llm_chunk", "tool_call", "warning", "complete"]
    assert [(number, name) for number, name, _ in found] == list(enumerate(names, start=1))
    assert found[0][2]["status"] == "PENDING"
    assert found[1][2]["content"] == "Let me look."
    assert (found[-1][2]["status"], found[-1][2]["result"]) == ("SUCCESS", {"n": 1})


def test_a_stream_goes_on_where_it_was_left_and_ends_when_all_is_known(call, told):
    assert [number for number, *_ in events(call("GET", told, headers={"last-event-id": "3"}))] == [4, 5]
    for last in ("5", "9007199254740993"):
        assert call("GET", told, headers={"last-event-id": last}).status == 204


def test_only_events_that_are_asked_for_are_sent(call, told):
    found = events(call("GET", f"{told}?events=complete,tool_call&poll_ms=250"))
    assert [name for _, name, _ in found] == ["tool_call", "complete"]


def test_a_failure_is_told_as_an_error(call, agent, service):
    service.direct.does = Fail("model_refused", "No.")
    call("POST", agent, json=ASK)
    [exec_id] = service.direct.executions.states
    *_, (_, name, said) = events(call("GET", f"/api/v0/executions/agents/{exec_id}/stream"))
    assert (name, said["status"], said["error"]["code"]) == ("error", "FAILED", "model_refused")


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("?poll_ms=249", {}),
        ("?poll_ms=2001", {}),
        ("?poll_ms=x", {}),
        ("?events=nope", {}),
        ("", {"last-event-id": "x"}),
        ("", {"last-event-id": "-1"}),
        ("", {"last-event-id": "9" * 20}),
    ],
)
def test_what_no_stream_can_be_asked_for_is_refused(call, told, query, headers):
    assert error_of(call("GET", f"{told}{query}", headers=headers), 400)["code"] == "BAD_REQUEST"
