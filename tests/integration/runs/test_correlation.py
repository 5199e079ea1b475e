"""The ids of a request, from the API through the steps into what they send, and into the log."""

import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import urllib3

from stepweave.local.client import Client
from stepweave.local.stack import EmbeddedStack

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SENT = {
    "traceparent": f"00-{TRACE}-00f067aa0ba902b7-00",
    "X-Request-ID": "req-of-the-client",
    "X-Correlation-ID": "order-17",
}


class Receiver(BaseHTTPRequestHandler):
    """Keeps the headers of each request by its path; `/flaky` fails at first."""

    got: ClassVar[dict[str, list[dict[str, str]]]] = {}

    def do_POST(self) -> None:
        seen = self.got.setdefault(self.path, [])
        seen.append({name.lower(): value for name, value in self.headers.items()})
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(500 if self.path == "/flaky" and len(seen) == 1 else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_: Any) -> None:
        """Nothing is said."""


@pytest.fixture
def receiver() -> Iterator[str]:
    Receiver.got.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def definition(receiver: str) -> dict[str, Any]:
    def step(name: str, type_: str, **config: Any) -> dict[str, Any]:
        return {"id": name, "type": type_, "config": {"url": f"http://{receiver}/{name}", **config}}

    own = {"Traceparent": "mine", "x-correlation-id": "mine too"}
    retry = {"retry": {"max_attempts": 2, "initial_interval": 0.01}}
    steps = [step("plain", "http_request"), step("flaky", "http_request") | retry, step("hook", "webhook")]
    return {"name": "Correlated", "steps": [*steps, step("own", "http_request", headers=own)]}


def test_ids_of_a_request_reach_every_request_of_its_run_and_the_log(
    receiver: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with EmbeddedStack(tmp_path / "home") as stack:
        stack.start(allowed_hosts=receiver)
        client = Client(stack.url, stack.key())
        workflow_id = client.post("/api/workflows", {"definition": definition(receiver)})["id"]
        answer = urllib3.request(
            "POST",
            f"{stack.url}/api/workflows/{workflow_id}/run",
            headers={"Authorization": f"Bearer {stack.key()}", **SENT},
            json={},
            timeout=10,
        )
        run_id = answer.json()["run_id"]
        ends_at = time.monotonic() + 30
        while (run := client.get(f"/api/workflows/runs/{run_id}")["run"])["status"] == "running" or not run["output"]:
            assert time.monotonic() < ends_at, run
            time.sleep(0.05)
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines() if line.startswith("{")]

    assert {name: answer.headers[name] for name in ("X-Request-ID", "X-Correlation-ID")} == {
        "X-Request-ID": "req-of-the-client",
        "X-Correlation-ID": "order-17",
    }
    assert (run["status"], run["trace_id"], run["correlation_id"]) == ("completed", TRACE, "order-17")
    assert sorted(Receiver.got) == ["/flaky", "/hook", "/own", "/plain"]
    spans = set()
    for path in ("/plain", "/flaky", "/flaky", "/hook"):
        headers = Receiver.got[path].pop(0)
        found = re.fullmatch(f"00-{TRACE}-([0-9a-f]{{16}})-00", headers["traceparent"])
        assert found
        spans.add(found[1])
        assert headers["x-correlation-id"] == "order-17"
    assert len(spans) == 4, "each attempt is a span of its own"
    [own] = Receiver.got["/own"]
    assert (own["traceparent"], own["x-correlation-id"]) == ("mine", "mine too")

    [request] = [line for line in lines if line.get("request_id") == "req-of-the-client"]
    assert (request["run_id"], request["correlation_id"], request["trace_id"]) == (run_id, "order-17", TRACE)
    of_run = [line for line in lines if line.get("run_id") == run_id]
    told = [line["message"] for line in of_run]
    assert {one: told.count(one) for one in ("run_started", "step_retried", "step_settled", "run_finished")} == {
        "run_started": 1,
        "step_retried": 1,
        "step_settled": 4,
        "run_finished": 1,
    }
    assert {line["trace_id"] for line in of_run if line["message"] == "step_settled"} == {TRACE}
    assert all("_aws" in line for line in of_run if line["message"] in ("run_started", "run_finished", "step_settled"))


def test_a_run_that_nobody_gave_ids_has_a_trace_of_its_own(
    receiver: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with EmbeddedStack(tmp_path / "home") as stack:
        stack.start(allowed_hosts=receiver)
        client = Client(stack.url, stack.key())
        workflow_id = client.post("/api/workflows", {"definition": definition(receiver)})["id"]
        run = client.post(f"/api/workflows/{workflow_id}/run?wait=20", {})["run"]
    capfd.readouterr()
    assert (run["status"], run["correlation_id"]) == ("completed", None)
    [headers] = Receiver.got["/plain"]
    assert re.fullmatch(f"00-{run['trace_id']}-[0-9a-f]{{16}}-01", headers["traceparent"])
    assert headers["x-correlation-id"] == run["id"]
