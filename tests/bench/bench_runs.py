"""Runs on the embedded stack: ten steps in a row, sixty as people link them, and a loop, each per step.

Against the same shell commands run one after another.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from figures import heading, milliseconds, row, side_by_side

from families import hand_like
from stepweave.local.client import Client
from stepweave.local.progress import follow
from stepweave.local.stack import EmbeddedStack
from stepweave.local.terminal import logged

STEPS = 10
LINKED = 60
ITEMS = 300


def chain() -> dict[str, object]:
    steps = []
    for number in range(STEPS):
        before = [f"s{number - 1}"] if number else []
        config = {"language": "shell", "source": "true"}
        steps.append({"id": f"s{number}", "type": "script", "config": config, "depends_on": before})
    return {"name": "Ten steps", "steps": steps}


def conditions() -> dict[str, object]:
    steps = []
    for number in range(STEPS):
        before = [f"s{number - 1}"] if number else []
        steps.append({"id": f"s{number}", "type": "condition", "config": {"expression": "true"}, "depends_on": before})
    return {"name": "Ten steps without work", "steps": steps}


def linked() -> dict[str, object]:
    """Sixty steps without work, linked as people link them: most have one or two others before them."""
    drawn = hand_like(LINKED, Random(1))["steps"]  # noqa: S311 (the same graph every time)
    config = {"expression": "true"}
    steps = [{"id": s["id"], "type": "condition", "config": config, "depends_on": s["depends_on"]} for s in drawn]
    return {"name": "Sixty steps", "steps": steps}


def loop() -> dict[str, object]:
    step = {"id": "in", "type": "condition", "config": {"expression": "item > 0"}}
    config = {"items": f"[1..{ITEMS}]", "steps": [step]}
    return {"name": "A loop", "steps": [{"id": "each", "type": "loop", "config": config}]}


def main() -> None:
    heading("Runs", ["On the embedded stack, over HTTP, per step; medians of 5 (the last two 3) pairs with bare `sh`."])
    with tempfile.TemporaryDirectory() as folder, EmbeddedStack(Path(folder)) as stack:
        with logged(Path(folder) / "log"):
            stack.start()
            client = Client(stack.url, stack.key())

            def run(definition: dict[str, object], steps: int = STEPS) -> float:
                path = f"/api/workflows/{client.post('/api/workflows', {'definition': definition})['id']}/run"
                return milliseconds(lambda: follow(client, client.post(path, {})["run_id"], lambda _: None)) / steps

            scripts = side_by_side(lambda: run(chain()), commands, rounds=5)
            without_work = side_by_side(lambda: run(conditions()), commands, rounds=5)
            sixty = side_by_side(lambda: run(linked(), LINKED), commands, rounds=3)
            items = side_by_side(lambda: run(loop(), ITEMS), commands, rounds=3)
        row("ten shell scripts, per step", scripts)
        row("ten conditions, per step", without_work)
        row("sixty hand-like conditions, per step", sixty)
        row(f"a loop over {ITEMS} items, per item", items)


def commands() -> float:
    command = ["/bin/sh", "-c", "true"]
    return milliseconds(lambda: [subprocess.run(command, check=True) for _ in range(STEPS)]) / STEPS


if __name__ == "__main__":
    main()
