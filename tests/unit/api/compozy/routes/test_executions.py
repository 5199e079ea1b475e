"""Executions of workflows as Compozy publishes them."""

import asyncio
import json
from dataclasses import replace

import pytest

from stepweave.api.compozy.answers.executions import started
from stepweave.api.compozy.executing import created_at, run_to_end
from stepweave.api.compozy.execution_events import Wanted, number_of, of_execution, place_of, retold
from stepweave.domain.run import RunState
from stepweave.errors import Conflict, Fault, Invalid, TooManyRequests
from stepweave.services.events import Shown
from stepweave.services.idempotency import Once
from stepweave.services.places import Place, after, whole
from stepweave.services.resume import Resume
from stepweave.services.start import Started, StartRun

EXECUTION = {"error", "input", "output", "status", "tasks", "workflow_exec_id", "workflow_id"}
"""Members of a published execution; `exec_id` and the times stand beside them."""
TASK = {
    "action_id",
    "agent_id",
    "component",
    "created_at",
    "error",
    "execution_type",
    "input",
    "output",
    "parent_state_id",
    "status",
    "task_exec_id",
    "task_id",
    "updated_at",
    "workflow_exec_id",
    "workflow_id",
}
"""Members of a published task, but `tool_id`: our steps name no tools."""


@pytest.fixture
def execute(call, stored):
    def send(path="", **sent):
        return call("POST", f"/api/v0/workflows/{stored['workflow_id']}/executions{path}", **{"json": {}, **sent})

    return send


@pytest.fixture
def at(stored):
    return f"/api/v0/executions/workflows/{stored['run_id']}"


def test_an_execution_is_started_and_told_where_it_is(execute, stored, service):
    answer = execute(json={"input": {"message": "Hello"}, "unknown": 1})
    run_id = list(service.runs)[-1]
    assert (answer.status, answer.json["status"]) == (202, 202)
    assert answer.json["data"] == {
        "exec_id": run_id,
        "exec_url": f"/api/v0/executions/workflows/{run_id}",
        "workflow_id": stored["workflow_id"],
        "status": "PENDING",
        "created_at": "2026-11-02T14:00:00.000Z",
        "updated_at": "2026-11-02T14:00:00.000Z",
    }
    assert answer.headers["location"] == answer.json["data"]["exec_url"]
    assert service.started[-1] == StartRun(input_data={"message": "Hello"})


def test_a_workflow_is_called_by_its_slug_where_it_has_one(call, service):
    call("POST", "/api/workflows", json={"slug": "data-processing", "definition": {"name": "x"}})
    answer = call("POST", "/api/v0/workflows/data-processing/executions", json={})
    assert answer.json["data"]["workflow_id"] == "data-processing"
    listed = call("GET", "/api/v0/workflows/data-processing/executions").json["data"]["executions"]
    assert [row["workflow_id"] for row in listed] == ["data-processing"]


def test_a_correlation_id_is_kept_and_sent_back(execute, call, service, stored):
    answer = execute(headers={"X-Correlation-ID": "abc-1"})
    assert answer.headers["x-correlation-id"] == "abc-1"
    service.runs[stored["run_id"]]["correlation_id"] = "abc-1"
    at = f"/api/v0/executions/workflows/{stored['run_id']}"
    assert call("GET", at).headers["x-correlation-id"] == "abc-1"
    assert call("GET", "/api/v0/nothing", headers={"x-correlation-id": "n"}).headers["x-correlation-id"] == "n"
    assert "x-correlation-id" not in execute(headers={"X-Correlation-ID": "a b"}).headers


@pytest.mark.parametrize("header", ["Idempotency-Key", "X-Idempotency-Key"])
def test_a_replay_says_so(execute, service, header):
    service.replayed = True
    answer = execute(headers={header: "k"})
    assert (answer.status, answer.headers["idempotent-replayed"]) == (202, "true")
    assert service.started[-1].once == Once("run", "k")


def test_a_replay_of_a_run_is_answered_as_the_first_request_was(service, stored):
    api = service.use_cases()
    state = RunState(stored["run_id"], "wf", 1, "arn", "plan", "completed")
    assert created_at(Started(state, replayed=True), api) == "2026-11-02T14:00:00.000Z"
    gone = replace(state, run_id="run_gone")
    assert created_at(Started(gone, replayed=True), api) is None
    said = json.loads(started(Started(gone, replayed=True), "w", None).body)["data"]
    assert (said["status"], "created_at" in said) == ("PENDING", False)


@pytest.mark.parametrize(
    ("sent", "details"),
    [
        ({"json": None}, "The body is empty"),
        ({"json": None, "body": b"{"}, "not valid JSON"),
        ({"json": {"input": []}}, "/input: "),
        ({"json": {"task_id": 1}}, "/task_id: "),
        ({"json": {"task_id": "b"}}, "/task_id: is not the first"),
        ({"json": []}, "the body: "),
    ],
)
def test_bad_input_is_400_with_what_is_wrong(execute, sent, details):
    answer = execute(**sent)
    assert (answer.status, answer.json["error"]["code"]) == (400, "BAD_REQUEST")
    assert details in answer.json["error"]["details"]


def test_a_run_may_be_asked_to_begin_with_its_first_task(execute):
    assert execute(json={"task_id": "a", "input": None}).status == 202


def test_input_that_does_not_fit_the_schema_is_told_where_the_client_sent_it(execute, service):
    service.failure = Invalid([Fault("/input_data/n", "is no integer"), Fault("/run_at", "x")])
    assert execute().json["error"]["details"] == "/input/n: is no integer; /run_at: x"


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (Conflict("paused", code="workflow_not_runnable"), 409, "CONFLICT"),
        (TooManyRequests("many", code="concurrency_limit", retry_after=3), 429, "TOO_MANY_REQUESTS"),
    ],
)
def test_what_cannot_start_now_is_told_in_the_envelope(execute, service, failure, status, code):
    service.failure = failure
    answer = execute()
    assert (answer.status, answer.json["status"], answer.json["error"]["code"]) == (status, status, code)


def test_an_unknown_workflow_is_404_and_a_reader_may_not_start(call, execute):
    assert call("POST", "/api/v0/workflows/nothing/executions", json={}).json["error"]["code"] == "NOT_FOUND"
    assert execute(key="sw_reader").status == 403
    assert execute(key=None).headers["www-authenticate"].startswith("Bearer")


def test_an_execution_that_ends_in_time_is_answered_whatever_has_become_of_it(execute, service):
    answer = execute("/sync", json={"input": {"n": 1}, "timeout": 5})
    run_id = list(service.runs)[-1]
    assert (answer.status, answer.headers["location"]) == (200, f"/api/v0/executions/workflows/{run_id}")
    data = answer.json["data"]
    assert set(data) == {"workflow", "output", "exec_id"}
    assert (data["exec_id"], data["workflow"]["status"], data["output"]) == (run_id, "SUCCESS", {"by": "key_sw_admin"})


def test_one_that_does_not_end_in_time_is_408_with_data_and_error(service, stored):
    run_id = stored["run_id"]
    service.runs[run_id] |= {"status": "waiting", "completed_at": None, "output": None}
    service.looks_until_over = 9
    api = service.use_cases()
    held = replace(api, events=replace(api.events, hold=0.0))
    run = Started(RunState(run_id, "wf", 1, "arn", "plan", "queued"))
    answer = asyncio.run(run_to_end(run, 300, held))
    said = json.loads(answer.body)
    assert (answer.status_code, said["status"], said["message"]) == (408, 408, "execution timeout")
    assert said["error"]["code"] == "REQUEST_TIMEOUT"
    assert set(said["data"]) == {"exec_id", "workflow"}
    assert (said["data"]["exec_id"], said["data"]["workflow"]["status"]) == (run_id, "WAITING")
    assert answer.headers["location"] == f"/api/v0/executions/workflows/{run_id}"


@pytest.mark.parametrize("timeout", [-1, 301, "5", 1.5])
def test_a_timeout_is_up_to_300_seconds(execute, timeout):
    assert execute("/sync", json={"timeout": timeout}).status == 400


def test_no_timeout_and_none_are_the_default(execute):
    assert [execute("/sync", json=body).status for body in ({}, {"timeout": 0}, {"timeout": None})] == [200] * 3


def test_an_execution_has_every_published_member(call, at, service, stored):
    run = service.runs[stored["run_id"]]
    run["error"] = {"code": "x", "message": "y", "details": {"n": 1}}
    run["input_data"] = {"n": 1}
    run["step_runs"][1] |= {"output": [1]}
    del run["step_runs"][1]["output_url"]
    execution = call("GET", at, key="sw_reader").json["data"]
    assert set(execution) == EXECUTION | {"exec_id", "created_at", "updated_at"}
    assert set(execution["error"]) == {"code", "message", "details"}
    assert set(execution["tasks"]) == {"a", "b"}
    members = set(execution["tasks"]["a"]) | set(execution["tasks"]["b"])
    assert members == TASK
    a, b = execution["tasks"]["a"], execution["tasks"]["b"]
    assert (a["component"], a["execution_type"], a["agent_id"], a["action_id"]) == ("agent", "basic", "writer", "sum")
    assert (a["input"], a["output"], a["status"]) == ({"n": 1}, {"output": 1}, "SUCCESS")
    assert (b["component"], b["status"], b["input"]) == ("task", "FAILED", {"source": "true"})
    assert b["parent_state_id"] == f"{stored['run_id']}.each"
    assert b["task_exec_id"] == f"{stored['run_id']}.b@0"
    assert b["error"]["code"] == "timeout"


def test_tokens_are_told_of_each_task_and_of_all_together_by_model(call, at, service, stored):
    first, second = service.runs[stored["run_id"]]["step_runs"]
    first["usage"] = {"big": {"requests": 2, "input_tokens": 10, "output_tokens": 4}}
    second["usage"] = {
        "small": {"requests": 1, "input_tokens": 1, "output_tokens": 2},
        "big": {"requests": 1, "input_tokens": 5, "output_tokens": 1},
    }
    execution = call("GET", at).json["data"]
    big = {"model": "big", "prompt_tokens": 15, "completion_tokens": 5, "total_tokens": 20}
    small = {"model": "small", "prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    assert execution["usage"] == [big, small]
    assert execution["tasks"]["a"]["usage"] == [
        {"model": "big", "prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14}
    ]
    assert [each["model"] for each in execution["tasks"]["b"]["usage"]] == ["small", "big"]
    [listed] = call("GET", "/api/v0/executions/workflows").json["data"]["executions"]
    assert listed["usage"] == execution["usage"]


def test_where_no_model_was_asked_there_is_no_usage(call, at):
    execution = call("GET", at).json["data"]
    assert "usage" not in execution
    assert all("usage" not in each for each in execution["tasks"].values())


def test_steps_that_never_began_are_no_tasks(call, at, service, stored):
    steps = service.runs[stored["run_id"]]["step_runs"]
    steps[0] |= {"status": "skipped"}
    steps[1] |= {"status": "cancelled", "attempt": 0}
    steps.append({**steps[0], "status": "pending", "step_id": "each"})
    assert call("GET", at).json["data"]["tasks"] == {}


def test_a_large_value_is_null_and_at_its_url(call, at, service, stored):
    run = service.runs[stored["run_id"]]
    run |= {"output": None, "output_url": "/out", "input_data": None, "input_data_url": "/in"}
    execution = call("GET", at).json["data"]
    assert (execution["output"], execution["output_url"]) == (None, "/out")
    assert (execution["input"], execution["input_url"]) == (None, "/in")
    assert execution["tasks"]["b"]["output_url"].endswith("/steps/b@0/output")
    assert call("GET", f"{at}/outputs").json["data"]["output_url"] == "/out"


def test_outputs_are_there_once_it_has_ended(call, at, service, stored):
    data = call("GET", f"{at}/outputs").json["data"]
    assert data == {
        "exec_id": stored["run_id"],
        "workflow_id": stored["workflow_id"],
        "status": "SUCCESS",
        "output": {"by": "key_sw_admin"},
    }
    service.runs[stored["run_id"]] |= {"status": "failed", "output": None, "error": {"code": "x"}}
    assert call("GET", f"{at}/outputs").json["data"]["error"] == {"code": "x"}
    service.runs[stored["run_id"]] |= {"status": "paused"}
    assert call("GET", f"{at}/outputs").json["error"]["code"] == "CONFLICT"


@pytest.mark.parametrize("path", ["/api/v0/executions/workflows", "/api/v0/workflows/{}/executions"])
def test_executions_are_listed_up_to_500_without_paging(call, stored, service, path):
    path = path.format(stored["workflow_id"])
    answer = call("GET", path, key="sw_reader")
    row = answer.json["data"]["executions"][0]
    assert EXECUTION - {"error"} <= set(row)
    assert answer.json["data"]["page"] == {"limit": 500, "total": 1, "next_cursor": "next"}
    assert answer.headers["link"] == f'<{path}?cursor=next>; rel="next"'
    assert service.listed[-1].limit == 500


@pytest.mark.parametrize(
    ("query", "limit"),
    [("limit=7", 7), ("limit=0", 50), ("limit=-2", 50), ("limit=x", 50), ("limit=9999", 500), ("cursor=abc", 50)],
)
def test_a_limit_is_never_refused(call, stored, service, query, limit):
    assert call("GET", f"/api/v0/executions/workflows?{query}").json["data"]["page"]["limit"] == limit
    assert service.listed[-1].limit == limit


def test_executions_are_filtered_by_status(call, stored, service):
    link = call("GET", "/api/v0/executions/workflows?status=CANCELED&other=1").headers["link"]
    assert link == '</api/v0/executions/workflows?status=CANCELED&other=1&cursor=next>; rel="next"'
    assert service.run_filters[-1].status == "cancelled"
    assert call("GET", "/api/v0/executions/workflows?status=canceled").status == 400


def test_the_last_changed_comes_first(call, stored, service):
    call("POST", f"/api/workflows/{stored['workflow_id']}/run")
    first, second = service.runs
    service.runs[first]["step_runs"][0]["completed_at"] = "2026-11-03T00:00:00.000Z"
    rows = call("GET", "/api/v0/executions/workflows").json["data"]["executions"]
    assert [row["exec_id"] for row in rows] == [first, second]
    assert rows[0]["updated_at"] == "2026-11-03T00:00:00.000Z"


@pytest.mark.parametrize(("verb", "message"), [("cancel", "canceled"), ("pause", "paused"), ("resume", "resumed")])
def test_an_execution_is_controlled(call, at, service, verb, message):
    answer = call("POST", f"{at}/{verb}")
    assert (answer.status, answer.json) == (200, {"status": 200, "message": f"workflow execution {message}"})
    assert service.resumed == ([Resume()] if verb == "resume" else [])
    assert call("POST", f"{at}/{verb}", key="sw_reader").status == 403
    service.failure = Conflict("over", code="run_finished")
    assert call("POST", f"{at}/{verb}").json["error"]["code"] == "CONFLICT"


def test_a_signal_is_sent(call, at):
    answer = call("POST", f"{at}/signals", json={"signal_name": "go", "payload": {"by": "me"}})
    assert (answer.status, set(answer.json["data"])) == (200, {"message"})
    for body in ({}, {"signal_name": ""}, {"signal_name": "go", "payload": 1}, {"signal_name": "a b\n"}):
        assert call("POST", f"{at}/signals", json=body).status == 400


@pytest.mark.parametrize("verb", ["", "/outputs", "/stream", "/cancel", "/signals"])
def test_an_unknown_execution_is_404(call, verb):
    method = "POST" if verb in ("/cancel", "/signals") else "GET"
    sent = {"json": {"signal_name": "x"}} if verb == "/signals" else {}
    for exec_id in ("run_9", "a'b"):
        answer = call(method, f"/api/v0/executions/workflows/{exec_id}{verb}", **sent)
        if verb != "/signals" or exec_id != "run_9":  # signals on this stage are told to any run
            assert (answer.status, answer.json["error"]["code"]) == (404, "NOT_FOUND")


def test_what_a_run_tells_is_told_in_compozys_words(call, at, stored):
    answer = call("GET", f"{at}/stream", key="sw_reader")
    assert answer.headers["content-type"].startswith("text/event-stream")
    _, event, _ = answer.body.decode().split("\n\n")
    number, name, data = event.split("\n")
    assert name == "event: complete"
    assert data.startswith('data: {"status":"SUCCESS","output":{"by":"key_sw_admin"}')
    number = number.removeprefix("id: ")
    assert number.isdecimal()
    assert call("GET", f"{at}/stream", headers={"last-event-id": number}).status == 204
    assert call("GET", f"{at}/stream", headers={"last-event-id": str(int(number) - 1)}).status == 200


def test_only_events_that_are_asked_for_are_told(call, at):
    assert b"event:" not in call("GET", f"{at}/stream?events=error,task_status").body
    assert b"event: complete" in call("GET", f"{at}/stream?events=complete,,error&poll_ms=250").body


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("poll_ms=249", {}),
        ("poll_ms=2001", {}),
        ("poll_ms=x", {}),
        ("events=llm_chunks", {}),
        ("", {"last-event-id": "x"}),
        ("", {"last-event-id": "1.0"}),
    ],
)
def test_a_stream_that_is_asked_for_wrongly_is_400(call, at, query, headers):
    assert call("GET", f"{at}/stream?{query}", headers=headers).status == 400


def test_the_events_that_are_told_are_put_in_order_by_integers():
    places = [Place(0, 3), whole(0), after(0), Place(12, 0), Place(12, 1), whole(12), after(12)]
    numbers = [number_of(place) for place in places]
    assert numbers == sorted(numbers)
    assert [place_of(number) for number in numbers] == places


@pytest.mark.parametrize(
    ("kind", "facts", "name", "shown"),
    [
        ("run_queued", {"status": "queued"}, "workflow_start", {"workflow_id": "w", "execution_id": "run_1"}),
        ("run_started", {"status": "running"}, "workflow_status", {"status": "RUNNING", "ts": "T"}),
        ("run_resumed", {"status": "queued"}, "workflow_status", {"status": "PENDING", "ts": "T"}),
        ("run_completed", {"status": "failed", "error": 1}, "error", {"status": "FAILED", "error": 1, "ts": "T"}),
        (
            "step_failed",
            {"step_id": "a", "iteration": "0", "error": {"code": "x"}},
            "task_status",
            {"status": "FAILED", "task_id": "a", "task_exec_id": "run_1.a@0", "error": {"code": "x"}, "ts": "T"},
        ),
        ("step_skipped", {"step_id": "a"}, None, None),
        ("log", {"step_id": "a"}, None, None),
    ],
)
def test_every_kind_of_event_has_its_name(kind, facts, name, shown):
    told = retold(Shown("3", kind, {"run_id": "run_1", "timestamp": "T", **facts}), "w", None)
    assert (told and (told.event, told.data)) == (name and (name, shown))


def test_where_answers_are_held_the_client_says_how_often_to_look(service, stored):
    waited = []

    class Listener:
        async def wait(self, seconds):
            waited.append(seconds)
            return True

        def close(self):
            waited.append("closed")

    api = service.use_cases()
    held = replace(api, events=replace(api.events, hold=25.0, listen=lambda run_id: Listener()))
    listener = of_execution(stored["run_id"], Wanted(frozenset(), None, 0.25), held).listen("run_1")
    asyncio.run(listener.wait(9))
    listener.close()
    assert waited == [0.25, "closed"]
