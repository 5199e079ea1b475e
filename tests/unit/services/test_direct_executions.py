"""Agents and tasks that are executed by themselves: started, done and ended; every port in memory."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fakes.direct import FakeDirectExecutions
from fakes.resources import FakeResources
from fakes.secrets import FakeSecrets
from fakes.stores import FakeIdempotencyKeys, FakeValues
from fakes.world import FakeClock, FakeMachines, FakeTell
from stepweave.domain.api_key import Caller
from stepweave.domain.direct_execution import LONGEST_SECONDS
from stepweave.domain.reference import Ref
from stepweave.domain.resource import Resource
from stepweave.domain.secret import Secret
from stepweave.errors import Conflict, Invalid, NotFound, StepError, Unavailable
from stepweave.ids import new_id_factory
from stepweave.services.direct_ends import check_direct_executions, settle_ended
from stepweave.services.direct_executions import (
    DirectPorts,
    DirectStartPorts,
    StartDirect,
    direct_state,
    get_direct,
    start_direct,
)
from stepweave.services.direct_targets import check_agent
from stepweave.services.direct_work import DirectWorkPorts, Prepared, enter_direct
from stepweave.services.idempotency import Once
from stepweave.services.moments import text_of
from stepweave.services.ports import Done, Execution, Wait
from stepweave.services.signals import StepBusy
from stepweave.services.visits import Invocation

ME = Caller("key_1", "write")
KEY = "hunter2-hunter2"


class Stage:
    """`body`: what the agent does; `begun`: how often it began to."""

    def __init__(self) -> None:
        self.executions, self.values, self.machines = FakeDirectExecutions(), FakeValues(), FakeMachines()
        self.clock, self.tell, self.keys, self.resources = (
            FakeClock(),
            FakeTell(),
            FakeIdempotencyKeys(),
            FakeResources(),
        )
        self.put("agent", "writer", {"actions": [{"id": "greet"}]})
        self.body: Any = lambda _context: Done("Hello.")
        self.begun = 0
        numbers = iter(range(10_000))
        new_id = new_id_factory(lambda: int(self.clock().timestamp() * 1000), lambda _bits: next(numbers))
        arn = self.machines.ensure("direct", "{}")
        self.going = DirectPorts(self.executions, self.machines, arn, self.clock, self.tell)
        check = lambda wanted: check_agent(wanted, self.resources)  # noqa: E731  # as bound at work
        self.ports = DirectStartPorts(self.going, self.values, self.keys, check, new_id)
        self.work = DirectWorkPorts(
            self.executions,
            self.values,
            FakeSecrets({"key": Secret(KEY), "bound": Secret(KEY, workflows=("wf_1",))}),
            self._prepare,
            self.clock,
            self.clock.sleep,
            lambda: 1.0,
            self.tell,
        )

    def put(self, kind: Any, name: str, content: Any) -> None:
        self.resources.stored[Ref(kind, name)] = Resource(kind, name, content, "e", "t", "t")

    def _prepare(self, request: Any, asked: Any) -> Prepared:
        def body(context: Any) -> Any:
            self.begun += 1
            return self.body(context)

        return Prepared("agent_task", body, dict(asked))

    def start(self, of: str = "writer", **asked: Any) -> Any:
        return start_direct(ME, StartDirect("agent", of, "default", **{"prompt": "Hi", **asked}), self.ports)

    def enter(self, exec_id: str, owner: str = "one", seconds: float = 900) -> None:
        enter_direct(exec_id, Invocation(owner, self.clock() + timedelta(seconds=seconds)), self.work)

    def done(self, **asked: Any) -> Any:
        exec_id = self.start(**asked).exec_id
        self.enter(exec_id)
        return self.state(exec_id)

    def state(self, exec_id: str) -> Any:
        return self.executions.states[exec_id]

    def heal(self) -> int:
        return check_direct_executions(self.going, self.clock() + timedelta(minutes=4))


@pytest.fixture
def stage() -> Stage:
    return Stage()


def failing(*errors: Any) -> Any:
    left = list(errors)

    def body(_context: Any) -> Done:
        if left:
            raise left.pop(0)
        return Done("At last.")

    return body


# Start ----------------------------------------------------------------------------------------------------------------


def test_a_start_stores_what_was_asked_and_starts_our_machine_under_the_execution_s_name(stage):
    exec_id = stage.start(given={"n": 1}, correlation_id="abc").exec_id
    shown = get_direct("agent", exec_id, executions=stage.executions, values=stage.values)
    assert (shown.state.status, shown.asked, shown.output) == ("pending", {"prompt": "Hi", "with": {"n": 1}}, None)
    assert (shown.request.of, shown.request.correlation_id, shown.request.created_by) == ("writer", "abc", "key_1")
    assert shown.request.seconds == LONGEST_SECONDS
    assert stage.machines.inputs == {exec_id: {"exec_id": exec_id}}


@pytest.mark.parametrize(
    ("asked", "error", "code"),
    [
        ({"of": "nobody"}, NotFound, "agent_not_found"),
        ({"prompt": None}, Invalid, "invalid_input"),
        ({"prompt": ""}, Invalid, "invalid_input"),
        ({"action": "sing"}, Invalid, "invalid_input"),
        ({"seconds": 0}, Invalid, "invalid_input"),
        ({"seconds": LONGEST_SECONDS + 1}, Invalid, "invalid_input"),
    ],
)
def test_what_can_never_be_done_is_refused_and_leaves_nothing(stage, asked, error, code):
    with pytest.raises(error) as found:
        stage.start(**asked)
    assert found.value.code == code
    assert not stage.executions.requests
    assert not stage.machines.executions


def test_the_same_request_sent_again_is_the_same_execution_also_when_it_would_now_be_refused(stage):
    first = stage.start(once=Once("direct", "k"))
    again = stage.start(once=Once("direct", "k"))
    assert (first.replayed, again.replayed, again.exec_id) == (False, True, first.exec_id)
    stage.resources.stored.clear()
    assert stage.start(once=Once("direct", "k")).exec_id == first.exec_id
    assert len(stage.machines.executions) == 1


def test_a_key_that_stands_for_another_request_is_refused_and_one_of_another_agent_is_another(stage):
    stage.put("agent", "poet", {})
    first = stage.start(once=Once("direct", "k"))
    with pytest.raises(Conflict):
        stage.start(prompt="Other", once=Once("direct", "k"))
    assert stage.start(of="poet", once=Once("direct", "k")).exec_id != first.exec_id


def test_a_start_that_was_cut_off_before_it_was_stored_is_finished_by_the_next(stage):
    once, ports = Once("direct", "k"), stage.ports

    class Down(FakeDirectExecutions):
        def create(self, request, state):
            raise Unavailable("DynamoDB")

    stage.ports = replace(ports, going=replace(ports.going, executions=Down()))
    with pytest.raises(Unavailable):
        stage.start(once=once)
    stage.ports = ports
    started = stage.start(once=once)
    assert stage.machines.started() == [started.exec_id]


def test_a_start_that_step_functions_does_not_take_is_accepted_and_made_by_reconcile(stage):
    arn = next(iter(stage.machines.machines))
    asl = stage.machines.machines.pop(arn)
    exec_id = stage.start().exec_id
    assert "direct_start_delayed" in stage.tell.outcomes()
    stage.machines.machines[arn] = asl
    assert stage.heal() == 0
    stage.clock.advance(61)
    assert stage.heal() == 1
    assert stage.machines.started() == [exec_id]


# Work -----------------------------------------------------------------------------------------------------------------


def test_the_work_is_done_once_and_its_output_is_kept(stage):
    exec_id = stage.start().exec_id
    stage.enter(exec_id)
    stage.enter(exec_id, "two")
    shown = get_direct("agent", exec_id, executions=stage.executions, values=stage.values)
    assert (shown.output, shown.state.status, stage.begun) == ("Hello.", "completed", 1)
    assert [(note.number, note.facts["status"]) for note in shown.state.story] == [
        (1, "pending"),
        (2, "running"),
        (3, "completed"),
    ]
    assert stage.tell.outcomes()[-1] == "direct_execution_finished"


def test_it_has_what_was_given_and_belongs_to_no_workflow(stage):
    seen = []

    def body(context):
        seen.append(context)
        return Done([context.evaluate("input.n"), context.evaluate("run.id"), context.evaluate("$count(run.labels)")])

    stage.body = body
    state = stage.done(given={"n": 7})
    assert stage.values.load(state.output) == [7, state.exec_id, 1]
    [context] = seen
    assert (context.run_id, context.workflow_id, context.config["prompt"]) == (state.exec_id, "", "Hi")
    assert set(context.correlation) == {"traceparent", "X-Correlation-ID"}
    assert context.origin.trace.id in context.correlation["traceparent"]
    assert context.timeout_seconds == 840


def test_turns_and_tools_are_told_and_tokens_are_counted(stage):
    def body(context):
        context.spend("m-1", 10, 3)
        context.log("The model called tools", {"turn": 1, "model": "m-1"})
        context.log("A tool answered", {"turn": 1, "tool": "look"})
        context.log("Something", {})
        context.spend("m-1", 10, 3)
        return Done("x")

    stage.body = body
    state = stage.done()
    assert [note.kind for note in state.story] == ["status", "status", "model", "tool", "log", "status"]
    assert [note.number for note in state.story] == [1, 2, 3, 4, 5, 6]
    assert state.usage == {"m-1": {"requests": 2, "input_tokens": 20, "output_tokens": 6}}


def test_a_secret_is_nowhere_and_one_that_is_bound_to_workflows_is_not_had(stage):
    def body(context):
        context.log("With", {"text": context.fill("{{ secrets.key }}", {}).value})
        return Done(context.fill("{{ secrets.key }}", {}).value)

    stage.body = body
    state = stage.done()
    assert KEY not in repr(state)
    stage.body = lambda context: Done(context.fill("{{ secrets.bound }}", {}).value)
    assert stage.done().error.code == "secret_not_allowed"


def test_a_failure_that_passes_is_tried_again_and_any_other_ends_it(stage):
    stage.body = failing(StepError("throttled", "no room", kind="throttled"))
    assert stage.done().status == "completed"
    assert stage.begun == 2
    stage.body = failing(StepError("model_refused", "no"))
    state = stage.done()
    assert (state.status, state.error.code) == ("failed", "model_refused")


def test_it_is_not_tried_for_ever(stage):
    stage.body = failing(*[StepError("throttled", "no room", kind="throttled") for _ in range(9)])
    assert stage.done().error.code == "throttled"
    assert stage.begun == 3


def test_one_that_is_at_work_when_its_time_is_over_is_timed_out(stage):
    def body(context):
        stage.clock.advance(context.timeout_seconds)
        raise StepError("timeout", "still at work", kind="timeout")

    stage.body = body
    state = stage.done(seconds=5)
    assert (state.status, state.error.code, stage.begun) == ("timed_out", "timeout", 1)
    assert (state.completed_at, stage.clock.now.second) == (text_of(stage.clock()), 5)


def test_a_pause_that_would_outlast_the_time_is_not_made(stage):
    stage.body = failing(StepError("throttled", "later", kind="throttled", retry_after=30))
    assert stage.done(seconds=10).status == "failed"
    assert stage.clock.slept == []


def test_a_fault_of_ours_ends_it_and_is_told_without_what_may_be_secret(stage):
    def body(context):
        context.conceal(KEY)
        raise ValueError(KEY)

    stage.body = body
    assert stage.done().error.code == "internal"
    told = [facts["error"] for outcome, facts in stage.tell.told if outcome == "step_crashed"]
    assert KEY not in str(told)


def test_what_waits_is_no_work_of_its_own(stage):
    stage.body = lambda _context: Wait(stage.clock())
    assert stage.done().error.code == "not_done"


def test_an_output_that_cannot_be_stored_fails_it(stage):
    stage.body = lambda _context: Done(float("nan"))
    store = stage.values.store

    def refuse(key, value):
        if value != value:  # NaN
            raise StepError("output_not_json", "no JSON")
        return store(key, value)

    stage.values.store = refuse
    assert stage.done().error.code == "output_not_json"


def test_who_is_at_work_keeps_others_out_until_the_lease_has_ended(stage):
    exec_id = stage.start(seconds=60).exec_id

    def body(_context):
        with pytest.raises(StepBusy):
            stage.enter(exec_id, "two")
        return Done("x")

    stage.body = body
    stage.enter(exec_id)
    assert stage.state(exec_id).owner == "one"


class Cut(BaseException):
    """The end of a process."""


def cut(_context: Any) -> Any:
    raise Cut


def test_one_that_was_cut_off_is_done_again_when_its_lease_has_ended_and_never_by_two(stage):
    exec_id = stage.start(seconds=60).exec_id
    stage.body = cut
    with pytest.raises(Cut):
        stage.enter(exec_id)
    with pytest.raises(StepBusy):
        stage.enter(exec_id, "two")
    stage.clock.advance(91)
    stage.body = lambda _context: Done("x")
    stage.enter(exec_id, "two")
    state = stage.state(exec_id)
    assert (state.status, state.attempt, stage.begun) == ("completed", 2, 2)
    assert [note.kind for note in state.story] == ["status", "status", "log", "status"]


def test_one_that_is_cut_off_again_and_again_fails(stage):
    exec_id = stage.start().exec_id
    stage.body = cut
    for _ in range(3):
        with pytest.raises(Cut):
            stage.enter(exec_id)
        stage.clock.advance(901)
    stage.enter(exec_id)
    assert (stage.state(exec_id).status, stage.state(exec_id).error.code) == ("failed", "cut_off")


def test_who_finds_no_store_lets_the_next_go_on_at_once(stage):
    exec_id = stage.start().exec_id
    stage.body = failing(Unavailable("DynamoDB"))
    with pytest.raises(Unavailable):
        stage.enter(exec_id)
    stage.enter(exec_id, "two")
    assert stage.state(exec_id).status == "completed"


def test_who_has_lost_it_has_no_say_any_more(stage):
    exec_id = stage.start().exec_id

    def body(context):
        stage.executions.states[exec_id] = replace(stage.state(exec_id), writes=9, owner="two")
        context.log("Late", {})

    stage.body = body
    with pytest.raises(StepBusy):
        stage.enter(exec_id)
    assert stage.state(exec_id).owner == "two"


def test_one_that_is_gone_is_left_alone(stage):
    stage.enter("exec_gone")
    assert stage.begun == 0


# Ends -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ended", "status", "code"),
    [
        ("FAILED", "failed", "execution_failed"),
        ("TIMED_OUT", "timed_out", "timeout"),
        ("ABORTED", "failed", "execution_stopped"),
    ],
)
def test_the_end_of_its_machine_s_execution_ends_one_that_has_not_ended_itself_once(stage, ended, status, code):
    exec_id = stage.start().exec_id
    execution = Execution(ended, "States.Timeout")
    assert settle_ended(exec_id, execution, text_of(stage.clock()), stage.going)
    assert not settle_ended(exec_id, execution, text_of(stage.clock()), stage.going)
    state = stage.state(exec_id)
    assert (state.status, state.error.code, state.error.details) == (status, code, {"error": "States.Timeout"})
    stage.enter(exec_id)
    assert stage.begun == 0


def test_the_end_of_one_that_is_gone_or_over_changes_nothing(stage):
    state = stage.done()
    assert not settle_ended(state.exec_id, Execution("FAILED"), text_of(stage.clock()), stage.going)
    assert not settle_ended("exec_gone", Execution("FAILED"), text_of(stage.clock()), stage.going)
    assert stage.state(state.exec_id) == state


def test_an_end_that_is_always_overtaken_is_left_to_the_next(stage):
    exec_id = stage.start().exec_id
    stage.executions.put = lambda *_, **__: False
    with pytest.raises(Unavailable):
        settle_ended(exec_id, Execution("FAILED"), text_of(stage.clock()), stage.going)


def test_reconcile_ends_what_ended_unnoticed_and_lets_go_on_what_goes_on(stage):
    lost, fine = stage.start().exec_id, stage.start().exec_id
    arn = stage.going.machine_arn
    stage.machines.executions[arn, lost] = Execution("FAILED", "Lambda.Unknown", None, text_of(stage.clock()))
    stage.clock.advance(61)
    assert stage.heal() == 1
    assert (stage.state(lost).status, stage.state(fine).status) == ("failed", "pending")
    assert stage.heal() == 0


def test_reconcile_stops_before_its_invocation_ends(stage):
    stage.start()
    stage.clock.advance(61)
    assert check_direct_executions(stage.going, stage.clock() + timedelta(seconds=10)) == 0
    assert list(stage.executions.checks.values()) <= [text_of(stage.clock())]


def test_half_of_a_minute_is_enough_to_look(stage):
    """What reconcile gives it on a laptop, where a function has 60 seconds."""
    stage.start()
    stage.clock.advance(61)
    stage.machines.executions.clear()
    assert check_direct_executions(stage.going, stage.clock() + timedelta(seconds=30)) == 1


def test_one_that_cannot_be_looked_at_keeps_no_other_waiting_and_fails_in_the_end(stage):
    stuck = stage.start().exec_id
    look = stage.machines.execution

    def refuse(arn, name):
        if name == stuck:
            raise RuntimeError("denied")
        return look(arn, name)

    stage.machines.execution = refuse
    for _ in range(8):
        stage.clock.advance(400)
        stage.heal()
    assert stage.state(stuck).status == "failed"
    assert "direct_not_repaired" in stage.tell.outcomes()


def test_step_functions_that_does_not_answer_is_waited_for(stage):
    exec_id = stage.start().exec_id

    def refuse(_arn, _name):
        raise Unavailable("Step Functions")

    stage.machines.execution = refuse
    for _ in range(12):
        stage.clock.advance(400)
        stage.heal()
    assert stage.state(exec_id).status == "pending"


# Reading --------------------------------------------------------------------------------------------------------------


def test_one_of_another_kind_or_none_is_not_found(stage):
    exec_id = stage.start().exec_id
    assert direct_state("agent", exec_id, executions=stage.executions).status == "pending"
    for kind, name in (("task", exec_id), ("agent", "exec_none")):
        with pytest.raises(NotFound):
            direct_state(kind, name, executions=stage.executions)
        with pytest.raises(NotFound):
            get_direct(kind, name, executions=stage.executions, values=stage.values)


def test_a_long_story_keeps_its_numbers_and_its_newest_notes(stage):
    def body(context):
        for number in range(150):
            context.log("On", {"n": number})
        return Done("x")

    stage.body = body
    story = stage.done().story
    assert (len(story), story[0].number, story[-1].number) == (100, 54, 153)
