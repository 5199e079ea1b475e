import pytest


def test_a_run_is_accepted_with_202_and_its_place(call, stored, service):
    body = {"input_data": {"a": [1]}, "trigger": "nightly", "version": 1, "labels": {"team": "data"}}
    answer = call("POST", f"/api/workflows/{stored['workflow_id']}/run", key="sw_writer", json=body)
    assert answer.status == 202
    assert list(answer.json) == ["run_id"]
    assert answer.headers["location"] == f"/api/workflows/runs/{answer.json['run_id']}"
    assert vars(service.started[-1]) == body


@pytest.mark.parametrize("body", [b"", b" \n", b"{}"])
def test_an_empty_body_runs_the_current_version_without_input(call, stored, service, body):
    answer = call("POST", f"/api/workflows/{stored['workflow_id']}/run", body=body)
    assert answer.status == 202
    assert vars(service.started[-1]) == {"input_data": {}, "trigger": "manual", "version": None, "labels": {}}


def test_the_content_type_does_not_matter(call, stored):
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = call("POST", f"/api/workflows/{stored['workflow_id']}/run", json={"trigger": "curl"}, headers=form)
    assert answer.status == 202


def test_running_an_unknown_workflow_is_a_404(call):
    answer = call("POST", "/api/workflows/wf_unknown/run")
    assert (answer.status, answer.json["code"]) == (404, "workflow_not_found")


def test_a_run_is_answered_under_run_with_its_step_runs(call, stored, service):
    answer = call("GET", f"/api/workflows/runs/{stored['run_id']}", key="sw_reader")
    assert answer.status == 200
    assert answer.json == {"run": service.runs[stored["run_id"]]}


def test_an_unknown_run_is_a_404(call):
    answer = call("GET", "/api/workflows/runs/run_unknown")
    assert (answer.status, answer.json["code"]) == (404, "run_not_found")


def test_runs_are_listed_without_their_step_runs(call, stored):
    answer = call("GET", f"/api/workflows/{stored['workflow_id']}/runs?limit=5", key="sw_reader")
    assert answer.json["total"] == 1
    assert answer.json["next_cursor"] == "next"
    assert answer.json["runs"][0]["id"] == stored["run_id"]
    assert "step_runs" not in answer.json["runs"][0]


def test_large_outputs_are_read_where_output_url_points(call, stored):
    run = call("GET", f"/api/workflows/runs/{stored['run_id']}").json["run"]
    large = call("GET", run["step_runs"][1]["output_url"])
    assert large.json == {"run": stored["run_id"], "key": "b@0"}
    assert call("GET", f"/api/workflows/runs/{stored['run_id']}/output").json == run["output"]


@pytest.mark.parametrize("key", ["b@", "b@x", "b/c", "0b", "b@1.2.", "b" * 65])
def test_what_cannot_be_a_step_run_is_a_404(call, stored, key):
    assert call("GET", f"/api/workflows/runs/{stored['run_id']}/steps/{key}/output").status == 404


def test_half_surrogate_pairs_in_an_output_do_not_break_the_answer(call, stored, service):
    service.runs[stored["run_id"]]["output"] = "\ud83d and é"
    answer = call("GET", f"/api/workflows/runs/{stored['run_id']}")
    assert answer.status == 200
    assert answer.json["run"]["output"] == "\ud83d and é"


def test_a_value_too_large_for_an_answer_is_fetched_elsewhere(call, service, stored):
    service.link = "https://bucket.example/runs/x?signature"
    answer = call("GET", f"/api/workflows/runs/{stored['run_id']}/output")
    assert (answer.status, answer.body) == (307, b"")
    assert answer.headers["location"] == service.link
    assert answer.headers["cache-control"] == "no-store"
