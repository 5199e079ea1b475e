"""Latches: where a step waits for steps on other branches of a Parallel, which Step Functions cannot nest.

A latch is two sets that only grow: the steps that have settled, and the tokens of the state that waits. A step adds
itself once its record is settled, and again whenever it is entered again; the await adds its token, and another with
each attempt. Each gets back what the latch then holds, and whoever sees it whole sends all tokens. So every order of
arrival and every repeat ends alike: of the last two that were to come, the later sees what the earlier wrote. Nothing
is armed or reset; a token that is used up, or whose attempt is over, is sent in vain.
"""

from collections.abc import Iterable

from stepweave.domain.plan import Plan
from stepweave.domain.run import StepRun
from stepweave.services.moments import text_of
from stepweave.services.ports import Latch, Tokens
from stepweave.services.signals import RunStopped
from stepweave.services.visits import AwaitEntry, StepPorts, Visit


def open_latches(visit: Visit, settled: StepRun) -> None:
    """One write for each await that waits for a step that has settled, or for one that this condition jumped over."""
    ports, entry = visit.ports, visit.entry
    for await_id, steps in sorted(_awaits(visit.plan, [settled.step_id, *settled.skipped]).items()):
        latch = ports.latches.add(entry.run_id, entry.execution, entry.position, await_id, steps)
        _release(visit.plan, await_id, latch, ports.machines)


def enter_await(entry: AwaitEntry, ports: StepPorts) -> None:
    """The state goes on once its token is sent. `RunStopped` for an execution that is no longer the run's."""
    plan = ports.plans.get(entry.workflow_id, entry.plan)
    if ports.runs.admit(entry.run_id, entry.execution, text_of(ports.clock()), draw=False) is None:
        raise RunStopped
    latch = ports.latches.arm(entry.run_id, entry.execution, entry.position, entry.await_id, entry.token)
    _release(plan, entry.await_id, latch, ports.machines)


def _awaits(plan: Plan, settled: Iterable[str]) -> dict[str, list[str]]:
    """-> `{"<await>": [the steps among them that it waits for]}`"""
    found: dict[str, list[str]] = {}
    for step in settled:
        for await_id in plan["steps"][step]["opens"]:
            found.setdefault(await_id, []).append(step)
    return found


def _release(plan: Plan, await_id: str, latch: Latch, machines: Tokens) -> None:
    if latch.settled >= set(plan["awaits"][await_id]["waits_for"]):
        for token in sorted(latch.tokens):
            machines.send_success(token)
