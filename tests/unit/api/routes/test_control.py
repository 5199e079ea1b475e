import pytest

from stepweave.errors import Fault, VersionIncompatible
from stepweave.services.bulk_cancel import CancelRuns
from stepweave.services.resume import Resume


@pytest.fixture
def at(stored):
    return f"/api/workflows/runs/{stored['run_id']}"


@pytest.mark.parametrize("verb", ["cancel", "pause"])
def test_a_run_that_is_to_stop_is_answered_with_what_it_is_and_what_it_is_to_become(call, stored, at, verb):
    answer = call("POST", f"{at}/{verb}", key="sw_writer")
    assert answer.status == 202
    assert answer.json == {"run_id": stored["run_id"], "status": "running", "stopping": verb}


@pytest.mark.parametrize("target", ["cancel", "pause", "resume"])
def test_control_of_an_unknown_run_is_a_404_and_needs_the_role_write(call, at, target):
    assert call("POST", f"/api/workflows/runs/run_unknown/{target}").json["code"] == "run_not_found"
    assert call("POST", f"{at}/{target}", key="sw_reader").status == 403


def test_a_run_is_resumed_as_the_body_says(call, stored, at, service):
    body = {"from_step": "a", "version": 2, "input_data": {"n": 1}}
    answer = call("POST", f"{at}/resume", json=body)
    assert (answer.status, answer.json) == (202, {"run_id": stored["run_id"], "status": "queued"})
    call("POST", f"{at}/resume")
    assert service.resumed == [Resume("a", 2, {"n": 1}), Resume()]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"from_step": 1}, "/from_step"),
        ({"version": 0}, "/version"),
        ({"input_data": []}, "/input_data"),
        ({"x": 1}, "/x"),
    ],
)
def test_a_body_that_is_wrong_is_a_422(call, at, body, path):
    answer = call("POST", f"{at}/resume", json=body)
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, path)


def test_an_incompatible_version_is_a_409_that_names_the_steps(call, at, service):
    service.failure = VersionIncompatible(2, [Fault("/version", "Step 'a' has finished.")])
    answer = call("POST", f"{at}/resume")
    assert (answer.status, answer.json["code"]) == (409, "version_incompatible")
    assert answer.json["errors"] == [{"path": "/version", "message": "Step 'a' has finished."}]


def test_a_run_is_deleted_once(call, at):
    answer = call("DELETE", at)
    assert (answer.status, answer.body) == (204, b"")
    assert call("DELETE", at).status == 404


def test_runs_of_a_workflow_are_cancelled_by_a_filter(call, stored, service):
    target = f"/api/workflows/{stored['workflow_id']}/runs:cancel"
    body = {"status": ["queued", "paused"], "labels": {"team": "data"}, "older_than": "1h", "cursor": "run_1"}
    answer = call("POST", target, json=body)
    assert (answer.status, answer.json) == (202, {"cancelled": 1, "run_ids": [stored["run_id"]], "next_cursor": "next"})
    call("POST", target)
    assert service.cancelled == [CancelRuns(["queued", "paused"], {"team": "data"}, 3600.0, "run_1"), CancelRuns([])]


@pytest.mark.parametrize(
    "body", [{"status": ["completed"]}, {"status": "queued"}, {"older_than": "soon"}, {"older_than": -1}]
)
def test_a_filter_that_is_wrong_is_a_422(call, stored, body):
    assert call("POST", f"/api/workflows/{stored['workflow_id']}/runs:cancel", json=body).status == 422
