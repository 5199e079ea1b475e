"""A visit: one entry into a step, with everything it reads before it writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from stepweave.domain.plan import Plan, PlanStep
from stepweave.domain.run import Run, StepRun
from stepweave.services.approval_links import ApprovalLinks
from stepweave.services.moments import text_of
from stepweave.services.ports import (
    Clock,
    Inboxes,
    Latches,
    LoopItems,
    Plans,
    Random,
    Secrets,
    Sleep,
    StepBody,
    StepRuns,
    Stops,
    Tell,
    Tokens,
    Values,
    never_stopped,
)
from stepweave.services.replay import Replay
from stepweave.services.settling import Seen, key_in, keys_to_read


@dataclass(frozen=True)
class Entry:
    """Which step of which execution; all but `step` is the execution's input (`services.dispatch.execution_input`).

    collects: the last state of a loop, entered when its iterations have ended, or of a wait, when its signal has come.
    """

    run_id: str
    execution: int
    workflow_id: str
    version: int
    plan: str
    position: str
    step: str
    collects: bool = False


@dataclass(frozen=True)
class AwaitEntry:
    """Which await of which execution waits, and the token that lets it go on."""

    run_id: str
    execution: int
    workflow_id: str
    plan: str
    position: str
    await_id: str
    token: str


@dataclass(frozen=True)
class SignalEntry:
    """Which wait of which execution is parked, and the token that lets it go on."""

    run_id: str
    execution: int
    workflow_id: str
    plan: str
    position: str
    step: str
    token: str


@dataclass(frozen=True)
class Invocation:
    """One invocation of the function: who owns the work, and when it is cut off."""

    owner: str
    ends_at: datetime


@dataclass(frozen=True)
class StepPorts:
    runs: StepRuns
    plans: Plans
    values: Values
    bodies: Mapping[str, StepBody]
    clock: Clock
    sleep: Sleep
    random: Random
    tell: Tell
    latches: Latches
    machines: Tokens
    loop_items: LoopItems
    secrets: Secrets
    inboxes: Inboxes
    links: ApprovalLinks
    stops: Stops = never_stopped


@dataclass(frozen=True)
class Visit:
    entry: Entry
    invocation: Invocation
    ports: StepPorts
    plan: Plan
    step: PlanStep
    run: Run
    seen: Seen
    stored: StepRun | None
    replay: Replay

    @property
    def key(self) -> str:
        return key_in(self.plan, self.step["id"], self.entry.position)

    @property
    def mine(self) -> StepRun | None:
        """The step's own record, as it was when the visit began, if it counts; `stored` is there also if not."""
        return self.seen.record(self.step["id"])

    def now(self) -> str:
        return text_of(self.ports.clock())


def open_visit(entry: Entry, invocation: Invocation, ports: StepPorts) -> Visit:
    """One read; one more for the plan, when the function is cold, and one for the state of a run that was resumed."""
    plan = ports.plans.get(entry.workflow_id, entry.plan)
    step = plan["steps"][entry.step]
    state = ports.runs.state(entry.run_id) if entry.execution > 1 else None
    replay = Replay(plan, state.reruns if state else (), entry.execution)
    run, records = ports.runs.read(entry.run_id, keys_to_read(plan, step, entry.position))
    kept = {key: record for key, record in records.items() if replay.of(record) == "kept"}
    stored = records.get(key_in(plan, step["id"], entry.position))
    return Visit(entry, invocation, ports, plan, step, run, Seen(plan, kept, entry.position), stored, replay)
