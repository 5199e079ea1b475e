import pytest

WEEKDAYS = {"cron_expression": "0 9 * * 1-5", "timezone": "America/New_York", "input_data": {"dataset": "daily"}}


@pytest.fixture
def schedules(call):
    """Where the schedules of a workflow are."""
    answer = call("POST", "/api/workflows", json={"definition": {"name": "Fetch", "steps": []}})
    return f"/api/workflows/{answer.json['id']}/schedules"


@pytest.fixture
def made(call, schedules):
    """Where a schedule is."""
    return call("POST", schedules, json=WEEKDAYS).headers["location"]


def places(answer):
    return [fault["path"] for fault in answer.json["errors"]]


def test_a_schedule_is_made_and_shown_as_the_contract_has_it(call, schedules):
    answer = call("POST", schedules, json=WEEKDAYS)
    assert answer.status == 201
    assert answer.json == {"schedule_id": "sched_1"}
    found = call("GET", answer.headers["location"], key="sw_reader")
    assert found.json | WEEKDAYS == found.json
    assert found.json["next_run_at"] == "2026-11-03T14:00:00.000Z"
    assert (found.json["overlap_policy"], found.json["catch_up"], found.json["enabled"]) == ("skip", 3600, True)
    assert (found.json["last_run_id"], found.json["last_fired_at"], found.json["last_status"]) == (None, None, None)


def test_schedules_are_listed(call, schedules, made):
    answer = call("GET", schedules, key="sw_reader").json
    assert (answer["total"], answer["next_cursor"]) == (1, None)
    assert answer["schedules"] == [call("GET", made).json]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"cron_expression": "61 9 * * *"}, "/cron_expression"),
        ({"timezone": "Mars/Olympus"}, "/timezone"),
        ({"start_at": "2027-01-01T00:00:00Z", "end_at": "2026-12-01T00:00:00Z"}, "/end_at"),
        ({"rate": "1h"}, "/cron_expression"),
        ({"jitter": "2h"}, "/jitter"),
        ({"catch_up": "2d"}, "/catch_up"),
        ({"jitter": "soon"}, "/jitter"),
        ({"overlap_policy": "sometimes"}, "/overlap_policy"),
        ({"input_data": {"text": "x" * 20_000}}, "/input_data"),
        ({"colour": 1}, "/colour"),
    ],
)
def test_a_fault_is_told_with_its_place(call, schedules, change, path):
    answer = call("POST", schedules, json=WEEKDAYS | change)
    assert answer.status == 422
    assert places(answer) == [path]


def test_a_change_changes_what_is_sent(call, made):
    answer = call("PATCH", made, json={"enabled": False, "jitter": "5m", "rate": "90m"})
    assert answer.status == 200
    shown = answer.json
    assert (shown["enabled"], shown["jitter"], shown["rate"], shown["cron_expression"]) == (False, 300, "90m", None)
    assert (shown["timezone"], shown["next_run_at"]) == ("America/New_York", None)
    assert call("PATCH", made, json={}).json["jitter"] == 300


@pytest.mark.parametrize("body", [{"enabled": None}, {"timezone": ""}, {"rate": ""}, {"cron_expression": None}])
def test_a_bad_change_is_refused(call, made, body):
    answer = call("PATCH", made, json=body)
    assert answer.status == 422
    assert places(answer) == [f"/{name}" for name in body]


def test_the_next_times_are_told_with_their_offsets(call, made):
    answer = call("GET", f"{made}/next?count=2", key="sw_reader")
    assert answer.json == {"times": ["2026-11-03T09:00:00-05:00", "2026-11-04T09:00:00-05:00"]}
    assert places(call("GET", f"{made}/next?count=0")) == ["?count"]
    assert places(call("GET", f"{made}/next?cuont=1")) == ["?cuont"]


def test_a_fire_is_a_run_or_says_why_not(call, made):
    answer = call("POST", f"{made}/fire")
    assert answer.status == 202
    assert answer.headers["location"] == f"/api/workflows/runs/{answer.json['run_id']}"
    again = call("POST", f"{made}/fire")
    assert again.status in (200, 202)


def test_a_backfill_answers_its_runs(call, made):
    sent = {"from": "2026-10-27T00:00:00Z", "to": "2026-10-30T00:00:00Z", "limit": 2}
    answer = call("POST", f"{made}/backfill", json=sent)
    assert answer.status == 202
    assert len(answer.json["run_ids"]) == 2
    assert answer.json["next_from"] == "2026-10-29T13:00:00.000Z"
    assert places(call("POST", f"{made}/backfill", json={"from": "2026-11-03", "to": "x", "limit": 0})) == [
        "/from",
        "/to",
        "/limit",
    ]


def test_a_deleted_schedule_is_gone(call, made):
    assert call("DELETE", made).status == 204
    assert call("DELETE", made).status == 404
    assert call("GET", made).json["code"] == "schedule_not_found"


@pytest.mark.parametrize(
    ("method", "path"), [("POST", ""), ("PATCH", None), ("DELETE", None), ("POST", "/fire"), ("POST", "/backfill")]
)
def test_a_reader_changes_nothing(call, schedules, made, method, path):
    answer = call(method, schedules if path == "" else f"{made}{path or ''}", json={}, key="sw_reader")
    assert answer.status == 403


def test_a_change_takes_place_only_on_what_the_client_has_seen(call, made):
    seen = call("GET", made).headers["etag"]
    assert call("PATCH", made, json={"enabled": False}, headers={"if-match": seen}).status == 200
    late = call("PATCH", made, json={"enabled": True}, headers={"if-match": seen})
    assert (late.status, late.json["code"]) == (412, "precondition_failed")
    assert call("GET", made).json["enabled"] is False
    assert call("PATCH", made, json={"enabled": True}, headers={"if-match": "*"}).status == 200


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"start_at": "0001-01-01T00:00:00+14:00"}, "/start_at"),
        ({"end_at": "9999-12-31T23:59:59-14:00"}, "/end_at"),
        ({"start_at": "9999-12-31T23:59:59Z"}, "/start_at"),
        ({"timezone": "localtime"}, "/timezone"),
        ({"timezone": "right/Europe/Berlin"}, "/timezone"),
        ({"jitter": True}, "/jitter"),
        ({"catch_up": None}, "/catch_up"),
    ],
)
def test_odd_values_have_their_places_too(call, schedules, change, path):
    answer = call("POST", schedules, json=WEEKDAYS | change)
    assert (answer.status, places(answer)) == (422, [path])


def test_a_window_may_begin_and_end_at_the_ends_of_time(call, schedules):
    window = {"start_at": "0001-01-01T00:00:00Z", "end_at": "9999-12-31T23:59:59Z"}
    for when in ({"cron_expression": "0 9 * * *"}, {"rate": "1 day"}):
        made = call("POST", schedules, json=window | when).headers["location"]
        assert len(call("GET", f"{made}/next?count=100").json["times"]) == 100


@pytest.mark.parametrize(
    ("stretch", "path"),
    [
        ({"from": "0001-01-01T00:00:00Z"}, "/from"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "/from"),
        ({"from": 1}, "/from"),
        ({"to": "2030-01-01T00:00:00Z"}, "/to"),
        ({"to": "2026-01-01T00:00:00"}, "/to"),
    ],
)
def test_a_stretch_that_cannot_be_backfilled_is_told_with_its_place(call, made, stretch, path):
    whole = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
    answer = call("POST", f"{made}/backfill", json=whole | stretch)
    assert (answer.status, places(answer)) == (422, [path])
