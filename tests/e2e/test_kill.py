"""`kill -9` in the middle of a run: nothing acknowledged is lost, and the run goes on from its last settled step."""

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from served import Served

pytestmark = pytest.mark.embedded

Start = Callable[..., Served]

COUNT = (
    "import os, pathlib; p = pathlib.Path({path!r}); p.write_text((p.read_text() if p.exists() else '') + '{name} ')"
)
SLOW = COUNT + "; import time; time.sleep(3)"


def definition(log: Path) -> dict[str, Any]:
    def step(name: str, source: str, *after: str) -> dict[str, Any]:
        text = source.format(path=str(log), name=name)
        return {
            "id": name,
            "type": "script",
            "depends_on": list(after),
            "config": {"language": "python", "source": text},
        }

    return {"name": "kill", "steps": [step("a", COUNT), step("b", SLOW, "a"), step("c", COUNT, "b")]}


def until(what: Callable[[], Any], seconds: float = 60) -> Any:
    ends_at = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < ends_at, "it did not come true in time"
        time.sleep(0.05)
    return found


def test_a_run_goes_on_from_its_last_settled_step_after_kill_9(start_server: Start, tmp_path: Path) -> None:
    log = tmp_path / "log"
    first = start_server(tmp_path / "home")
    workflow = first.client.post("/api/workflows", {"definition": definition(log)})["id"]
    run_id = first.client.post(f"/api/workflows/{workflow}/run", {"input_data": {"x": 1}})["run_id"]
    until(lambda: log.exists() and log.read_text() == "a b ")
    assert first.end(signal.SIGKILL) == -signal.SIGKILL

    second = start_server(tmp_path / "home")
    run = until(lambda: finished(second, run_id))
    assert (run["status"], run["input_data"]) == ("completed", {"x": 1})
    assert [step["status"] for step in run["step_runs"]] == ["completed"] * 3
    # `a` had settled and is not run again; `b` was cut off half-way and is.
    assert log.read_text() == "a b b c "
    assert second.client.get(f"/api/workflows/{workflow}")["name"] == "kill"


def finished(served: Served, run_id: str) -> Any:
    run = served.client.get(f"/api/workflows/runs/{run_id}")["run"]
    return run if run["status"] in ("completed", "failed", "cancelled") else None
