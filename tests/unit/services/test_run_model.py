"""Dispatch, claim, finish, cancel, pause and resume in every interleaving.

Clients and functions run the real code; each call of a store or of Step Functions is one step of the world. To let an
actor make one more step it is run again from its beginning with the answers that it has had so far, makes one new call,
and is held at the next. Worlds that are alike are looked at once, which leaves no interleaving out. Where nobody can go
on, reconcile looks after what is left, and then nothing may be lost, stuck, leaked or done twice.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from fakes.plans import a_plan, a_plan_step
from fakes.samples import NOW, a_run, a_state, a_version, a_workflow
from fakes.stores import FakePlans, FakeRuns, FakeSlots, FakeValues
from fakes.workflows import FakeWorkflows
from fakes.world import FakeClock, FakeMachines, FakeTell
from stepweave.domain.run import ACTIVE_RUN, parse_execution_name
from stepweave.errors import Conflict
from stepweave.services.control import ControlPorts, cancel_run, pause_run
from stepweave.services.dispatch import admit_run
from stepweave.services.executions import DispatchPorts
from stepweave.services.finish import FinishPorts, finish_run
from stepweave.services.moments import text_of
from stepweave.services.ports import Done, Execution
from stepweave.services.reconcile import reconcile
from stepweave.services.resume import Resume, ResumePorts, resume_run
from stepweave.services.signals import RunStopped, StepBusy, StepFailed
from stepweave.services.step_runs import enter_step
from stepweave.services.visits import Entry, Invocation
from unit.services.test_latches import Held, Replayed, ports_on

ARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:m"
LIMIT = 1
LATE = timedelta(seconds=1000)
"""By that much the clock of who comes late is ahead: every lease is over then."""


class Runs(FakeRuns):
    """Without events, which have a model of their own, and would make worlds differ by their order."""

    def _quiet(self, run_id: str) -> None:
        if run_id in self.states:
            self.states[run_id] = replace(self.states[run_id], events=0, told=(), void=frozenset())

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in ("admit", "finish", "resume"):
            return found

        def quiet(subject: Any, *arguments: Any, **named: Any) -> Any:
            answer = found(subject, *arguments, **named)
            run_id = subject if isinstance(subject, str) else subject.run_id
            self._quiet(run_id)
            return self.states[run_id] if name == "admit" and answer is not None else answer

        return quiet

    def draw_event(self, run_id: str) -> int:
        return 0


@dataclass
class Machines(FakeMachines):
    def end(self, name: str, execution: Execution) -> None:
        if self.executions[ARN, name].status == "RUNNING":
            self.executions[ARN, name] = execution


@dataclass
class Effects:
    """What the bodies of steps did, by execution."""

    done: list[str] = field(default_factory=list)

    def do(self, name: str) -> None:
        self.done.append(name)


@dataclass
class Actor:
    log: list[Any] = field(default_factory=list)
    is_done: bool = False


@dataclass
class World:
    runs: Runs
    slots: FakeSlots
    machines: Machines
    effects: Effects
    actors: dict[str, Actor]

    def copy(self) -> "World":
        """Records are frozen; what holds them is not."""
        held = self.runs
        runs = type(held)(
            runs=dict(held.runs), states=dict(held.states), checks=dict(held.checks), steps=dict(held.steps)
        )
        queues = {group: set(queue) for group, queue in self.slots.queues.items()}
        slots = FakeSlots(self.slots.workflows, dict(self.slots.held), queues)
        machines = type(self.machines)(self.machines.machines, dict(self.machines.executions))
        actors = {name: Actor(list(actor.log), actor.is_done) for name, actor in self.actors.items()}
        return World(runs, slots, machines, Effects(list(self.effects.done)), actors)

    def key(self) -> Any:
        """Equal for worlds that go on alike."""
        slots = sorted((group, sorted(each.held), each.has_queue) for group, each in self.slots.held.items())
        queues = sorted((group, sorted(each)) for group, each in self.slots.queues.items())
        stores = (
            sorted(self.runs.states.items()),
            sorted(self.runs.steps.items()),
            sorted(self.machines.executions.items()),
        )
        actors = sorted((name, actor.is_done, actor.log) for name, actor in self.actors.items())
        return hash(repr((stores, slots, queues, sorted(self.effects.done), sorted(self.runs.checks), actors)))


class Model:
    """`actors`: who acts, as `<verb>:<run or execution>`, with `/late` behind it for one whose clock is ahead. What an
    execution starts and ends brings more of them: its function, and the news of its end."""

    def __init__(self, *actors: str, runs: int = 2, before: Callable[["Model", World], None] | None = None) -> None:
        self.plans, self.workflows, self.values = FakePlans(), FakeWorkflows(), FakeValues()
        self.workflows.create(a_workflow(), a_version())
        self.plans.put("wf_1", "plan1", a_plan(a_plan_step("a")))
        machines = Machines()
        machines.ensure("m", "{}")
        self.start = World(Runs(), FakeSlots(self.workflows.workflows), machines, Effects(), {})
        for number in range(1, runs + 1):
            run_id = f"run_{number}"
            self.start.runs.create(a_run(id=run_id), a_state(run_id=run_id, machine_arn=ARN, limit=LIMIT))
        if before is not None:
            before(self, self.start)
        self.start.actors = {name: Actor() for name in actors}

    def explore(self) -> int:
        """How many worlds there are; every one of them is checked."""
        seen, ahead = {self.start.key()}, [self.start]
        while ahead:
            world = ahead.pop()
            going = [name for name, actor in world.actors.items() if not actor.is_done]
            for name in going:
                after = self._after(world, name)
                self._check_step(world, after, name)
                if (key := after.key()) not in seen:
                    seen.add(key)
                    ahead.append(after)
            if not going:
                self._check_end(world)
        return len(seen)

    def _after(self, world: World, name: str) -> World:
        """The world after one more call of an actor."""
        after = world.copy()
        actor, made = after.actors[name], [0, 1]
        ports = [Replayed(port, actor.log, made) for port in (after.runs, after.slots, after.machines, after.effects)]
        try:
            self.act(name, *ports)
            # What it has seen on its way makes no difference any more.
            actor.is_done, actor.log = True, []
        except Held:
            pass
        except StepBusy:
            actor.log = []
        for execution, found in after.machines.executions.items():
            verb = "work" if found.status == "RUNNING" else "ended"
            after.actors.setdefault(f"{verb}:{execution[1]}", Actor())
        return after

    def act(self, actor: str, runs: Any, slots: Any, machines: Any, effects: Any) -> None:
        verb, _, subject = actor.partition(":")
        subject, _, late = subject.partition("/")
        clock = FakeClock()
        if late:
            clock.now += LATE
        ports = self.ports(runs, slots, machines, clock)
        try:
            match verb:
                case "start":
                    admit_run(a_state(run_id=subject, machine_arn=ARN, limit=LIMIT), ports.dispatch)
                case "cancel":
                    cancel_run(subject, ControlPorts(ports, clock), by="key_1")
                case "pause":
                    pause_run(subject, ControlPorts(ports, clock), by="key_1")
                case "resume" | "resume2":
                    resume_run(subject, Resume(), ResumePorts(ports, None, clock))  # type: ignore[arg-type]
                case "ended" | "again":
                    # How it ended is no call of its own: it is over, so that nothing can come before or after.
                    ended = machines.unseen.execution(ARN, subject)
                    finish_run(subject, ended, text_of(clock()), ports)
                case _:
                    self._work(actor, subject, runs, machines, effects, clock)
        except Conflict:
            return

    def _work(self, actor: str, name: str, runs: Any, machines: Any, effects: Any, clock: FakeClock) -> None:
        def body(_context: Any) -> Done:
            effects.do(name)
            return Done(None)

        parsed = parse_execution_name(name)
        assert parsed is not None
        ports = replace(ports_on(runs, None, machines, self.plans, body), clock=clock)
        invocation = Invocation(f"of-{actor}", clock() + timedelta(seconds=900))
        try:
            enter_step(Entry(parsed[0], parsed[1], "wf_1", 1, "plan1", "", "a"), invocation, ports)
            outcome = Execution("SUCCEEDED")
        except RunStopped:
            outcome = Execution("FAILED", "RunStopped")
        except StepFailed:
            outcome = Execution("FAILED", "StepFailed")
        machines.end(name, outcome)

    def ports(self, runs: Any, slots: Any, machines: Any, clock: FakeClock) -> FinishPorts:
        def remake(*_: Any) -> Any:
            raise LookupError("the machine is there")

        dispatch = DispatchPorts(self.workflows, slots, runs, machines, remake, FakeTell(), clock)
        return FinishPorts(dispatch, self.plans, self.values, lambda _state: 0)

    def _check_step(self, before: World, after: World, name: str) -> None:
        for group, slots in after.slots.held.items():
            assert len(slots.held) <= LIMIT, f"{group} has {slots.held}"
        for run_id, state in before.runs.states.items():
            is_over = state.status not in ACTIVE_RUN
            assert not is_over or after.runs.states[run_id] == state or name.startswith("resume"), (
                f"{name} made {after.runs.states[run_id]} of {state}"
            )

    def _check_end(self, end: World) -> None:
        """Reconcile brings what nobody goes on with to its end, and what it starts is played out."""
        world, clock = end.copy(), FakeClock()
        ports = self.ports(world.runs, world.slots, world.machines, clock)
        for _ in range(4):
            clock.advance(7 * 3600)
            reconcile(ports, clock, clock() + timedelta(minutes=4))
            for (_, name), found in list(world.machines.executions.items()):
                if found.status == "RUNNING":
                    self._work(f"work:{name}", name, world.runs, world.machines, world.effects, clock)
        statuses = {run_id: state.status for run_id, state in world.runs.states.items()}
        assert not set(statuses.values()) & {"queued", "running", "waiting"}, statuses
        assert not any(state.intent for state in world.runs.states.values())
        assert all(not slots.held for slots in world.slots.held.values()), world.slots.held
        assert not any(world.slots.queues.values()), world.slots.queues
        ran = [parse_execution_name(name) for name in world.effects.done]
        assert len({run[0] for run in ran if run}) == len(ran) or self._may_run_twice(world), world.effects.done
        for run_id, status in statuses.items():
            assert status != "completed" or any(name.startswith(f"{run_id}-") for name in world.effects.done)

    def _may_run_twice(self, world: World) -> bool:
        """Only where a function came late, for which a lease was over."""
        return any(name.endswith("/late") for name in world.actors)


def failed_once(model: Model, world: World) -> None:
    """`run_1` was cancelled after its execution had begun; nobody has heard of the execution's end since."""
    world.slots.take("wf_1", "run_1-1", LIMIT)
    world.machines.start(ARN, "run_1-1", {})
    world.runs.admit("run_1", 1, NOW, draw=False)
    world.machines.end("run_1-1", Execution("FAILED", "States.Runtime"))
    clock = FakeClock()
    finish_run(
        "run_1-1",
        Execution("FAILED", "States.Runtime"),
        text_of(clock()),
        model.ports(world.runs, world.slots, world.machines, clock),
    )


def about_to_be_freed_alone(_model: Model, world: World) -> None:
    """`run_1` is done and its slot not yet free."""
    world.slots.take("wf_1", "run_1-1", LIMIT)
    world.machines.start(ARN, "run_1-1", {})
    world.runs.admit("run_1", 1, NOW, draw=False)
    world.effects.do("run_1-1")
    world.machines.end("run_1-1", Execution("SUCCEEDED"))


def about_to_be_freed(model: Model, world: World) -> None:
    """The same, and `run_2` queues."""
    about_to_be_freed_alone(model, world)
    world.slots.enqueue("wf_1", "run_2")


def under_way(_model: Model, world: World) -> None:
    world.slots.take("wf_1", "run_1-1", LIMIT)
    world.machines.start(ARN, "run_1-1", {})


CASES: dict[str, Callable[[], Model]] = {
    "two starts": lambda: Model("start:run_1", "start:run_2"),
    "a start and its cancel": lambda: Model("start:run_1", "cancel:run_1", runs=1),
    "a queued run that is cancelled while its slot is freed": lambda: Model(
        "ended:run_1-1", "cancel:run_2", before=about_to_be_freed
    ),
    "a freed slot meets a new start": lambda: Model("ended:run_1-1", "start:run_2", before=about_to_be_freed_alone),
    "a freed slot meets two new starts": lambda: Model(
        "ended:run_1-1", "start:run_2", "start:run_3", runs=3, before=about_to_be_freed_alone
    ),
    "a freed slot meets a new start while another run queues": lambda: Model(
        "ended:run_1-1", "start:run_3", runs=3, before=about_to_be_freed
    ),
    "a cancel and a pause": lambda: Model("work:run_1-1", "cancel:run_1", "pause:run_1", runs=1, before=under_way),
    "a pause and a resume": lambda: Model("work:run_1-1", "pause:run_1", "resume:run_1", runs=1, before=under_way),
    "two resumes and late news": lambda: Model(
        "resume:run_1", "resume2:run_1", "again:run_1-1", runs=1, before=failed_once
    ),
    "a resume and a cancel": lambda: Model("resume:run_1", "cancel:run_1", runs=1, before=failed_once),
    "a lease that runs out under a living owner": lambda: Model(
        "work:run_1-1", "work:run_1-1/late", runs=1, before=under_way
    ),
    "such a lease and a cancel": lambda: Model(
        "work:run_1-1", "work:run_1-1/late", "cancel:run_1", runs=1, before=under_way
    ),
    "news that comes twice": lambda: Model("ended:run_1-1", "again:run_1-1", before=about_to_be_freed),
}


LONG = (
    "a freed slot meets two new starts",
    "a freed slot meets a new start while another run queues",
    "news that comes twice",
    "two resumes and late news",
)
"""Looked at with `HYPOTHESIS_PROFILE=explore` only; the others take two seconds at most."""


@pytest.mark.parametrize(
    "case", CASES if os.environ.get("HYPOTHESIS_PROFILE") == "explore" else sorted(set(CASES) - set(LONG))
)
def test_nothing_is_lost_stuck_leaked_or_done_twice(case):
    assert CASES[case]().explore() > 10


def test_a_dispatcher_that_did_not_look_whether_an_execution_had_ended_would_leak_its_slot():
    """The model tells right from wrong."""

    class Forgetful(Machines):
        def start(self, arn: str, name: str, input: Any) -> Any:
            return super().start(arn, name, input) and "started"

    model = CASES["two resumes and late news"]()
    model.start.machines = Forgetful(**vars(model.start.machines))
    with pytest.raises(AssertionError, match="run_1-2"):
        model.explore()
