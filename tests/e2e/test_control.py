"""Cancel, pause and resume on a started server, and `kill -9` between them: nothing is lost, nothing done twice."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from definitions import definition, loop, request, script, wait
from served import Served
from stepweave.local.client import Refused

Start = Callable[..., Served]
OVER = ("completed", "failed", "cancelled", "timed_out", "paused")


class Web(ThreadingHTTPServer):
    """Answers every request once it is let. `got`: methods; `left`: of those whose client did not wait."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.let = threading.Event()
        self.got: list[str] = []
        self.left: list[str] = []

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/"


class _Handler(BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.got.append(self.command)
        while not self.server.let.wait(0.02):
            if self._client_left():
                self.server.left.append(self.command)
                return
        self.send_response(204)
        self.end_headers()

    def do_POST(self) -> None:
        self.do_GET()

    def _client_left(self) -> bool:
        with suppress(BlockingIOError):
            return self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        return False

    def log_message(self, *_: Any) -> None:
        """The test reads `got` instead."""


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.let.set()
    server.shutdown()
    thread.join(10)
    server.server_close()


def until(what: Callable[[], Any], seconds: float = 30) -> Any:
    ends_at = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < ends_at, "it did not come true in time"
        time.sleep(0.03)
    return found


def started(served: Served, *steps: dict[str, Any]) -> str:
    workflow = served.client.post("/api/workflows", {"definition": definition(*steps)})["id"]
    return str(served.client.post(f"/api/workflows/{workflow}/run", {})["run_id"])


def told(served: Served, run_id: str, verb: str, **body: Any) -> dict[str, Any]:
    answer: dict[str, Any] = served.client.post(f"/api/workflows/runs/{run_id}/{verb}", body)
    return answer


def shown(served: Served, run_id: str) -> dict[str, Any]:
    run: dict[str, Any] = served.client.get(f"/api/workflows/runs/{run_id}")["run"]
    return run


def over(served: Served, run_id: str) -> dict[str, Any]:
    """The run, once it is over or paused."""

    def look() -> dict[str, Any] | None:
        run = shown(served, run_id)
        return run if run["status"] in OVER else None

    found: dict[str, Any] = until(look)
    return found


def statuses(run: dict[str, Any]) -> dict[str, str]:
    return {step["step_id"]: step["status"] for step in run["step_runs"] if "iteration" not in step}


def is_alive(pid: str) -> bool:
    """Not of one that has ended and that nobody has asked about since, as in a container without a proper init."""
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    return True


def logged(step_id: str, log: Path, after: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    return script(step_id, after, source=f"echo {step_id} >> {log}", **more)


def gated(step_id: str, log: Path, gate: Path, after: tuple[str, ...] = ()) -> dict[str, Any]:
    """A script that says that it is at work, with the number of its process, and works until the gate is there."""
    source = f'echo "{step_id} $$" >> {log}; while [ ! -e {gate} ]; do sleep 0.05; done'
    return script(step_id, after, source=source)


def lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


@pytest.mark.embedded
def test_a_cancel_ends_a_script_with_its_processes_and_a_resume_runs_it_again(
    start_server: Start, tmp_path: Path
) -> None:
    served, log, gate = start_server(tmp_path / "home"), tmp_path / "log", tmp_path / "gate"
    run_id = started(served, logged("a", log), gated("b", log, gate, ("a",)), logged("c", log, ("b",)))
    until(lambda: len(lines(log)) == 2)
    pid = lines(log)[1].split()[1]
    told(served, run_id, "cancel")
    until(lambda: not is_alive(pid), 10)
    run = over(served, run_id)
    until(lambda: statuses(shown(served, run_id)) == {"a": "completed", "b": "cancelled", "c": "cancelled"})
    assert (run["status"], run["error"]) == ("cancelled", None)
    (stopped,) = [step for step in shown(served, run_id)["step_runs"] if step["step_id"] == "b"]
    assert (stopped["error"]["code"], stopped["attempt"], stopped["output"]) == ("cancelled", 1, None)
    assert told(served, run_id, "resume") == {"run_id": run_id, "status": "queued"}
    gate.touch()
    assert set(statuses(over(served, run_id)).values()) == {"completed"}
    assert [line.split()[0] for line in lines(log)] == ["a", "b", "b", "c"]


def test_a_cancel_leaves_an_answer_but_waits_for_that_of_what_may_not_be_sent_twice(
    start_server: Start, tmp_path: Path, web: Web
) -> None:
    served = start_server(tmp_path / "home", HTTP_ALLOWED_HOSTS=web.host)
    post = request("post", url=web.url)
    post["config"]["method"] = "POST"
    run_id = started(served, request("get", url=web.url), post)
    until(lambda: sorted(web.got) == ["GET", "POST"])
    told(served, run_id, "cancel")
    until(lambda: web.left == ["GET"], 10)
    assert over(served, run_id)["status"] == "cancelled"
    until(lambda: statuses(shown(served, run_id)) == {"get": "cancelled", "post": "running"})
    web.let.set()
    until(lambda: statuses(shown(served, run_id))["post"] == "completed")
    told(served, run_id, "resume")
    assert over(served, run_id)["status"] == "completed"
    assert sorted(web.got) == ["GET", "GET", "POST"]


@pytest.mark.embedded
def test_a_pause_lets_finish_what_is_under_way_and_outlives_a_kill(start_server: Start, tmp_path: Path) -> None:
    first, log, gate = start_server(tmp_path / "home"), tmp_path / "log", tmp_path / "gate"
    each = gated("each", log, gate)
    body = [each, logged("then", log, ("each",))]
    steps = (loop("l", [], body, items="[1, 2]", max_concurrency=1), wait("w", ["l"]), logged("c", log, ("w",)))
    run_id = started(first, *steps)
    until(lambda: len(lines(log)) == 1)
    assert told(first, run_id, "pause")["stopping"] == "pause"
    gate.touch()
    assert over(first, run_id)["status"] == "paused"
    until(lambda: "each@0" in kept(first, run_id))
    assert first.end(signal.SIGKILL) == -signal.SIGKILL

    second = start_server(tmp_path / "home")
    assert shown(second, run_id)["status"] == "paused"
    assert told(second, run_id, "pause") == {"run_id": run_id, "status": "paused"}
    told(second, run_id, "resume")
    assert over(second, run_id)["status"] == "completed"
    assert [line.split()[0] for line in lines(log)] == ["each", "then", "each", "then", "c"]


def kept(served: Served, run_id: str) -> list[str]:
    rows = shown(served, run_id)["step_runs"]
    return [f"{row['step_id']}@{row.get('iteration', '')}" for row in rows if row["status"] == "completed"]


@pytest.mark.embedded
@pytest.mark.parametrize(("verb", "becomes"), [("cancel", "cancelled"), ("pause", "paused")])
def test_a_server_that_is_killed_right_after_it_was_told_does_it_when_it_is_back(
    start_server: Start, tmp_path: Path, verb: str, becomes: str
) -> None:
    first, log, gate = start_server(tmp_path / "home"), tmp_path / "log", tmp_path / "gate"
    run_id = started(first, logged("a", log), gated("b", log, gate, ("a",)), wait("w", ["b"]), logged("c", log, ("w",)))
    until(lambda: len(lines(log)) == 2)
    told(first, run_id, verb)
    first.end(signal.SIGKILL)

    second = start_server(tmp_path / "home")
    assert over(second, run_id)["status"] == becomes
    assert [line.split()[0] for line in lines(log)] == ["a", "b"]
    assert not is_alive(lines(log)[1].split()[1])
    gate.touch()
    told(second, run_id, "resume")
    assert set(statuses(over(second, run_id)).values()) == {"completed"}
    assert [line.split()[0] for line in lines(log)] == ["a", "b", "b", "c"]
    with pytest.raises(Refused, match="only a run that is not over"):
        told(second, run_id, "cancel")
