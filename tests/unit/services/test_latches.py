"""Latches: who opens them, and that every interleaving of steps and await ends with the await released, once due."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from fakes.plans import a_plan, a_plan_step
from fakes.samples import NOW, a_run, a_state
from fakes.secrets import FakeSecrets
from fakes.stores import FakeInboxes, FakeLatches, FakePlans, FakeRuns, FakeValues
from fakes.world import FakeClock, FakeMachines, FakeTell
from stepweave.adapters.kept_items import KeptItems
from stepweave.domain.run import SETTLED_STEP, Intent
from stepweave.errors import StepError
from stepweave.services.approval_links import ApprovalLinks
from stepweave.services.latches import enter_await
from stepweave.services.ports import Done, Latch
from stepweave.services.signals import RunStopped, StepFailed
from stepweave.services.step_runs import enter_step
from stepweave.services.visits import AwaitEntry, Entry, Invocation, StepPorts

AWAIT = "z await"
ABC = ("a", "b", "c")


def waiting_for(*steps: str) -> dict[str, Any]:
    return {AWAIT: {"id": AWAIT, "waits_for": list(steps), "loops": []}}


def ports_on(runs: Any, latches: Any, machines: Any, plans: FakePlans, work: Any = None) -> StepPorts:
    clock, values = FakeClock(), FakeValues()
    return StepPorts(
        runs=runs,
        plans=plans,
        values=values,
        bodies=dict.fromkeys(("script", "condition"), work or (lambda _: Done(None))),
        clock=clock,
        sleep=clock.sleep,
        random=lambda: 1.0,
        tell=FakeTell(),
        latches=latches,
        machines=machines,
        loop_items=KeptItems(runs, values),
        secrets=FakeSecrets(),
        inboxes=FakeInboxes(),
        links=ApprovalLinks(lambda: b"key", "https://sw.example"),
    )


class Stage:
    """One run of one plan with an await `z await`."""

    def __init__(self, *steps: Any, waits_for: tuple[str, ...], work: Any = None) -> None:
        self.runs, self.latches, self.machines, plans = FakeRuns(), FakeLatches(), FakeMachines(), FakePlans()
        self.runs.create(a_run(), a_state())
        plans.put("wf_1", "plan1", a_plan(*steps, awaits=waiting_for(*waits_for)))
        self.ports = ports_on(self.runs, self.latches, self.machines, plans, work)
        self._numbers = count(1)

    def enter(self, step: str, execution: int = 1) -> Any:
        owner = f"invocation-{next(self._numbers)}"
        invocation = Invocation(owner, self.ports.clock() + timedelta(seconds=900))
        return enter_step(Entry("run_1", execution, "wf_1", 1, "plan1", "", step), invocation, self.ports)

    def arm(self, name: str = "t1", execution: int = 1) -> None:
        enter_await(AwaitEntry("run_1", execution, "wf_1", "plan1", "", AWAIT, name), self.ports)

    def latch(self, execution: int = 1) -> Latch:
        return self.latches.latches.get(("run_1", execution, "", AWAIT), Latch())


def opening(step_id: str, **more: Any) -> Any:
    return a_plan_step(step_id, opens=[AWAIT], **more)


def test_an_await_goes_on_when_the_last_step_it_waits_for_has_settled():
    stage = Stage(opening("a"), opening("b"), waits_for=("a", "b"))
    stage.arm()
    stage.enter("a")
    assert stage.machines.sent == []
    stage.enter("b")
    assert stage.machines.sent == ["t1"]


def test_an_await_that_comes_last_goes_on_at_once():
    stage = Stage(opening("a"), waits_for=("a",))
    stage.enter("a")
    assert stage.machines.sent == []
    stage.arm()
    assert stage.machines.sent == ["t1"]


def test_a_step_that_was_skipped_opens_its_latches():
    stage = Stage(opening("a", when="false"), waits_for=("a",))
    stage.arm()
    stage.enter("a")
    assert stage.machines.sent == ["t1"]


def test_a_condition_opens_the_latches_of_the_steps_that_it_jumps_over_in_one_write():
    jumps = {"then": [], "else": ["x", "y"], "": ["x", "y"]}
    steps = [a_plan_step("a", type="condition", jumps=jumps), opening("x"), opening("y")]
    stage = Stage(*steps, waits_for=("x", "y"), work=lambda _: Done({}, "else"))
    stage.arm()
    stage.enter("a")
    assert stage.machines.sent == ["t1"]


@pytest.mark.parametrize("on_error", ["continue", "goto"])
def test_a_failure_that_is_handled_opens_its_latches(on_error):
    stage = Stage(opening("a", on_error=on_error), waits_for=("a",), work=failing)
    stage.arm()
    stage.enter("a")
    assert stage.machines.sent == ["t1"]


def test_a_failure_that_ends_the_run_opens_no_latch():
    stage = Stage(opening("a"), waits_for=("a",), work=failing)
    stage.arm()
    for _ in range(2):
        with pytest.raises(StepFailed):
            stage.enter("a")
    assert (stage.machines.sent, stage.latch().settled) == ([], frozenset())


def failing(_context: Any) -> Any:
    raise StepError("broken", "It is broken.")


def test_a_later_execution_has_latches_of_its_own_and_settled_steps_open_them_again():
    stage = Stage(opening("a"), opening("b"), waits_for=("a", "b"))
    stage.enter("a")
    stage.arm("old")
    stage.runs.states["run_1"] = replace(stage.runs.states["run_1"], execution=2)
    for step in ("a", "b"):
        stage.enter(step, execution=2)
    assert stage.machines.sent == []
    stage.arm("new", execution=2)
    assert stage.machines.sent == ["new"]


@pytest.mark.parametrize(
    "stop", [lambda stage: stage.runs.intend("run_1", Intent("cancel", NOW, "key_1"), NOW), lambda stage: None]
)
def test_an_await_of_a_run_that_is_to_stop_or_of_another_execution_is_stopped(stop):
    stage = Stage(opening("a"), waits_for=("a",))
    stop(stage)
    with pytest.raises(RunStopped):
        stage.arm(execution=1 if stage.runs.states["run_1"].intent else 2)
    assert stage.latch() == Latch()


# Every interleaving --------------------------------------------------------------------------------------------------
#
# Actors run the real code; each call of a store or of Step Functions is one step of the world. To let an actor make one
# more step it is run again from its beginning with the answers that it has had so far, makes one new call, and is held
# at the next. Worlds that are alike are looked at once, which leaves no interleaving out.


class Held(BaseException):
    """The actor is about to make its next call."""


class Replayed:
    """A port of which the first calls are answered from a log, one is made, and the next holds the actor."""

    def __init__(self, port: Any, log: list[Any], made: list[int]) -> None:
        self._port, self._log, self._made = port, log, made

    @property
    def unseen(self) -> Any:
        """The port itself, for what is no step of the world."""
        return self._port

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            at, self._made[0] = self._made[0], self._made[0] + 1
            if at < len(self._log):
                return self._log[at]
            if self._made[1] == 0:
                raise Held
            self._made[1] -= 1
            self._log.append(getattr(self._port, name)(*arguments, **named))
            return self._log[at]

        return call


class Unnumbered(FakeRuns):
    """Event numbers have no part in latches, and would make worlds differ by the order in which they were drawn."""

    def admit(self, run_id: str, execution: int, now: str, *, draw: bool) -> Any:
        return super().admit(run_id, execution, now, draw=False)

    def draw_event(self, run_id: str) -> int:
        return 0


@dataclass
class StepFunctions:
    """The state that waits: which token lets it go on, and whether it has gone on."""

    live: str = ""
    released: bool = False

    def send_success(self, token: str) -> None:
        self.released = self.released or (token == self.live)


@dataclass
class Actor:
    """One invocation. `log`: the answers to the calls it has made. `spare`: how often it may yet be cut off; `repeats`:
    how often it may yet be entered again after its end.
    """

    name: str
    spare: int = 0
    repeats: int = 0
    log: list[Any] = field(default_factory=list)
    is_done: bool = False


@dataclass
class World:
    runs: FakeRuns
    latches: FakeLatches
    states: StepFunctions
    actors: dict[str, Actor]
    waits_for: tuple[str, ...]

    def settled(self) -> set[str]:
        return {key for (_, key), record in self.runs.steps.items() if record.status in SETTLED_STEP}

    def key(self) -> Any:
        """Equal for worlds that go on alike."""
        actors = tuple((a.spare, a.repeats, a.is_done, *map(repr, a.log)) for a in self.actors.values())
        steps = frozenset(self.runs.steps.values())
        latches = frozenset(self.latches.latches.items())
        return actors, steps, latches, self.states.live, self.states.released

    def copy(self) -> "World":
        """Records and latches are frozen; what holds them is not."""
        runs = replace(self.runs, states=dict(self.runs.states), steps=dict(self.runs.steps))
        actors = {name: replace(actor, log=list(actor.log)) for name, actor in self.actors.items()}
        latches = type(self.latches)(dict(self.latches.latches))
        return World(runs, latches, replace(self.states), actors, self.waits_for)


class Model:
    """`waits_for` steps and an await; `tokens`: one for each attempt of the await, which may be under way side by side,
    though only the newest of those that have begun counts.
    """

    def __init__(self, waits_for: tuple[str, ...], tokens: int = 1, spare: int = 0, repeats: int = 0) -> None:
        self.plans = FakePlans()
        self.plans.put("wf_1", "plan1", a_plan(*map(opening, waits_for), awaits=waiting_for(*waits_for)))
        runs = Unnumbered()
        runs.create(a_run(), a_state())
        runs.admit("run_1", 1, "2026-11-02T08:30:00.000Z", draw=False)
        names = [*waits_for, *(f"t{number}" for number in range(1, tokens + 1))]
        actors = {name: Actor(name, spare, repeats) for name in names}
        self.start = World(runs, FakeLatches(), StepFunctions(), actors, waits_for)

    def explore(self) -> tuple[int, int]:
        """How many worlds there are, and in how many of them nobody can go on; every one of them is checked."""
        seen, ends, ahead = {self.start.key()}, 0, [self.start]
        while ahead:
            world = ahead.pop()
            following = list(self._following(world))
            if not following:
                ends += 1
                assert world.states.released, "the await was never released"
            for each in following:
                assert not each.states.released or each.settled() >= set(each.waits_for), "it was released too early"
                if (key := each.key()) not in seen:
                    seen.add(key)
                    ahead.append(each)
        return len(seen), ends

    def _following(self, world: World) -> Iterator[World]:
        for name, actor in world.actors.items():
            if not actor.is_done:
                yield self._with_one_more_call(world, name)
            if actor.is_done and actor.repeats:
                yield self._changed(world, name, repeats=actor.repeats - 1, log=[], is_done=False)
            if not actor.is_done and actor.spare and _may_be_cut_off(world, actor):
                yield self._changed(world, name, spare=actor.spare - 1, log=[])

    def _changed(self, world: World, name: str, **changes: Any) -> World:
        after = world.copy()
        after.actors[name] = replace(after.actors[name], **changes)
        return after

    def _with_one_more_call(self, world: World, name: str) -> World:
        after = world.copy()
        actor = after.actors[name]
        if name.startswith("t") and not actor.log:
            after.states.live = max(after.states.live, name)
        # The counters: calls made by this replay, and how many may be new.
        made = [0, 1]
        runs, latches, states = (Replayed(port, actor.log, made) for port in (after.runs, after.latches, after.states))
        try:
            self._act(name, ports_on(runs, latches, states, self.plans))
            actor.is_done = True
        except Held:
            pass
        return after

    def _act(self, name: str, ports: StepPorts) -> None:
        if name.startswith("t"):
            enter_await(AwaitEntry("run_1", 1, "wf_1", "plan1", "", AWAIT, name), ports)
            return
        invocation = Invocation(f"of-{name}", ports.clock() + timedelta(seconds=900))
        enter_step(Entry("run_1", 1, "wf_1", 1, "plan1", "", name), invocation, ports)


def _may_be_cut_off(world: World, actor: Actor) -> bool:
    """A step once it has settled; before, its lease would have to run out. An await as soon as it has begun."""
    return bool(actor.log) and (actor.name in world.settled() or actor.name.startswith("t"))


every_number = pytest.mark.parametrize("steps", [1, 2, 3])


@every_number
def test_every_interleaving_of_steps_and_await_releases_it_once_due(steps):
    worlds, ends = Model(ABC[:steps]).explore()
    assert worlds > 7**steps
    assert ends


@every_number
def test_so_does_every_interleaving_with_steps_and_awaits_cut_off_and_entered_again(steps):
    assert Model(ABC[:steps], spare=1).explore()[1]


@every_number
def test_so_does_every_interleaving_with_steps_and_awaits_entered_twice(steps):
    assert Model(ABC[:steps], repeats=1).explore()[1]


@every_number
def test_so_does_every_interleaving_with_an_await_retried_while_its_first_attempt_still_writes(steps):
    assert Model(ABC[:steps], tokens=2).explore()[1]


def test_a_latch_that_kept_the_last_token_alone_would_lose_the_await():
    """The model tells a right latch from a wrong one."""

    class OneToken(FakeLatches):
        def arm(self, run_id: str, execution: int, position: str, await_id: str, token: str) -> Latch:
            place = (run_id, execution, position, await_id)
            self.latches[place] = replace(self.latches.get(place, Latch()), tokens=frozenset({token}))
            return self.latches[place]

    model = Model(ABC[:1], tokens=2)
    model.start.latches = OneToken()
    with pytest.raises(AssertionError, match="never released"):
        model.explore()
