"""A run of ten steps on the embedded stack, per step, against the same shell commands run one after another."""

import subprocess
import tempfile
from pathlib import Path

from figures import heading, milliseconds, row, side_by_side

from stepweave.local.client import Client
from stepweave.local.progress import follow
from stepweave.local.stack import EmbeddedStack
from stepweave.local.terminal import logged

STEPS = 10


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


def main() -> None:
    heading("Runs of ten steps", ["On the embedded stack, over HTTP, per step; medians of 5 pairs with bare `sh`."])
    with tempfile.TemporaryDirectory() as folder, EmbeddedStack(Path(folder)) as stack:
        with logged(Path(folder) / "log"):
            stack.start()
            client = Client(stack.url, stack.key())

            def run(definition: dict[str, object]) -> float:
                path = f"/api/workflows/{client.post('/api/workflows', {'definition': definition})['id']}/run"
                return milliseconds(lambda: follow(client, client.post(path, {})["run_id"], lambda _: None)) / STEPS

            scripts = side_by_side(lambda: run(chain()), commands, rounds=5)
            without_work = side_by_side(lambda: run(conditions()), commands, rounds=5)
        row("ten shell scripts, per step", scripts)
        row("ten conditions, per step", without_work)


def commands() -> float:
    command = ["/bin/sh", "-c", "true"]
    return milliseconds(lambda: [subprocess.run(command, check=True) for _ in range(STEPS)]) / STEPS


if __name__ == "__main__":
    main()
