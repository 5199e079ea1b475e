"""What a server leaves when it ends, in order or not: no script of it works on; its runs go on at the next start."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from served import Served

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
