"""What a server leaves when it ends, in order or not: no script of it works on; its runs go on at the next start."""

import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from served import Served

pytestmark = pytest.mark.embedded

Start = Callable[..., Served]

# The second half is for the attempt that is made again: it finds what the first one left.
SOURCE = """
import os, pathlib, subprocess, sys, time
log = pathlib.Path({log!r})
if log.exists():
    log.open("a").write("again ")
    sys.exit()
{leaving}
log.with_name("new").write_text("begun ")
log.with_name("new").rename(log)
for _ in range(1200):
    time.sleep(0.05)
    (log.with_name("beat")).write_text(str(time.monotonic()))
"""
NOTHING = "pass"
# A process that leaves the group of the script, and its session.
ESCAPE = """
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    for _ in range(1200):
        time.sleep(0.05)
        (log.with_name("escaped")).write_text(str(time.monotonic()))
"""


def definition(log: Path, leaving: str, attempts: int) -> dict[str, Any]:
    source = SOURCE.format(log=str(log), leaving=leaving)
    config = {"language": "python", "source": source}
    retry = {"max_attempts": attempts, "on": ["timeout"], "initial_interval": 0.01}
    return {"name": "stop", "steps": [{"id": "slow", "type": "script", "config": config, "retry": retry}]}


def until(what: Callable[[], Any], seconds: float = 60) -> Any:
    ends_at = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < ends_at, "it did not come true in time"
        time.sleep(0.02)
    return found


def run_until_it_works(served: Served, log: Path, leaving: str, attempts: int) -> str:
    made = served.client.post("/api/workflows", {"definition": definition(log, leaving, attempts)})
    run_id: str = served.client.post(f"/api/workflows/{made['id']}/run", {})["run_id"]
    until(lambda: log.exists() and log.with_name("beat").exists())
    if leaving == ESCAPE:
        until(log.with_name("escaped").exists)
    return run_id


def end_of(served: Served, run_id: str) -> Any:
    def finished() -> Any:
        run = served.client.get(f"/api/workflows/runs/{run_id}")["run"]
        return run if run["status"] in ("completed", "failed", "cancelled") else None

    return until(finished)


def is_still(path: Path) -> bool:
    """Whether nobody writes to a file any more, who would do so every 0.05 s."""
    before = path.read_text()
    ends_at = time.monotonic() + 0.5
    while time.monotonic() < ends_at:
        if path.read_text() not in ("", before):
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_stopped_ends_its_scripts_and_gives_their_attempts_back(
    start_server: Start, tmp_path: Path, number: int
) -> None:
    log = tmp_path / "log"
    first = start_server(tmp_path / "home")
    run_id = run_until_it_works(first, log, ESCAPE if os.path.exists("/proc") else NOTHING, attempts=1)
    first.process.send_signal(number)
    said, complaints = first.process.communicate(timeout=30)
    assert (first.process.returncode, said, complaints) == (0, "\nStopping ...\n", "")
    for name in ("beat", "escaped"):
        assert not log.with_name(name).exists() or is_still(log.with_name(name))
    assert list((tmp_path / "home" / "scripts").iterdir()) == []

    second = start_server(tmp_path / "home")
    run = end_of(second, run_id)
    (step,) = run["step_runs"]
    assert (run["status"], step["status"], step["attempt"], step["error"]) == ("completed", "completed", 1, None)
    assert log.read_text() == "begun again "


def test_a_server_that_dies_takes_its_scripts_with_it(start_server: Start, tmp_path: Path) -> None:
    log = tmp_path / "log"
    first = start_server(tmp_path / "home")
    run_id = run_until_it_works(first, log, NOTHING, attempts=2)
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    until(lambda: is_still(log.with_name("beat")))

    second = start_server(tmp_path / "home")
    run = end_of(second, run_id)
    assert (run["status"], run["step_runs"][0]["attempt"]) == ("completed", 2)
    assert log.read_text() == "begun again "
    assert list((tmp_path / "home" / "scripts").iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/proc"), reason="only Linux shows the environment of processes")
def test_a_start_ends_what_had_left_its_script_and_outlived_the_server(start_server: Start, tmp_path: Path) -> None:
    log = tmp_path / "log"
    first = start_server(tmp_path / "home")
    run_until_it_works(first, log, ESCAPE, attempts=1)
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    assert not is_still(log.with_name("escaped"))
    start_server(tmp_path / "home")
    assert is_still(log.with_name("escaped"))


def loop_definition(log: Path) -> dict[str, Any]:
    """Two items, worked on at a time; each is worked on until its item is begun a second time."""
    source = f"""
import json, pathlib, sys, time
mine = pathlib.Path({str(log)!r}) / str(json.load(sys.stdin))
again = mine.exists()
mine.open("a").write("x")
while not again:
    time.sleep(0.05)
"""
    config = {"language": "python", "source": source, "input": "{{ item }}"}
    nested = {"id": "slow", "type": "script", "config": config, "retry": {"max_attempts": 1}}
    loop = {"items": "{{ [1, 2] }}", "steps": [nested], "max_concurrency": 2}
    return {"name": "stop in a loop", "steps": [{"id": "each", "type": "loop", "config": loop}]}


def test_a_loop_that_is_stopped_goes_on_where_it_was(start_server: Start, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.mkdir()
    first = start_server(tmp_path / "home")
    made = first.client.post("/api/workflows", {"definition": loop_definition(log)})
    run_id = first.client.post(f"/api/workflows/{made['id']}/run", {})["run_id"]
    until(lambda: len(list(log.iterdir())) == 2)
    assert first.end() == 0

    run = end_of(start_server(tmp_path / "home"), run_id)
    assert run["status"] == "completed", run
    assert {step["attempt"] for step in run["step_runs"]} == {1}
    assert [path.read_text() for path in log.iterdir()] == ["xx", "xx"]


def test_a_request_that_is_cut_off_by_a_stop_is_made_again_and_counts_once(start_server: Start, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        step = {"id": "ask", "type": "http_request", "config": {"url": f"http://{address}/", "method": "POST"}}
        definition = {"name": "ask", "steps": [{**step, "retry": {"max_attempts": 1}}]}
        first = start_server(tmp_path / "home", HTTP_ALLOWED_HOSTS=address)
        made = first.client.post("/api/workflows", {"definition": definition})
        run_id = first.client.post(f"/api/workflows/{made['id']}/run", {})["run_id"]
        silent.settimeout(30)
        asked, _ = silent.accept()
        with asked:
            first.process.send_signal(signal.SIGINT)
            said, complaints = first.process.communicate(timeout=30)
        assert (first.process.returncode, said, complaints) == (0, "\nStopping ...\n", "")

        second = start_server(tmp_path / "home", HTTP_ALLOWED_HOSTS=address)
        again, _ = silent.accept()
        with again:
            again.recv(65536)
            again.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        run = end_of(second, run_id)
    (ask,) = run["step_runs"]
    assert (run["status"], ask["attempt"], ask["error"]) == ("completed", 1, None)
