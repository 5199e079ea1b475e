"""What each step type costs on the embedded stack, per step: ten steps in a row, less than nothing but their work.

The floor is that work alone: a request to the same server, `sh -c true`, an expression evaluated; of a wait, nothing.
"""

import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from figures import heading, milliseconds, row, side_by_side

from model_server import ModelServer, model_server, said
from stepweave.adapters.resource_store import ResourceStore
from stepweave.adapters.table import Table
from stepweave.bootstrap.clients import utc_now
from stepweave.compiler.expressions import evaluate
from stepweave.local import embedded
from stepweave.local.client import Client
from stepweave.local.embedded import TABLE_NAME
from stepweave.local.progress import follow
from stepweave.local.stack import EmbeddedStack
from stepweave.local.terminal import logged
from stepweave.services.resources import put_resource

STEPS = 10
ROUNDS = 5


def chain(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    steps = [
        {"id": f"s{n}", "type": kind, "config": config, "depends_on": [f"s{n - 1}"] if n else []} for n in range(STEPS)
    ]
    return {"name": f"Ten of {kind}", "steps": steps}


def loops() -> dict[str, Any]:
    """Ten loops of one item each: what a loop costs beside the step in it."""
    steps = []
    for n in range(STEPS):
        nested = {"id": f"in{n}", "type": "condition", "config": {"expression": "true"}}
        config = {"items": "[1]", "steps": [nested]}
        after = [f"s{n - 1}"] if n else []
        steps.append({"id": f"s{n}", "type": "loop", "config": config, "depends_on": after})
    return {"name": "Ten loops", "steps": steps}


def requested(url: str) -> Callable[[], object]:
    return lambda: urllib.request.urlopen(urllib.request.Request(url, b"{}", method="POST")).read()  # noqa: S310


def ten(work: Callable[[], object]) -> Callable[[], float]:
    return lambda: milliseconds(lambda: [work() for _ in range(STEPS)]) / STEPS


def an_agent(server: ModelServer) -> None:
    model = {"config": {"provider": "bench", "model": "m-1", "api_url": f"{server.url}/v1"}}
    store = ResourceStore(Table(embedded.client("dynamodb"), TABLE_NAME))
    put_resource("agent", "bench", {"model": model}, resources=store, clock=utc_now)


Figures = tuple[float, float, float]


def measured(run: Callable[[dict[str, Any]], float], server: ModelServer) -> dict[str, Figures]:
    url = f"{server.url}/echo"
    server.tools = {"/echo": lambda _: {"ok": True}}
    server.says(said("Yes."))
    ask = requested(f"{server.url}/v1/chat/completions")
    shell = ten(lambda: subprocess.run(["/bin/sh", "-c", "true"], check=True))
    expression = ten(lambda: evaluate("true", {}))
    send = ten(requested(url))
    cases: list[tuple[str, dict[str, Any], Callable[[], float]]] = [
        ("http_request", chain("http_request", {"url": url, "method": "POST", "json": {}}), send),
        ("webhook", chain("webhook", {"url": url}), send),
        ("script", chain("script", {"language": "shell", "source": "true"}), shell),
        ("agent_task", chain("agent_task", {"agent_id": "bench", "goal": "Is it so?"}), ten(ask)),
        ("condition", chain("condition", {"expression": "true"}), expression),
        ("loop, with its one step", loops(), expression),
        ("wait, for nothing", chain("wait", {"seconds": 0}), expression),
    ]
    return {what: side_by_side(partial(run, definition), floor, rounds=ROUNDS) for what, definition, floor in cases}


def main() -> None:
    heading("Step types", [f"On the embedded stack, over HTTP, per step of ten; medians of {ROUNDS} pairs."])
    with tempfile.TemporaryDirectory() as folder, model_server() as server, EmbeddedStack(Path(folder)) as stack:
        with logged(Path(folder) / "log"):
            stack.start(allowed_hosts=server.host)
            client = Client(stack.url, stack.key())
            an_agent(server)

            def run(definition: dict[str, Any]) -> float:
                path = f"/api/workflows/{client.post('/api/workflows', {'definition': definition})['id']}/run"

                def whole() -> None:
                    run_id = client.post(path, {})["run_id"]
                    follow(client, run_id, lambda _: None)
                    assert client.get(f"/api/workflows/runs/{run_id}")["run"]["status"] == "completed", definition

                return milliseconds(whole) / STEPS

            figures = measured(run, server)
        for what, figure in figures.items():
            row(what, figure)


if __name__ == "__main__":
    main()
