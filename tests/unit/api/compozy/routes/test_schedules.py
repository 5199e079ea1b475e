"""Schedules as Compozy shows them: one of each workflow."""

import pytest

S = {"workflow_id", "schedule_id", "cron", "timezone", "enabled", "is_override", "next_run_time"}


@pytest.fixture
def at(stored):
    return f"/api/v0/schedules/{stored['workflow_id']}"


def test_the_schedules_of_all_workflows_are_listed(call, stored):
    data = call("GET", "/api/v0/schedules", key="sw_reader").json["data"]
    assert (data["total"], [row["schedule_id"] for row in data["schedules"]]) == (1, [stored["schedule_id"]])


def test_a_schedule_is_that_of_its_workflow(call, at, stored):
    data = call("GET", at, key="sw_reader").json["data"]
    assert set(data) == S
    assert (data["workflow_id"], data["cron"], data["timezone"], data["enabled"], data["is_override"]) == (
        stored["workflow_id"],
        "@every 1h",
        "UTC",
        True,
        False,
    )


def test_it_is_overridden_for_good(call, at):
    answer = call("PATCH", at, json={"enabled": False, "cron": "0 0 9 * * *", "other": 1})
    assert (answer.status, answer.json["message"]) == (200, "schedule updated")
    data = call("GET", at).json["data"]
    assert (data["enabled"], data["cron"]) == (False, "0 0 9 * * *")
    assert "next_run_time" not in data
    assert call("PATCH", at, json={"cron": "@hourly"}).json["data"]["cron"] == "@hourly"


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({}, "Send 'enabled', 'cron', or both."),
        ({"cron": "x"}, "/cron: "),
        ({"cron": "1 0 9 * * *"}, "/cron: "),
        ({"enabled": "yes"}, "/enabled: "),
    ],
)
def test_what_is_no_change_is_400(call, at, body, details):
    answer = call("PATCH", at, json=body)
    assert (answer.status, answer.json["error"]["code"]) == (400, "BAD_REQUEST")
    assert details in answer.json["error"]["details"]


def test_a_schedule_is_deleted_once(call, at):
    assert call("DELETE", at, key="sw_reader").status == 403
    assert call("DELETE", at).status == 204
    for method in ("DELETE", "GET", "PATCH"):
        answer = call(method, at, **({"json": {"enabled": True}} if method == "PATCH" else {}))
        assert (answer.status, answer.json["error"]["code"]) == (404, "NOT_FOUND")


def test_an_unknown_workflow_has_no_schedule(call):
    assert call("GET", "/api/v0/schedules/nothing").json["error"]["details"] == "There is no schedule 'nothing'."
