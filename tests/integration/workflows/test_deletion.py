"""Deleting workflows, through the whole API; executions do nothing, so that runs stay active."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from stepweave.bootstrap.clients import utc_now
from stepweave.bootstrap.running import finish_ports
from stepweave.bootstrap.stores import Stores
from stepweave.bootstrap.sweeping import clearance_ports
from stepweave.local.embedded import client
from stepweave.local.stack import TABLE_NAME, settings_of
from stepweave.services.clearance import clear_deleted
from stepweave.services.reconcile import reconcile


def items():
    found = client("dynamodb").scan(TableName=TABLE_NAME)["Items"]
    return sorted(f"{item['pk']['S']} {item['sk']['S']}" for item in found if not item["pk"]["S"].startswith("KEY#"))


def machines():
    return client("stepfunctions").list_state_machines()["stateMachines"]


def swept(days):
    """What is left of deleted workflows is looked after, as if so many days had passed."""
    ports = clearance_ports(Stores(settings_of("")))
    now = utc_now() + timedelta(days=days)
    clear_deleted(type(ports)(**{**vars(ports), "clock": lambda: now}), now + timedelta(minutes=5))


def reconciled(minutes):
    """Runs are looked after, as if so many minutes had passed."""
    now = utc_now() + timedelta(minutes=minutes)
    reconcile(finish_ports(Stores(settings_of(""))), lambda: now, now + timedelta(minutes=5))


def counters():
    found = client("dynamodb").scan(TableName=TABLE_NAME)["Items"]
    return {item["pk"]["S"]: int(item["count"]["N"]) for item in found if item["pk"]["S"].startswith("COUNT#")}


def test_a_deleted_workflow_is_gone_with_all_that_belongs_to_it(api, make_definition):
    path = f"/api/workflows/{api.create(slug='mine', tags=['x', 'y'], name='One two three')}"
    large = make_definition("Large", description="x" * 9_000, outputs={"a": "x" * 120_000})
    api("PUT", path, {"definition": large})
    answer = api("DELETE", path)
    assert (answer.status, answer.body) == (204, b"")
    for gone in (path, "/api/workflows/mine", f"{path}/versions", f"{path}/runs"):
        assert api("GET", gone).json["code"] == "workflow_not_found"
    assert api("DELETE", path).status == 404
    assert api("GET", "/api/workflows").json == {"workflows": [], "total": 0, "next_cursor": None}
    assert api("GET", "/api/workflows?q=two").json["total"] == 0
    assert set(counters().values()) == {0}
    assert [each for each in items() if not each.startswith("COUNT#")] == [f"WF#{path[15:]} W#workflow"]
    assert client("s3").list_objects_v2(Bucket="stepweave-local")["KeyCount"] == 0
    swept(days=2)
    assert [each for each in items() if not each.startswith("COUNT#")] == []
    api.create(slug="mine")


def test_active_runs_refuse_it_and_are_cancelled_when_it_is_forced(api):
    path = f"/api/workflows/{api.create()}"
    runs = [api("POST", f"{path}/run", {}).json["run_id"] for _ in range(2)]
    assert len(machines()) == 1
    refused = api("DELETE", path)
    assert (refused.status, refused.json["code"]) == (409, "workflow_has_active_runs")
    assert "2 active runs" in refused.json["detail"]
    assert "force=true" in refused.json["detail"]
    assert api("DELETE", f"{path}?force=true").status == 204
    reconciled(minutes=2)
    for run_id in runs:
        run = api("GET", f"/api/workflows/runs/{run_id}").json["run"]
        assert (run["status"], run["error"]["code"]) == ("cancelled", "workflow_deleted")
        assert [step["step_id"] for step in run["step_runs"]] == ["a"]
    swept(days=1)
    assert machines() == []


def test_it_is_deleted_only_as_the_client_knows_it(api, make_definition):
    path = f"/api/workflows/{api.create()}"
    etag = api("GET", path).headers["etag"]
    api("PUT", path, {"definition": make_definition("Changed")})
    for refused in (etag, f"W/{etag}"):
        answer = api("DELETE", f"{path}?force=true", if_match=refused)
        assert (answer.status, answer.json["code"]) == (412, "precondition_failed")
    now = api("GET", path).headers["etag"]
    assert now in answer.json["detail"]
    assert api("DELETE", path, if_match=f"{etag}, {now}").status == 204
    assert api("DELETE", path, if_match="*").status == 404
    assert api("DELETE", f"/api/workflows/{api.create()}", if_match="*").status == 204


def test_finished_runs_are_read_as_before_and_plans_stay_as_long(api):
    path = f"/api/workflows/{api.create()}"
    run_id = api("POST", f"{path}/run", {}).json["run_id"]
    assert api("POST", f"/api/workflows/runs/{run_id}/cancel").status in (202, 404, 405)
    stores = Stores(settings_of(""))
    if api("GET", f"/api/workflows/runs/{run_id}").json["run"]["status"] != "cancelled":
        state = stores.runs.state(run_id)
        stores.runs.finish(type(state)(**{**vars(state), "status": "completed"}))
    before = api("GET", f"/api/workflows/runs/{run_id}").json
    assert api("DELETE", path).status == 204
    swept(days=40)
    assert api("GET", f"/api/workflows/runs/{run_id}").json == before
    assert machines() == []


def test_a_creation_whose_workflow_was_deleted_is_not_made_again(api, make_definition):
    body = {"definition": make_definition()}
    first = api("POST", "/api/workflows", body, idempotency_key="once")
    api("DELETE", f"/api/workflows/{first.json['id']}")
    again = api("POST", "/api/workflows", body, idempotency_key="once")
    assert (again.status, again.json["code"]) == (404, "workflow_not_found")
    assert api("GET", "/api/workflows").json["total"] == 0


def test_of_twenty_deletions_at_once_one_finds_a_workflow(api):
    path = f"/api/workflows/{api.create(tags=['x'])}"
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: api("DELETE", path).status, range(20)))
    assert sorted(answers) == [204] + [404] * 19
    assert set(counters().values()) == {0}


@pytest.mark.parametrize("force", ["maybe", "", "2"])
def test_what_is_no_truth_value_is_refused(api, force):
    answer = api("DELETE", f"/api/workflows/{api.create()}?force={force}")
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, "?force")


def test_deleted_and_changed_at_once_it_is_either_changed_first_or_gone(api, make_definition):
    path = f"/api/workflows/{api.create()}"

    def act(number):
        if number % 2:
            return api("PUT", path, {"definition": make_definition(f"Name {number}")}).status
        return api("DELETE", path).status

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(act, range(20)))
    assert answers.count(204) == 1
    assert set(answers) <= {200, 204, 404}
    assert api("GET", path).status == 404
    assert set(counters().values()) == {0}
