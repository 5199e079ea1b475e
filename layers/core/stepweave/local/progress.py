"""Follows a run over the API, telling each step as it settles."""

import math
import time
from collections.abc import Callable
from typing import Any

from stepweave.local.client import Client

FINISHED = frozenset({"completed", "failed", "cancelled", "timed_out"})
SETTLED = frozenset({"completed", "failed", "skipped", "cancelled"})
_PAUSE_SECONDS = 0.1
_MARKS = {"completed": "[green]✓[/]", "failed": "[red]✗[/]", "skipped": "[dim]–[/]", "cancelled": "[yellow]■[/]"}

StepRun = dict[str, Any]


class Unfinished(Exception):
    def __init__(self, run: Any, seconds: float) -> None:
        super().__init__(f"the run {run['id']} is still {run['status']} after {seconds:.0f} s")


def follow(
    client: Client,
    run_id: str,
    tell: Callable[[StepRun], object],
    *,
    seconds: float = math.inf,
    sleep: Callable[[float], object] = time.sleep,
) -> Any:
    """The run once it is finished; `tell` gets each step run once, when it has settled.

    seconds: how long to wait for the end, by the pauses made; Unfinished after that.
    """
    told: set[tuple[str, str]] = set()
    waited = 0.0
    while True:
        run = client.get(f"/api/workflows/runs/{run_id}")["run"]
        for step in run["step_runs"]:
            name = (step["step_id"], str(step.get("iteration")))
            if step["status"] in SETTLED and name not in told:
                told.add(name)
                tell(step)
        if run["status"] in FINISHED:
            return run
        if waited >= seconds:
            raise Unfinished(run, seconds)
        sleep(_PAUSE_SECONDS)
        waited += _PAUSE_SECONDS


def line_of(step: StepRun) -> str:
    """A step run as one line of rich's markup. -> `✓ fetch completed 12 ms`"""
    took = f" [dim]{step['duration_ms']} ms[/]" if step.get("duration_ms") is not None else ""
    position = f" [dim]#{step['iteration']}[/]" if step.get("iteration") is not None else ""
    attempt = f" [dim]attempt {step['attempt']}[/]" if step.get("attempt", 1) > 1 else ""
    fault = f"\n    [red]{_plain(step['error'])}[/]" if step.get("error") else ""
    return f"  {_MARKS[step['status']]} [bold]{step['step_id']}[/]{position} {step['status']}{took}{attempt}{fault}"


def _plain(error: dict[str, Any]) -> str:
    """Square brackets of a message are no markup."""
    return f"{error['code']}: {error['message']}".replace("[", r"\[")


_EVENT_MARKS = {
    "step_completed": _MARKS["completed"],
    "step_failed": _MARKS["failed"],
    "step_skipped": _MARKS["skipped"],
}


def event_line(event: str, data: dict[str, Any]) -> str:
    """An event as one line of rich's markup. -> `✓ fetch completed 12 ms`"""
    what = event.partition("_")[2]
    if event.startswith("run_"):
        return f"[bold]run[/] {data['status'] if event == 'run_completed' else what}{_took(data)}{_why(data)}"
    position = f" [dim]#{data['iteration']}[/]" if "iteration" in data else ""
    due = f" [dim]until {data['due_at']}[/]" if data.get("due_at") else ""
    return f"  {_EVENT_MARKS.get(event, '·')} [bold]{data['step_id']}[/]{position} {what}{due}{_took(data)}{_why(data)}"


def _took(data: dict[str, Any]) -> str:
    return f" [dim]{data['duration_ms']} ms[/]" if data.get("duration_ms") is not None else ""


def _why(data: dict[str, Any]) -> str:
    return f"\n    [red]{_plain(data['error'])}[/]" if data.get("error") else ""
