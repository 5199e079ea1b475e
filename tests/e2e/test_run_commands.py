"""`stepweave runs cancel`, `pause`, `resume` and `delete`, against a started server."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from served import Served, serve, stepweave

WAITS = """\
name: Waits
steps:
  - {id: first, type: script, config: {language: shell, source: "true"}}
  - {id: hold, type: wait, depends_on: [first], config: {seconds: 600}}
"""
FAILS = """\
name: Fails
steps:
  - {id: first, type: script, config: {language: shell, source: "true"}}
  - {id: last, type: script, depends_on: [first], config: {language: shell, source: "exit 3"}}
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = serve(tmp_path_factory.mktemp("home"))
    yield server
    server.end()


def ended(served: Served, *arguments: str) -> subprocess.CompletedProcess[str]:
    return stepweave("runs", *arguments, home=served.home)


def told(served: Served, *arguments: str) -> str:
    """What a command that succeeds prints."""
    command = ended(served, *arguments)
    assert (command.returncode, command.stderr) == (0, "")
    return command.stdout.strip()


def refused(served: Served, *arguments: str) -> str:
    command = ended(served, *arguments)
    assert (command.returncode, command.stdout) == (1, "")
    return command.stderr


def started(served: Served, tmp_path: Path, text: str) -> str:
    path = tmp_path / "definition.yaml"
    path.write_text(text)
    made = stepweave("workflows", "create", str(path), "--json", home=served.home)
    return told(served, "start", json.loads(made.stdout)["id"])


def becomes(served: Served, run_id: str, status: str) -> dict[str, Any]:
    """The run, once it has that status."""

    def shown() -> dict[str, Any]:
        run: dict[str, Any] = served.client.get(f"/api/workflows/runs/{run_id}")["run"]
        return run

    return until(shown, lambda run: run["status"] == status)


def until(look: Callable[[], dict[str, Any]], holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    ends_at = time.monotonic() + 30
    while not holds(found := look()):
        assert time.monotonic() < ends_at, found
        time.sleep(0.05)
    return found


def test_a_run_is_paused_resumed_cancelled_and_deleted(served: Served, tmp_path: Path) -> None:
    run_id = started(served, tmp_path, WAITS)
    becomes(served, run_id, "waiting")
    assert told(served, "pause", run_id) in ("waiting, pause is under way", "running, pause is under way")
    becomes(served, run_id, "paused")
    assert told(served, "pause", run_id) == "paused"
    assert told(served, "resume", run_id) == "queued"
    becomes(served, run_id, "waiting")
    assert "is queued or under way" in refused(served, "resume", run_id)
    assert "is not over; cancel it first" in refused(served, "delete", run_id)
    assert "cancel is under way" in told(served, "cancel", run_id)
    becomes(served, run_id, "cancelled")
    assert "only a run that is not over can be stopped" in refused(served, "cancel", run_id)
    assert told(served, "delete", run_id) == ""
    for verb in ("get", "cancel", "pause", "resume", "delete"):
        assert f"There is no run '{run_id}'" in refused(served, verb, run_id)


def test_a_run_is_resumed_from_a_step_and_on_a_version(served: Served, tmp_path: Path) -> None:
    run_id = started(served, tmp_path, FAILS)
    workflow = becomes(served, run_id, "failed")["workflow_id"]
    assert "has no step 'nowhere'" in refused(served, "resume", run_id, "--from-step", "nowhere")
    assert "There is no version '9'" in refused(served, "resume", run_id, "--version", "9")
    mended = tmp_path / "mended.yaml"
    mended.write_text(FAILS.replace("exit 3", "exit 0"))
    assert stepweave("workflows", "put", workflow, str(mended), home=served.home).returncode == 0
    assert told(served, "resume", run_id, "--version", "2", "--from-step", "last") == "queued"
    run = becomes(served, run_id, "completed")
    assert (run["workflow_version"], [step["status"] for step in run["step_runs"]]) == (2, ["completed"] * 2)
