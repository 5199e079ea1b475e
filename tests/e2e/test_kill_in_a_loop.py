"""`kill -9` in the middle of a loop: iterations that had ended are not run again, and those cut off go on."""

import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from served import Served

pytestmark = pytest.mark.embedded

Start = Callable[..., Served]
WORK = """
import json, os, sys, time
item = json.load(sys.stdin)
with open({path!r}, "a") as log:
    log.write(f"{name}{{item}}\\n")
if ("{name}", item) == ("b", 2) and not os.path.exists({path!r} + ".killed"):
    time.sleep(60)
json.dump(item * 10, open(os.environ["STEPWEAVE_RESULT"], "w"))
"""


def definition(log: Path) -> dict[str, Any]:
    def step(name: str, after: str) -> dict[str, Any]:
        config = {"language": "python", "source": WORK.format(path=str(log), name=name), "input": "{{ item }}"}
        return {"id": name, "type": "script", "depends_on": list(after), "config": config}

    # An "N", so that a step waits on a latch.
    steps = [step("a", ""), step("b", ""), step("c", "a"), step("d", "ab")]
    config = {"items": "[0..3]", "max_concurrency": 2, "steps": steps}
    return {"name": "kill", "steps": [{"id": "each", "type": "loop", "config": config}]}


def until(what: Callable[[], Any], seconds: float = 60) -> Any:
    ends_at = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < ends_at, "it did not come true in time"
        time.sleep(0.05)
    return found


def test_a_loop_goes_on_with_the_iterations_that_had_not_ended(start_server: Start, tmp_path: Path) -> None:
    log = tmp_path / "log"
    first = start_server(tmp_path / "home")
    workflow = first.client.post("/api/workflows", {"definition": definition(log)})["id"]
    run_id = first.client.post(f"/api/workflows/{workflow}/run", {})["run_id"]
    # The third item waits on its latch for `b`, the fourth has ended beside it.
    settled = {"c@2", *(f"{step}@{item}" for step in "abcd" for item in (0, 1, 3))}
    until(lambda: "b2" in written(log) and settled <= completed(first, run_id))
    Path(f"{log}.killed").touch()
    assert first.end(signal.SIGKILL) == -signal.SIGKILL

    second = start_server(tmp_path / "home")
    run = until(lambda: finished(second, run_id))
    assert run["status"] == "completed", run["error"]
    output = next(step["output"] for step in run["step_runs"] if step["step_id"] == "each")
    assert [{name: entry[name]["result"] for name in entry} for entry in output] == [
        dict.fromkeys("abcd", item * 10) for item in range(4)
    ]
    once = {f"{step}{item}": 1 for step in "abcd" for item in range(4)}
    assert Counter(written(log)) == once | {"b2": 2}


def written(log: Path) -> list[str]:
    return log.read_text().split() if log.exists() else []


def completed(served: Served, run_id: str) -> set[str]:
    steps = served.client.get(f"/api/workflows/runs/{run_id}")["run"]["step_runs"]
    return {f"{step['step_id']}@{step.get('iteration')}" for step in steps if step["status"] == "completed"}


def finished(served: Served, run_id: str) -> Any:
    run = served.client.get(f"/api/workflows/runs/{run_id}")["run"]
    return run if run["status"] in ("completed", "failed", "cancelled") else None
