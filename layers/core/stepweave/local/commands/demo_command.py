"""`stepweave demo`: the main job on real input, on a stack of its own that is thrown away."""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from stepweave.compiler.compile import compile_definition
from stepweave.compiler.picture import tree
from stepweave.local.client import Client, Refused
from stepweave.local.demo_definition import DEFINITION
from stepweave.local.progress import follow, line_of
from stepweave.local.sink import Sink
from stepweave.local.stack import EmbeddedStack
from stepweave.local.terminal import complain


def main(_arguments: argparse.Namespace) -> int:
    console = Console(highlight=False)
    with (
        tempfile.TemporaryDirectory(prefix="stepweave-demo-") as folder,
        Sink() as sink,
        EmbeddedStack(Path(folder)) as stack,
    ):
        began = time.perf_counter()
        stack.start(allowed_hosts=f"127.0.0.1:{stack.port},127.0.0.1:{sink.port}")
        console.print(f"[bold]Stack[/]    {stack.url} [dim]up in {time.perf_counter() - began:.1f} s[/]")
        try:
            run = _run(console, Client(stack.url, stack.key()), stack, sink)
        except Refused as error:
            complain(f"stepweave demo: the API refused: {error}")
            return 1
        return _tell_end(console, run, sink.taken)


def _run(console: Console, client: Client, stack: EmbeddedStack, sink: Sink) -> Any:
    workflow = client.post("/api/workflows", {"definition": DEFINITION})["id"]
    console.print(f"[bold]Workflow[/] {workflow} compiles to the state machine")
    machine = compile_definition(DEFINITION).machine
    if machine is not None:
        console.print("\n".join(f"  {line}" for line in tree(machine.woven).splitlines()), markup=False)
    inputs = {"document": f"{stack.url}/openapi.json", "sink": f"http://127.0.0.1:{sink.port}/"}
    run_id = client.post(f"/api/workflows/{workflow}/run", {"input_data": inputs})["run_id"]
    console.print(f"[bold]Run[/]      {run_id}")
    return follow(client, run_id, lambda step: console.print(line_of(step)))


def _tell_end(console: Console, run: Any, taken: list[Any]) -> int:
    if run["status"] != "completed" or len(taken) != 1:
        told = json.dumps(run["error"]) if run["error"] else f"the sink took {len(taken)} reports instead of 1"
        complain(f"stepweave demo: the run is {run['status']}: {told}")
        return 1
    console.print(f"[bold]Result[/]   [green]{run['status']}[/] [dim]in {run['duration_ms']} ms[/]")
    console.print(f"[bold]Sink[/]     took {json.dumps(taken[0])}", markup=True, soft_wrap=True)
    console.print(json.dumps(run["output"], indent=2), markup=False)
    return 0
