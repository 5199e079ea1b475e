import pytest

from stepweave.services.idempotency import Once
from stepweave.services.listing import RunFilters
from stepweave.services.start import StartRun
from stepweave.services.step_lists import StepQuery


def test_a_run_is_accepted_with_202_and_its_place(call, stored, service):
    body = {"input_data": {"a": [1]}, "trigger": "nightly", "version": 1, "labels": {"team": "data"}}
    answer = call("POST", f"/api/workflows/{stored['workflow_id']}/run", key="sw_writer", json=body)
    assert answer.status == 202
    assert list(answer.json) == ["run_id"]
    assert answer.headers["location"] == f"/api/workflows/runs/{answer.json['run_id']}"
    assert service.started[-1] == StartRun(**body)


@pytest.mark.parametrize("body", [b"", b" \n", b"{}"])
def test_an_empty_body_runs_the_current_version_without_input(call, stored, service, body):
    answer = call("POST", f"/api/workflows/{stored['workflow_id']}/run", body=body)
    assert answer.status == 202
    assert service.started[-1] == StartRun()


def start(call, stored, query="", **sent):
    return call("POST", f"/api/workflows/{stored['workflow_id']}/run{query}", **sent)


@pytest.mark.parametrize("name", ["Idempotency-Key", "X-Idempotency-Key"])
def test_a_client_may_name_its_request_under_either_header(call, stored, service, name):
    answer = start(call, stored, headers={name: "k"})
    assert (answer.status, "idempotent-replayed" in answer.headers) == (202, False)
    assert service.started[-1].once == Once("run", "k")


def test_a_replayed_start_says_so(call, stored, service):
    service.replayed = True
    answer = start(call, stored, headers={"Idempotency-Key": "k"})
    assert (answer.status, answer.headers["idempotent-replayed"]) == (202, "true")


def test_a_bad_key_is_refused_with_the_name_of_its_header(call, stored, service):
    answer = start(call, stored, headers={"Idempotency-Key": "k" * 256})
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, "Idempotency-Key")


def test_who_waits_gets_the_finished_run(call, stored, service):
    service.looks_until_over = 2
    answer = start(call, stored, "?wait=5")
    assert (answer.status, answer.json["run"]["status"]) == (200, "completed")
    assert answer.headers["location"] == f"/api/workflows/runs/{answer.json['run']['id']}"


def test_who_waits_in_vain_gets_what_everybody_gets(call, stored, service):
    service.looks_until_over = 1_000
    answer = start(call, stored, "?wait=0.1")
    assert (answer.status, list(answer.json)) == (202, ["run_id"])


@pytest.mark.parametrize("query", ["wait=0", "wait=-1", "wait=25.1", "wait=nan", "wait=inf", "wait=x", "wait="])
def test_a_wait_that_is_none_is_refused(call, stored, query):
    answer = start(call, stored, f"?{query}")
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, "?wait")


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


def test_runs_of_all_workflows_are_listed(call, stored):
    answer = call("GET", "/api/workflows/runs", key="sw_reader")
    assert [run["id"] for run in answer.json["runs"]] == [stored["run_id"]]


@pytest.mark.parametrize("path", ["/api/workflows/runs", "/api/workflows/{workflow_id}/runs"])
def test_runs_are_filtered_by_what_the_query_says(call, stored, service, path):
    moments = "since=2026-11-02T10:00:00%2B01:00&until=2026-11-02T10:00:00.123456Z"
    query = f"status=waiting&label=team:data&label=a:b:c&trigger=nightly&{moments}&limit=5"
    assert call("GET", f"{path.format(**stored)}?{query}").status == 200
    assert service.run_filters[-1] == RunFilters(
        None,
        "waiting",
        (("team", "data"), ("a", "b:c")),
        "nightly",
        "2026-11-02T09:00:00.000Z",
        "2026-11-02T10:00:00.123Z",
    )
    assert service.listed[-1].limit == 5


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("status=done", "?status"),
        ("label=team", "?label"),
        ("label=:x", "?label"),
        ("since=yesterday", "?since"),
        ("since=2026-11-02T10:00:00", "?since"),
        ("until=x", "?until"),
        ("trigger=", "?trigger"),
        ("labels=a:b", "?labels"),
    ],
)
def test_filters_without_a_meaning_are_refused(call, query, place):
    answer = call("GET", f"/api/workflows/runs?{query}")
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, place)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"])
def test_moments_far_away_are_moments(call, moment):
    assert call("GET", f"/api/workflows/runs?since={moment}").status in (200, 422)


def test_who_may_decide_is_shown_links_and_who_may_only_read_is_not(call, stored, service):
    shown = []
    for key in ("sw_reader", "sw_writer", "sw_admin"):
        assert call("GET", f"/api/workflows/runs/{stored['run_id']}", key=key).status == 200
        shown.append(service.shown_from[-1])
    assert shown[0] is None
    assert all(base.startswith("http") for base in shown[1:])


def test_step_runs_are_asked_for_by_step_and_status_a_page_at_a_time(call, stored, service):
    path = f"/api/workflows/runs/{stored['run_id']}/steps"
    found = call("GET", f"{path}?step_id=a&status=failed&limit=7&cursor=c", key="sw_reader")
    assert (found.status, list(found.json), found.json["next_cursor"]) == (200, ["step_runs", "next_cursor"], "next")
    assert service.step_queries[-1] == StepQuery("a", "failed", 7, "c")
    assert call("GET", path).status == 200
    assert service.step_queries[-1] == StepQuery()


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "status=done", "offset=1", "step_id=", "state=failed"])
def test_filters_of_step_runs_that_are_none_are_refused(call, stored, query):
    assert call("GET", f"/api/workflows/runs/{stored['run_id']}/steps?{query}").status == 422
