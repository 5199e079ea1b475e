import pytest

from fakes.events import TICKET


@pytest.fixture
def at(stored):
    return f"/api/workflows/runs/{stored['run_id']}"


def test_events_are_listed_with_the_place_to_go_on_from(call, at):
    answer = call("GET", f"{at}/events", key="sw_reader").json
    assert [event["event"] for event in answer["events"]] == ["run_completed"]
    assert (answer["next"], answer["done"]) == ("1", True)
    assert call("GET", f"{at}/events?after=1").json == {"events": [], "next": "1", "done": True}


@pytest.mark.parametrize("query", ["after=x", "after=1%2B", "limit=0", "limit=101", "limit=x"])
def test_what_is_no_place_or_limit_is_refused(call, at, query):
    answer = call("GET", f"{at}/events?{query}")
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, f"?{query.partition('=')[0]}")


def test_a_stream_is_server_sent_events(call, at):
    answer = call("GET", f"{at}/stream", key="sw_reader")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    retry, event, end = answer.body.decode().split("\n\n")
    assert (retry, end) == ("retry: 1000", "")
    first, second, third = event.split("\n")
    assert (first, second, third[:6]) == ("id: 1", "event: run_completed", "data: ")


def test_who_knows_all_of_a_finished_run_is_told_to_stop(call, at):
    assert call("GET", f"{at}/stream", headers={"last-event-id": "1"}).status == 204
    assert call("GET", f"{at}/stream?last_event_id=1").status == 204
    assert call("GET", f"{at}/stream?last_event_id=0", headers={"last-event-id": "1"}).status == 204
    assert call("GET", f"{at}/stream?last_event_id=0").status == 200


def test_a_place_that_is_none_is_refused(call, at):
    assert call("GET", f"{at}/stream", headers={"last-event-id": "x"}).json["errors"][0]["path"] == "Last-Event-ID"
    assert call("GET", f"{at}/stream?last_event_id=x").json["errors"][0]["path"] == "?last_event_id"


def test_a_ticket_opens_the_stream_and_nothing_else(call, at, log):
    made = call("POST", f"{at}/tickets", key="sw_writer")
    assert (made.status, made.headers["cache-control"]) == (201, "no-store")
    assert made.json["url"] == f"{at}/stream?ticket={TICKET}"
    answer = call("GET", made.json["url"], key=None)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert log.lines[-1][2]["key_id"] == "key_of_ticket"
    assert not any(TICKET in repr(line) for line in log.lines)
    assert call("GET", f"{at}/stream?ticket=swt_other", key=None).status == 401
    assert call("GET", f"{at}?ticket={TICKET}", key=None).status == 401
    assert call("GET", f"{at}/events?ticket={TICKET}", key=None).status == 401


@pytest.mark.parametrize("path", ["events", "stream"])
def test_an_unknown_run_has_no_events(call, path):
    answer = call("GET", f"/api/workflows/runs/run_unknown/{path}")
    assert (answer.status, answer.json["code"]) == (404, "run_not_found")
    assert call("POST", "/api/workflows/runs/run_unknown/tickets").status == 404


def test_a_ticket_is_asked_for_with_an_empty_body(call, at):
    assert call("POST", f"{at}/tickets", json={"seconds": 9}).status == 422
