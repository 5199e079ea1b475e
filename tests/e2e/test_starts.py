"""Starts over HTTP against a started server: many at once, delayed, repeated, waited for."""

import json
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import urllib3

from served import Served, serve, stepweave

STEP = {"id": "a", "type": "condition", "config": {"expression": "true"}}
LIMIT = 10


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = serve(tmp_path_factory.mktemp("home"), WORKFLOW_MAX_CONCURRENT_RUNS=str(LIMIT))
    yield server
    server.end()


def create(served: Served, *steps: Any, **config: Any) -> str:
    definition = {"name": "Starts", "steps": list(steps), "config": config}
    workflow: str = served.client.post("/api/workflows", {"definition": definition})["id"]
    return workflow


def send(served: Served, workflow: str, body: Any, query: str = "", **headers: str) -> urllib3.BaseHTTPResponse:
    url = f"{served.url}/api/workflows/{workflow}/run{query}"
    sent = {"Authorization": f"Bearer {served.key}", **headers}
    return urllib3.request("POST", url, json=body, headers=sent, timeout=60, retries=False)


def run_of(served: Served, run_id: str) -> Any:
    return served.client.get(f"/api/workflows/runs/{run_id}")["run"]


def until(served: Served, run_id: str, *statuses: str, seconds: float = 30) -> Any:
    ends_at = time.monotonic() + seconds
    while (run := run_of(served, run_id))["status"] not in statuses:
        assert time.monotonic() < ends_at, run
        time.sleep(0.05)
    return run


def rows_of(served: Served, workflow: str) -> list[Any]:
    pages = [served.client.get(f"/api/workflows/{workflow}/runs?limit=100&offset={each}")["runs"] for each in (0, 100)]
    return [run for page in pages for run in page]


def most_at_once(spans: list[tuple[str, str]]) -> int:
    changes = sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans])
    now = most = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


@pytest.mark.embedded
def test_of_two_hundred_starts_at_once_no_more_than_the_limit_run_and_all_finish_oldest_first(
    served: Served,
) -> None:
    workflow = create(served, STEP)
    with ThreadPoolExecutor(32) as threads:
        answers = list(threads.map(lambda number: send(served, workflow, {"input_data": {"n": number}}), range(200)))
    assert {answer.status for answer in answers} == {202}
    newest = max(answer.json()["run_id"] for answer in answers)
    until(served, newest, "completed", seconds=120)
    for run in rows_of(served, workflow):
        if run["status"] != "completed":
            until(served, run["id"], "completed")
    runs = sorted(rows_of(served, workflow), key=lambda run: str(run["id"]))
    assert sorted(run["input_data"]["n"] for run in runs) == list(range(200))
    assert most_at_once([(run["started_at"], run["completed_at"]) for run in runs]) <= LIMIT
    order = sorted(range(200), key=lambda place: str(runs[place]["started_at"]))
    assert max(abs(place - rank) for rank, place in enumerate(order)) <= 32 + LIMIT


@pytest.mark.embedded
def test_a_start_that_is_sent_twenty_times_at_once_is_one_run(served: Served) -> None:
    workflow = create(served, STEP)
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: send(served, workflow, {}, **{"Idempotency-Key": "k"}), range(20)))
    assert {answer.status for answer in answers} == {202}
    assert len({answer.json()["run_id"] for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 19
    assert served.client.get(f"/api/workflows/{workflow}/runs")["total"] == 1
    other = send(served, workflow, {"input_data": {"other": 1}}, **{"Idempotency-Key": "k"})
    assert (other.status, other.json()["code"]) == (409, "idempotency_conflict")


@pytest.mark.embedded
def test_who_waits_for_a_run_gets_it_and_forty_who_wait_block_nobody(served: Served) -> None:
    answer = send(served, create(served, STEP), {}, "?wait=20")
    assert (answer.status, answer.json()["run"]["status"]) == (200, "completed")
    slow = create(served, {"id": "a", "type": "wait", "config": {"seconds": 600}}, concurrency={"limit": 100})
    with ThreadPoolExecutor(50) as threads:
        waits = [threads.submit(send, served, slow, {}, "?wait=6") for _ in range(45)]
        time.sleep(2)
        begun = time.monotonic()
        assert served.client.get("/health")
        assert served.client.get(f"/api/workflows/{slow}/runs?limit=1")["runs"]
        assert time.monotonic() - begun < 2
        assert {wait.result().status for wait in waits} == {202}


def test_a_delayed_run_starts_at_its_time(served: Served) -> None:
    run_id = send(served, create(served, STEP), {"delay": 1}).json()["run_id"]
    before = run_of(served, run_id)
    assert (before["status"], before["started_at"]) == ("queued", None)
    after = until(served, run_id, "completed")
    assert after["started_at"] >= before["run_at"]


def test_policies_of_one_run_too_many(served: Served) -> None:
    forever = {"id": "a", "type": "wait", "config": {"seconds": 600}}
    rejecting = create(served, forever, concurrency={"limit": 1, "on_limit": "reject"})
    assert send(served, rejecting, {}).status == 202
    refused = send(served, rejecting, {})
    assert (refused.status, refused.headers["retry-after"]) == (429, "5")
    assert served.client.get(f"/api/workflows/{rejecting}/runs")["total"] == 1
    skipping = create(served, forever, concurrency={"limit": 1, "on_limit": "skip"})
    send(served, skipping, {})
    skipped = run_of(served, send(served, skipping, {}).json()["run_id"])
    assert (skipped["status"], skipped["error"]["code"]) == ("cancelled", "concurrency_skipped")
    renewing = create(served, forever, concurrency={"limit": 1, "on_limit": "cancel_oldest"})
    first, second = (send(served, renewing, {}).json()["run_id"] for _ in range(2))
    assert until(served, first, "cancelled")["error"]["code"] == "concurrency_cancelled"
    until(served, second, "running", "waiting")


def test_the_command_line_starts_runs(served: Served) -> None:
    workflow = create(served, STEP)

    def told(*arguments: str, code: int = 0) -> str:
        ended = stepweave("runs", "start", *arguments, home=served.home)
        assert ended.returncode == code, ended.stderr
        return ended.stderr if code else ended.stdout

    shown = json.loads(told(workflow, "--input", '{"n": 1}', "--label", "team=a", "--wait", "20", "--json"))
    assert (shown["status"], shown["input_data"], shown["labels"]) == ("completed", {"n": 1}, {"team": "a"})
    late = [told(workflow, "--delay", "1h", "--idempotency-key", "k").strip() for _ in range(2)]
    assert late[0] == late[1]
    assert run_of(served, late[0])["status"] == "queued"
    assert "--input is no JSON" in told(workflow, "--input", "{", code=1)
    assert "--label 'team' is no name=value" in told(workflow, "--label", "team", code=1)
    assert "404" in told("no-such-workflow", code=1)


def test_an_input_is_refused_at_its_places(served: Served) -> None:
    schema = {"properties": {"n": {"type": "integer", "default": 3}}, "required": ["who"]}
    workflow = create(served, STEP, input=schema)
    refused = send(served, workflow, {"input_data": {"n": "x"}})
    assert refused.status == 422
    assert [each["path"] for each in refused.json()["errors"]] == ["/input_data", "/input_data/n"]
    taken = send(served, workflow, {"input_data": {"who": "me"}}, "?wait=20").json()["run"]
    assert taken["input_data"] == {"who": "me", "n": 3}


@pytest.mark.embedded
def test_a_delayed_run_survives_a_kill(tmp_path: Path) -> None:
    served = serve(tmp_path)
    try:
        workflow = create(served, STEP)
        soon = send(served, workflow, {"delay": 2}).json()["run_id"]
        late = send(served, workflow, {"delay": "1h"}).json()["run_id"]
    finally:
        served.end(signal.SIGKILL)
    served = serve(tmp_path)
    try:
        run = until(served, soon, "completed")
        assert run["started_at"] >= run["run_at"]
        assert run_of(served, late)["status"] == "queued"
    finally:
        served.end()
