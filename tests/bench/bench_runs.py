"""Runs on the embedded stack: what a step costs beside its own work."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from stepweave.local.client import Client
from stepweave.local.stack import EmbeddedStack
from stepweave.local.terminal import logged, say

RUNS = 10


def chain(length: int) -> dict[str, Any]:
    """Steps one after the other that do nothing."""
    return {
        "name": f"chain of {length}",
        "steps": [
            {
                "id": f"s{number}",
                "type": "wait",
                "depends_on": [f"s{number - 1}"] if number else [],
                "config": {"seconds": 0},
            }
            for number in range(length)
        ],
    }


def wide(length: int) -> dict[str, Any]:
    """The same side by side."""
    steps = [{"id": f"s{number}", "type": "wait", "config": {"seconds": 0}} for number in range(length)]
    return {"name": f"{length} side by side", "steps": steps}


def measure(client: Client, definition: dict[str, Any]) -> list[float]:
    """Milliseconds from the request to the finished run; the first, which makes the state machine, is left out."""
    workflow = client.post("/api/workflows", {"definition": definition})["id"]
    times = []
    for _ in range(RUNS + 1):
        began = time.perf_counter()
        run_id = client.post(f"/api/workflows/{workflow}/run", {})["run_id"]
        while client.get(f"/api/workflows/runs/{run_id}")["run"]["status"] != "completed":
            time.sleep(0.005)
        times.append((time.perf_counter() - began) * 1000)
    return times[1:]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with EmbeddedStack(Path(folder)) as stack, logged(stack.home.log):
            stack.start()
            client = Client(stack.url, stack.key())
            say(f"embedded stack up: {(time.perf_counter() - began) * 1000:.0f} ms (imports not counted)")
            for definition in (chain(1), chain(10), wide(10)):
                times = measure(client, definition)
                steps = len(definition["steps"])
                say(
                    f"{definition['name']:18} median {statistics.median(times):6.0f} ms, worst {max(times):6.0f} ms, "
                    f"{statistics.median(times) / steps:5.1f} ms per step"
                )


if __name__ == "__main__":
    main()
