"""What becomes of scripts when the process that runs them ends first."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from stepweave.steps.orphans import end_running
from stepweave.steps.script_runner import run_script

RUNNER = "import sys; from stepweave.steps.script_runner import run_script; run_script(eval(sys.argv[1]), 60)"
SLEEPS = "echo $$ > {log}.new; mv {log}.new {log}; (sleep 50; echo late >> {log}) & sleep 50; echo late >> {log}"


def until(what: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + 20
    while not what():
        assert time.monotonic() < ends_at, "it did not come true in time"
        threading.Event().wait(0.01)


def members(group: int) -> list[int]:
    """The processes of a group that still run."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,pgid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in listed.splitlines())
    return [int(pid) for pid, found, state in rows if int(found) == group and not state.startswith("Z")]


def test_a_script_ends_with_the_process_that_runs_it_however_that_ends(tmp_path: Path) -> None:
    log = tmp_path / "log"
    request = {"language": "shell", "source": SLEEPS.format(log=log)}
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, repr(request)], env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    until(log.exists)
    group = int(log.read_text())
    assert members(group)
    runner.send_signal(signal.SIGKILL)
    runner.wait(20)
    until(lambda: not members(group))
    assert log.read_text() == f"{group}\n"


def test_a_script_that_waits_for_all_its_children_does_not_wait_for_the_guard() -> None:
    source = """
import os, subprocess
child = subprocess.Popen(["true"])
count = 0
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
    count += 1
print(count)
"""
    assert run_script({"language": "python", "source": source}, 10)["stdout"] == "1\n"


def test_all_running_scripts_are_ended_at_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    outcomes: list[dict[str, object]] = []
    request = {"language": "shell", "source": SLEEPS.format(log=log)}
    thread = threading.Thread(target=lambda: outcomes.append(run_script(request, 60)))
    thread.start()
    until(log.exists)
    end_running()
    thread.join(20)
    assert [outcome["exit_code"] for outcome in outcomes] == [128 + signal.SIGKILL]
    assert members(int(log.read_text())) == []


def test_a_script_works_in_the_folder_that_is_named(tmp_path: Path) -> None:
    outcome = run_script({"language": "shell", "source": "pwd"}, 10, parent=tmp_path)
    assert Path(outcome["stdout"].strip()).is_relative_to(tmp_path.resolve())
    assert list(tmp_path.iterdir()) == []
