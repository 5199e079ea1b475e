"""Runs followed live over HTTP, by a client that does what a browser does."""

import json
import signal
import time
from dataclasses import dataclass, field

import pytest
import urllib3

from served import is_deployed, serve, stepweave
from stepweave.local.client import Refused
from stepweave.local.event_stream import EventStream
from stepweave.services.moments import moment_of

STEP = {"type": "script", "config": {"language": "shell", "source": "true"}}
BRANCHES = {"expression": "true", "then": ["t"], "else": ["e"]}
LOOP = {"items": "[1..5]", "steps": [{"id": "in", **STEP}]}
DEFINITION = {
    "name": "Followed",
    "steps": [
        {"id": "a", **STEP},
        {"id": "w", "type": "wait", "config": {"seconds": 1}, "depends_on": ["a"]},
        {
            "id": "c",
            "type": "condition",
            "config": {"expression": "true", "then": ["t"], "else": ["e"]},
            "depends_on": ["w"],
        },
        {"id": "t", **STEP},
        {"id": "e", **STEP},
        {
            "id": "each",
            "type": "loop",
            "depends_on": ["w"],
            "config": {"items": "[1..5]", "steps": [{"id": "in", **STEP}]},
        },
    ],
}
EVENTS_OF_A_RUN = 1 + 1 + 3 * 2 + 1 + 2 * 2 + 1 + 2 * 5 + 1


@dataclass
class EventSource(EventStream):
    """Comes back as a browser does. `seen`: when each event came (`time.time`)."""

    connections: int = 0
    seen: list[float] = field(default_factory=list)

    def events(self):
        """Id, name and data of each event, until the server says that there is no more."""
        while (answer := self.connect()).status == 200:
            self.connections += 1
            for told in self.read(answer):
                self.seen.append(time.time())
                yield told
            time.sleep(self.retry)
        self.connections += 1


@pytest.fixture
def served(tmp_path):
    server = serve(tmp_path / "home")
    try:
        yield server
    finally:
        server.end()


def started(client):
    workflow = client.post("/api/workflows", {"definition": DEFINITION})["id"]
    return client.post(f"/api/workflows/{workflow}/run", {})["run_id"]


def test_a_run_is_followed_live_each_event_once_and_in_order(served):
    client = served.client
    run_id = started(client)
    ticket = client.post(f"/api/workflows/runs/{run_id}/tickets", {})
    source = EventSource(served.url + ticket["url"])
    told = list(source.events())
    names = [event for _, event, _ in told]
    assert (names[0], names[-1], len(told)) == ("run_queued", "run_completed", EVENTS_OF_A_RUN)
    # A function's answer is sent whole, once it has something to tell.
    assert is_deployed() or source.connections == 2
    again = client.get(f"/api/workflows/runs/{run_id}/events")
    assert [event["id"] for event in again["events"]] == [each for each, _, _ in told]
    assert [event["data"] for event in again["events"]] == [data for _, _, data in told]
    assert again["done"]
    # A median of some ten milliseconds, where nobody else uses the machine.
    pairs = zip(source.seen, told, strict=True)
    settled = [(seen, data) for seen, (_, event, data) in pairs if event == "step_completed"]
    late = sorted(seen - moment_of(data["timestamp"]).timestamp() for seen, data in settled)
    assert late[len(late) // 2] < 2.0, late


def test_whoever_comes_back_gets_what_is_missing(served):
    client = served.client
    run_id = started(client)
    url = f"{served.url}/api/workflows/runs/{run_id}/stream"
    ids = [each for each, _, _ in EventSource(url, served.key).events()]
    for last in ("0", "0~", ids[len(ids) // 2], ids[-2]):
        rest = [each for each, _, _ in EventSource(url, served.key, last_id=last).events()]
        assert rest == ids[ids.index(last) + 1 :]


def test_the_command_line_watches_shows_and_lists_runs(served):
    run_id = started(served.client)
    watched = stepweave("runs", "watch", run_id, home=served.home)
    assert watched.returncode == 0, watched.stderr
    assert "✓ each completed" in watched.stdout
    assert "run completed" in watched.stdout
    assert json.loads(stepweave("runs", "get", run_id, "--json", home=served.home).stdout)["id"] == run_id
    workflow = served.client.get(f"/api/workflows/runs/{run_id}")["run"]["workflow_id"]
    listed = stepweave("runs", "list", workflow, "--status", "completed", "--json", home=served.home)
    assert [row["id"] for row in json.loads(listed.stdout)] == [run_id]
    assert stepweave("runs", "watch", "run_unknown", home=served.home).returncode == 1


@pytest.mark.embedded
def test_whoever_follows_a_run_through_a_kill_9_sees_each_event_once(start_server, tmp_path):
    served = start_server(tmp_path / "home")
    run_id = started(served.client)
    path = f"/api/workflows/runs/{run_id}/stream"
    source = EventSource(served.url + path, served.key)
    seen = []
    for told in source.events():
        seen.append(told)
        if told[1] == "step_waiting":
            break
    served.end(signal.SIGKILL)
    served = start_server(tmp_path / "home")
    again = EventSource(served.url + path, served.key, last_id=source.last_id)
    seen += again.events()
    found = served.client.get(f"/api/workflows/runs/{run_id}/events")
    assert [event["id"] for event in found["events"]] == [each for each, _, _ in seen]
    assert (seen[-1][1], len({each for each, _, _ in seen})) == ("run_completed", len(seen))


@pytest.mark.embedded
def test_the_stream_after_those_that_a_key_may_have_open_is_refused_and_told_when_to_come_again(served):
    waits = {"name": "Waits", "steps": [{"id": "w", "type": "wait", "config": {"signal": "go"}}]}
    client = served.client
    workflow = client.post("/api/workflows", {"definition": waits})["id"]
    run_id = client.post(f"/api/workflows/{workflow}/run", {})["run_id"]
    url = f"{served.url}/api/workflows/runs/{run_id}/stream"
    streams = [EventSource(url, served.key).connect() for _ in range(20)]
    try:
        assert [stream.status for stream in streams] == [200] * 20
        with pytest.raises(Refused) as refused:
            EventSource(url, served.key).connect()
        assert refused.value.problem["code"] == "too_many_streams"
        answer = urllib3.request("GET", url, headers={"Authorization": f"Bearer {served.key}"}, retries=False)
        assert (answer.status, answer.headers["retry-after"]) == (429, "25")
        # Other requests of the key are answered meanwhile, and the end of the run ends all streams.
        assert client.get(f"/api/workflows/runs/{run_id}")["run"]["status"] in ("queued", "running", "waiting")
        client.post(f"/api/workflows/runs/{run_id}/signals", {"name": "go"})
        assert all(b"event: run_completed" in stream.read() for stream in streams)
    finally:
        for stream in streams:
            stream.close()
    assert EventSource(url, served.key, last_id="0").connect().status == 200
