import base64

import pytest

from stepweave.errors import Fault, Invalid, TooManyRequests
from stepweave.services.idempotency import Once
from stepweave.services.start import StartRun

NAMES = {
    "execution_id",
    "workflow_id",
    "status",
    "current_phase",
    "completed_phases",
    "total_phases",
    "started_at",
    "completed_at",
    "error",
}


@pytest.fixture
def execute(call, stored):
    def send(**sent):
        return call("POST", f"/workflows/{stored['workflow_id']}/execute", **{"json": {}, **sent})

    return send


def test_an_execution_is_started_as_published(execute, stored, service):
    answer = execute(json={"inputs": {"topic": "owls"}, "task": "Write", "provider": "x", "max_budget_usd": 1})
    assert answer.status == 200
    assert answer.json == {
        "execution_id": list(service.runs)[-1],
        "workflow_id": stored["workflow_id"],
        "status": "started",
        "message": "Workflow execution started",
    }
    assert service.started[-1:] == [StartRun(input_data={"topic": "owls", "task": "Write"})]


def test_the_task_stands_before_an_input_of_that_name_and_is_left_out_when_absent(execute, service):
    execute(json={"inputs": {"task": "a"}, "task": "b"})
    execute(json={"inputs": {"task": "a"}, "task": None})
    assert [each.input_data for each in service.started[-2:]] == [{"task": "b"}, {"task": "a"}]


def test_a_client_may_send_an_idempotency_key(execute, service):
    service.replayed = True
    answer = execute(headers={"Idempotency-Key": "k"})
    assert (answer.status, answer.headers["idempotent-replayed"]) == (200, "true")
    assert service.started[-1].once == Once("run", "k")


def test_a_header_is_named_as_such(execute):
    answer = execute(headers={"Idempotency-Key": "k" * 256})
    assert (answer.status, answer.json["detail"][0]["loc"]) == (422, ["header", "Idempotency-Key"])


@pytest.mark.parametrize(
    ("sent", "loc"),
    [
        ({"json": {"colour": "red"}}, ["body", "colour"]),
        ({"json": {"inputs": {"n": 1}}}, ["body", "inputs", "n"]),
        ({"json": []}, ["body"]),
        ({"json": None, "body": b"{"}, ["body"]),
        ({"json": None, "body": b""}, ["body"]),
    ],
)
def test_bad_input_is_422_with_what_is_wrong_where(execute, sent, loc):
    answer = execute(**sent)
    assert (answer.status, answer.json["detail"][0]["loc"]) == (422, loc)
    assert set(answer.json["detail"][0]) == {"loc", "msg", "type"}


def test_input_that_does_not_fit_the_workflow_s_schema_is_422_too(execute, service):
    service.failure = Invalid([Fault("/input_data/a~1b", "is required")])
    answer = execute()
    assert (answer.status, answer.json["detail"][0]["loc"]) == (422, ["body", "inputs", "a/b"])


def test_other_errors_are_one_sentence(call, execute, service):
    assert call("POST", "/workflows/nothing/execute", json={}).json == {"detail": "There is no workflow 'nothing'."}
    service.failure = TooManyRequests("Too many.", code="concurrency_limit", retry_after=3)
    answer = execute()
    assert (answer.status, answer.json, answer.headers["retry-after"]) == (429, {"detail": "Too many."}, "3")
    assert execute(body=b" " * (1024 * 1024 + 1), json=None).status == 413


def test_what_nobody_foresaw_is_worded_as_this_surface_words_errors(execute, service):
    service.failure = RuntimeError("secret")
    answer = execute()
    assert (answer.status, list(answer.json)) == (500, ["detail"])
    assert "secret" not in answer.json["detail"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/workflows"), ("GET", "/workflows/x/y/z")])
def test_what_is_not_served_is_404_in_this_surface_s_words(call, method, path):
    assert (call(method, path).status, list(call(method, path).json)) == (404, ["detail"])
    assert call("DELETE", "/workflows/executions/active").status == 405


def test_the_key_may_be_the_password_of_basic(call, execute, stored):
    def basic(text):
        return {"authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}

    assert execute(key=None, headers=basic("any:sw_writer")).status == 200
    assert execute(key=None, headers=basic("any:sw_reader")).status == 403
    for headers in ({}, basic("no colon"), basic("any:sw_nobody"), {"authorization": "Basic ???"}):
        answer = execute(key=None, headers=headers)
        assert (answer.status, list(answer.json)) == (401, ["detail"])
        assert answer.headers["www-authenticate"] == 'Basic realm="stepweave", Bearer realm="stepweave"'


@pytest.fixture
def run(execute, service):
    return service.runs[execute().json["execution_id"]]


def status(call, run):
    return call("GET", f"/workflows/{run['workflow_id']}/executions/{run['id']}")


def test_an_execution_is_shown_as_published(call, run):
    shown = status(call, run).json
    assert set(shown) == NAMES
    assert (shown["status"], shown["error"], shown["current_phase"]) == ("completed", None, None)


@pytest.mark.parametrize(
    ("own", "shown"),
    [("queued", "pending"), ("waiting", "running"), ("timed_out", "failed"), ("cancelled", "cancelled")],
)
def test_statuses_have_this_surface_s_words(call, run, own, shown):
    run["status"] = own
    assert status(call, run).json["status"] == shown


def test_phases_are_steps_and_iterations_are_none(call, run):
    run["status"], run["error"] = "failed", {"code": "x", "message": "Broke.", "details": {}}
    run["step_runs"] = [
        {"step_id": "a", "status": "completed", "started_at": "1"},
        {"step_id": "b", "status": "skipped", "started_at": None},
        {"step_id": "c", "status": "running", "started_at": "2"},
        {"step_id": "d", "iteration": "0", "status": "waiting", "started_at": "3"},
        {"step_id": "e", "status": "pending", "started_at": None},
    ]
    shown = status(call, run).json
    phases = (shown["current_phase"], shown["completed_phases"], shown["total_phases"])
    assert (phases, shown["error"]) == (("d", 2, 4), "Broke.")


def test_an_execution_of_another_workflow_is_404_and_names_both(call, run):
    answer = call("GET", f"/workflows/other/executions/{run['id']}")
    assert answer.status == 404
    assert run["id"] in answer.json["detail"]
    assert "other" in answer.json["detail"]
    assert call("GET", f"/workflows/{run['workflow_id']}/executions/run_0").status == 404


def test_active_executions_are_a_bare_list(call, run):
    rows = call("GET", "/workflows/executions/active").json
    assert rows[0]["execution_id"] == run["id"]
    assert set(call("GET", "/workflows/executions/active?limit=1").json[0]) == NAMES


@pytest.mark.parametrize("limit", ["0", "101", "x"])
def test_a_limit_out_of_bounds_is_422(call, limit):
    answer = call("GET", f"/workflows/executions/active?limit={limit}")
    assert (answer.status, answer.json["detail"][0]["loc"]) == (422, ["query", "limit"])


def test_the_surface_has_a_document_of_its_own(call):
    document = call("GET", "/workflows/openapi.json", key=None).json
    assert set(document["paths"]) == {
        "/workflows/{workflow_id}/execute",
        "/workflows/{workflow_id}/executions/{run_id}",
        "/workflows/executions/active",
    }
