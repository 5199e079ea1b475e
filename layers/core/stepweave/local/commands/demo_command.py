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
from stepweave.local.log_file import LogFile
from stepweave.local.progress import Unfinished, follow, line_of
from stepweave.local.sink import Sink
from stepweave.local.stack import EmbeddedStack
from stepweave.local.terminal import complain, console, logged

_PATIENCE_SECONDS = 120.0


def main(_arguments: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="stepweave-demo-") as folder, Sink() as sink:
        stack = EmbeddedStack(Path(folder))
        with logged(stack.home.log) as log, stack:
            return _demonstrate(stack, sink, log)


def _demonstrate(stack: EmbeddedStack, sink: Sink, log: LogFile) -> int:
    began = time.perf_counter()
    stack.start(allowed_hosts=f"127.0.0.1:{stack.port},127.0.0.1:{sink.port}")
    out = console()
    out.print(f"[bold]Stack[/]    {stack.url} [dim]up in {time.perf_counter() - began:.1f} s[/]")
    try:
        run = _run(out, Client(stack.url, stack.key()), stack, sink)
    except (Refused, Unfinished) as error:
        complain(f"stepweave demo: {error}")
        return 1
    finally:
        for failure in log.failures():
            complain(failure)
    return _tell_end(out, run, sink.taken)


def _run(out: Console, client: Client, stack: EmbeddedStack, sink: Sink) -> Any:
    workflow = client.post("/api/workflows", {"definition": DEFINITION})["id"]
    out.print(f"[bold]Workflow[/] {workflow} compiles to the state machine")
    woven = compile_definition(DEFINITION).woven
    if woven is not None:
        out.print("\n".join(f"  {line}" for line in tree(woven).splitlines()), markup=False)
    inputs = {"document": f"{stack.url}/openapi.json", "sink": f"http://127.0.0.1:{sink.port}/"}
    run_id = client.post(f"/api/workflows/{workflow}/run", {"input_data": inputs})["run_id"]
    out.print(f"[bold]Run[/]      {run_id}")
    return follow(client, run_id, lambda step: out.print(line_of(step)), seconds=_PATIENCE_SECONDS)


def _tell_end(out: Console, run: Any, taken: list[Any]) -> int:
    if run["status"] != "completed" or len(taken) != 1:
        told = json.dumps(run["error"]) if run["error"] else f"the sink took {len(taken)} reports instead of 1"
        complain(f"stepweave demo: the run is {run['status']}: {told}")
        return 1
    out.print(f"[bold]Result[/]   [green]{run['status']}[/] [dim]in {run['duration_ms']} ms[/]")
    out.print("[bold]Output[/]  ", json.dumps(run["output"]), markup=True)
    out.print("[bold]Sink[/]     took", json.dumps(taken[0]), markup=True)
    return 0
