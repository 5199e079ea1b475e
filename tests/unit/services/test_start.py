"""Starting runs: input, keys, delays and what becomes of one run more than the limit allows; every port in memory."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fakes.stores import FakeIdempotencyKeys, FakePlans, FakeRuns, FakeSlots, FakeValues
from fakes.workflows import FakeWorkflows
from fakes.world import FakeClock, FakeMachines, FakeTell
from stepweave.compiler.emit import Targets
from stepweave.domain.api_key import Caller
from stepweave.domain.slots import DEPLOYMENT, group_of, keyed_group
from stepweave.errors import Conflict, Invalid, NotFound, TooManyRequests, Unavailable
from stepweave.ids import new_id_factory
from stepweave.services.admission import AdmissionPorts, admit_due
from stepweave.services.control import ControlPorts, cancel_run
from stepweave.services.deletion import delete_run
from stepweave.services.dispatch import dispatch_workflow
from stepweave.services.executions import DispatchPorts
from stepweave.services.finish import FinishPorts, finish_run
from stepweave.services.idempotency import Once
from stepweave.services.machines import MachinePorts, Release, remaker
from stepweave.services.moments import text_of
from stepweave.services.ports import Execution
from stepweave.services.reconcile import reconcile
from stepweave.services.slots import QueuePlace, queue_place
from stepweave.services.start import StartPorts, StartRun, start_run
from stepweave.services.workflow_creation import CreatePorts, create_workflow
from stepweave.services.workflow_writes import WritePorts
from stepweave.services.workflows import CreateWorkflow

ME = Caller("key_1", "write")
STEP = {"id": "fetch", "type": "script", "config": {"language": "shell", "source": "true"}}
SCHEMA = {
    "type": "object",
    "properties": {
        "n": {"type": "integer", "maximum": 5, "default": 3},
        "to": {"type": "object", "properties": {"name": {"type": "string", "default": "you"}}},
    },
    "required": ["to"],
    "additionalProperties": False,
}
KEY = Once("run", "k")


class Stage:
    """A deployment; `room`: runs at once in all, 0 for any number."""

    def __init__(self, room=0):
        self.workflows, self.runs, self.machines = FakeWorkflows(), FakeRuns(), FakeMachines()
        self.plans, self.values, self.clock, self.tell = FakePlans(), FakeValues(), FakeClock(), FakeTell()
        self.slots, self.keys = FakeSlots(self.workflows.workflows), FakeIdempotencyKeys()
        numbers = iter(range(10_000))
        self.new_id = new_id_factory(lambda: int(self.clock().timestamp() * 1000), lambda _bits: next(numbers))
        release = Release("stepweave", Targets("arn:step"), "arn:role", "")
        machine = MachinePorts(self.workflows, self.plans, self.machines, release, self.clock)
        self.dispatch = DispatchPorts(
            self.workflows,
            self.slots,
            self.runs,
            self.machines,
            remaker(machine),
            self.tell,
            self.clock,
            deployment_limit=room,
            delayed_start_arn=self.machines.ensure("delayed-start", "{}"),
        )
        self.finish_ports = FinishPorts(self.dispatch, self.plans, self.values, lambda _state: 0)
        control = ControlPorts(self.finish_ports, self.clock)
        cancel = lambda run_id, why: cancel_run(run_id, control, by="test", why=why)  # noqa: E731  # as bound at work
        self.admission = AdmissionPorts(self.dispatch, cancel)
        self.ports = StartPorts(self.admission, machine, self.values, self.keys, self.new_id, self.clock, 2)

    def create(self, **config):
        definition = {"name": "Fetch", "steps": [STEP], "config": config}
        asked = CreateWorkflow(definition)
        write = WritePorts(self.workflows, self.clock, self.clock.sleep, lambda: 0.5)
        return create_workflow(ME, asked, CreatePorts(write, FakeIdempotencyKeys(), self.new_id)).workflow.id

    def start(self, workflow, **request):
        return start_run(ME, workflow, StartRun(**request), self.ports)

    def started(self, workflow, number, **request):
        return [self.start(workflow, **request).state.run_id for _ in range(number)]

    def end(self, run_id, execution=1, status="SUCCEEDED"):
        finish_run(f"{run_id}-{execution}", Execution(status), text_of(self.clock()), self.finish_ports)

    def state(self, run_id):
        return self.runs.state(run_id)

    def under_way(self):
        """Ids of runs that have an execution, in the order in which they got it."""
        return [name.rpartition("-")[0] for name in self.machines.started() if name.startswith("run_")]

    def set_status(self, workflow, status):
        self.workflows.workflows[workflow] = replace(self.workflows.workflows[workflow], status=status)

    def later(self, **span):
        self.clock.advance(timedelta(**span).total_seconds())

    def heal(self):
        return reconcile(self.finish_ports, self.clock, self.clock() + timedelta(minutes=4))


@pytest.fixture
def stage():
    return Stage()


def given(stage, run_id):
    return stage.values.load(stage.runs.runs[run_id].input_data)


# Input ----------------------------------------------------------------------------------------------------------------


def test_the_input_is_stored_with_the_defaults_of_its_schema_also_inside(stage):
    workflow = stage.create(input=SCHEMA)
    assert given(stage, stage.start(workflow, input_data={"to": {}}).state.run_id) == {"n": 3, "to": {"name": "you"}}


def test_an_input_that_does_not_fit_is_refused_at_every_place_and_nothing_is_stored(stage):
    workflow = stage.create(input=SCHEMA)
    with pytest.raises(Invalid) as error:
        stage.start(workflow, input_data={"n": 9, "x": 1})
    assert [fault.path for fault in error.value.faults] == ["/input_data", "/input_data", "/input_data/n"]
    assert not stage.runs.runs


def test_without_a_schema_any_input_is_taken_as_it_is(stage):
    assert given(stage, stage.start(stage.create(), input_data={"any": [1]}).state.run_id) == {"any": [1]}


# Idempotency ----------------------------------------------------------------------------------------------------------


def test_the_same_request_again_is_the_same_run(stage):
    workflow = stage.create()
    first, again = (stage.start(workflow, input_data={"a": 1}, once=KEY) for _ in range(2))
    assert (first.replayed, again.replayed, again.state.run_id) == (False, True, first.state.run_id)
    assert len(stage.runs.runs) == len(stage.under_way()) == 1


def test_a_new_run_tells_when_it_was_made(stage):
    first = stage.start(stage.create())
    assert first.created_at == stage.runs.runs[first.state.run_id].created_at


def test_another_request_with_the_key_is_a_conflict_that_names_the_run(stage):
    workflow = stage.create()
    run_id = stage.start(workflow, once=KEY).state.run_id
    with pytest.raises(Conflict, match=run_id):
        stage.start(workflow, input_data={"a": 1}, once=KEY)


def test_the_same_key_for_another_workflow_is_another_key(stage):
    runs = [stage.start(stage.create(), once=KEY).state.run_id for _ in range(2)]
    assert len(set(runs)) == 2


def test_a_start_that_was_cut_off_before_the_run_was_stored_is_made_by_the_next(stage):
    workflow, create = stage.create(), stage.runs.create

    def cut_off(*_):
        raise Unavailable("DynamoDB")

    stage.runs.create = cut_off
    with pytest.raises(Unavailable):
        stage.start(workflow, once=KEY)
    stage.runs.create = create
    again = stage.start(workflow, once=KEY)
    assert stage.under_way() == [again.state.run_id]
    assert [claim.resource_id for claim, _ in stage.keys.claims.values()] == [again.state.run_id]


def test_a_start_that_was_cut_off_before_its_slot_is_gone_on_with(stage):
    workflow, take = stage.create(), stage.slots.take

    def cut_off(*_, **__):
        raise Unavailable("DynamoDB")

    stage.slots.take = cut_off
    run_id = stage.start(workflow, once=KEY).state.run_id
    assert stage.under_way() == []
    stage.slots.take = take
    assert stage.start(workflow, once=KEY).replayed
    assert stage.under_way() == [run_id]


def test_two_starts_with_one_key_at_once_make_one_run(stage):
    workflow, create = stage.create(), stage.runs.create

    def overtaken(run, state):
        stage.runs.create = create
        assert not stage.start(workflow, once=KEY).replayed
        return create(run, state)

    stage.runs.create = overtaken
    assert stage.start(workflow, once=KEY).replayed
    assert len(stage.under_way()) == len(stage.runs.runs) == 1
    assert len(stage.slots.get(workflow).held) == 1


def test_what_was_accepted_is_answered_also_when_it_would_be_refused_now(stage):
    workflow = stage.create()
    run_id = stage.start(workflow, once=KEY).state.run_id
    stage.set_status(workflow, "paused")
    assert stage.start(workflow, once=KEY).state.run_id == run_id
    with pytest.raises(Conflict) as error:
        stage.start(workflow, once=Once("run", "other"))
    assert error.value.code == "workflow_not_runnable"


@pytest.mark.parametrize("is_erased", [False, True])
@pytest.mark.parametrize("on_limit", ["queue", "reject"])
def test_a_key_whose_run_was_deleted_starts_no_other(stage, is_erased, on_limit):
    workflow = stage.create(concurrency={"on_limit": on_limit})
    run_id = stage.start(workflow, once=KEY).state.run_id
    stage.end(run_id)
    delete = delete_run if is_erased else lambda run_id, **ports: ports["runs"].begin_delete(run_id, "")
    delete(run_id, runs=stage.runs, values=stage.values, clock=stage.clock)
    again = stage.start(workflow, once=KEY)
    assert (again.replayed, again.state.run_id) == (True, run_id)
    assert stage.machines.started() == [f"{run_id}-1"]
    assert not stage.slots.get(workflow).held
    assert not stage.slots.queues.get(workflow)


def test_a_run_that_is_deleted_between_a_look_and_a_write_is_not_made_again(stage):
    workflow, create = stage.create(), stage.runs.create

    def overtaken(run, state):
        stage.runs.create = create
        stage.end(stage.start(workflow, once=KEY).state.run_id)
        delete_run(run.id, runs=stage.runs, values=stage.values, clock=stage.clock)
        return create(run, state)

    stage.runs.create = overtaken
    assert stage.start(workflow, once=KEY).replayed
    assert (len(stage.machines.started()), stage.runs.runs) == (1, {})


def test_a_replay_of_a_finished_run_starts_nothing_and_takes_no_slot(stage):
    workflow = stage.create()
    run_id = stage.start(workflow, once=KEY).state.run_id
    stage.end(run_id)
    assert stage.start(workflow, once=KEY).state.status == "completed"
    assert stage.slots.get(workflow).held == frozenset()


# Delays ---------------------------------------------------------------------------------------------------------------


def test_a_delayed_run_exists_at_once_holds_no_slot_and_starts_at_its_time(stage):
    workflow = stage.create()
    state = stage.start(workflow, delay=3600).state
    assert (state.status, state.run_at) == ("queued", text_of(stage.clock() + timedelta(hours=1)))
    assert stage.machines.inputs[f"delayed-{state.run_id}"] == {"run_id": state.run_id, "run_at": state.run_at}
    assert (stage.slots.get(workflow).held, queue_place(state, stage.slots)) == (frozenset(), None)
    stage.later(hours=1)
    for _ in range(2):
        admit_due(state.run_id, stage.admission)
    assert stage.under_way() == [state.run_id]


def test_who_starts_a_run_again_takes_it_out_of_the_queue_that_it_was_put_into_unmarked(stage):
    workflow = stage.create()
    run_id = stage.start(workflow, delay=3600).state.run_id
    stage.slots.queues[workflow] = {run_id}  # an admission was cut off between the entry and the mark
    stage.later(hours=1)
    admit_due(run_id, stage.admission)
    assert stage.under_way() == [run_id]
    assert stage.slots.queued(workflow, 9) == []


@pytest.mark.parametrize("when", [{"delay": 0}, {"run_at": datetime(2020, 1, 1, tzinfo=UTC)}])
def test_a_time_that_has_passed_is_now(stage, when):
    state = stage.start(stage.create(), **when).state
    assert (state.run_at, stage.under_way()) == (None, [state.run_id])


def test_nothing_is_delayed_for_more_than_a_year(stage):
    with pytest.raises(Invalid) as error:
        stage.start(stage.create(), run_at=stage.clock() + timedelta(days=365, seconds=1))
    assert [fault.path for fault in error.value.faults] == ["/run_at"]


def test_a_delayed_run_that_was_cancelled_does_not_start(stage):
    state = stage.start(stage.create(), delay=60).state
    stage.admission.cancel(state.run_id, None)
    assert stage.state(state.run_id).status == "cancelled"
    admit_due(state.run_id, stage.admission)
    admit_due("run_unknown", stage.admission)
    assert stage.under_way() == []


def test_reconcile_starts_a_delayed_run_whose_wait_was_lost_but_not_before_its_time(stage):
    run_id = stage.start(stage.create(), delay=3600).state.run_id
    stage.machines.executions.clear()
    stage.runs.checks[run_id] = "1970-01-01T00:00:00.000Z"  # as a restart on a laptop makes it
    stage.later(minutes=5)
    assert len(stage.heal().seen) == 1
    assert stage.machines.started() == [f"delayed-{run_id}"]
    stage.later(minutes=30)
    assert len(stage.heal().seen) == 0
    stage.later(minutes=30)
    stage.heal()
    assert stage.under_way() == [run_id]


def test_a_delayed_run_is_accepted_also_when_nobody_can_wait_for_it_now(stage):
    stage.machines.machines.pop(stage.dispatch.delayed_start_arn)
    run_id = stage.start(stage.create(), delay=60).state.run_id
    assert stage.tell.outcomes() == ["run_start_delayed"]
    stage.later(minutes=3)
    stage.heal()
    assert stage.under_way() == [run_id]


# Groups and policies --------------------------------------------------------------------------------------------------


def test_a_limit_with_a_key_counts_for_each_of_its_values(stage):
    workflow = stage.create(concurrency={"limit": 1, "key": "input.customer & labels.team & trigger"})
    sent = [{"customer": name} for name in ("a", "a", "b")]
    runs = [stage.start(workflow, input_data=one, labels={"team": "x"}).state for one in sent]
    assert stage.under_way() == [runs[0].run_id, runs[2].run_id]
    assert group_of(runs[0]) == group_of(runs[1]) == keyed_group(workflow, "axmanual")
    stage.end(runs[2].run_id)
    assert len(stage.under_way()) == 2
    stage.end(runs[0].run_id)
    assert stage.under_way()[2:] == [runs[1].run_id]


def test_a_key_that_cannot_be_evaluated_is_the_inputs_fault(stage):
    workflow = stage.create(concurrency={"key": "input.customer"})
    with pytest.raises(Invalid, match="1 problem") as error:
        stage.start(workflow)
    assert "config.concurrency.key" in error.value.faults[0].message
    assert not stage.runs.runs


def test_reject_starts_nothing_over_the_limit_and_stores_no_run(stage):
    workflow = stage.create(concurrency={"limit": 1, "on_limit": "reject"})
    [first] = stage.started(workflow, 1)
    with pytest.raises(TooManyRequests) as error:
        stage.start(workflow, once=KEY)
    assert (error.value.code, error.value.retry_after) == ("concurrency_limit", 5)
    assert list(stage.runs.runs) == [first]
    stage.end(first)
    again = stage.start(workflow, once=KEY)
    assert not again.replayed
    assert stage.under_way() == [first, again.state.run_id]


def test_a_slot_that_a_rejected_start_left_when_it_was_cut_off_is_found_by_the_next(stage):
    workflow, create = stage.create(concurrency={"limit": 1, "on_limit": "reject"}), stage.runs.create

    def cut_off(*_):
        raise Unavailable("DynamoDB")

    stage.runs.create = cut_off
    with pytest.raises(Unavailable):
        stage.start(workflow)
    stage.runs.create = create
    with pytest.raises(TooManyRequests):
        stage.start(workflow)  # it may still be under way
    stage.later(minutes=2)
    assert len(stage.started(workflow, 1)) == 1


def test_skip_stores_a_run_that_is_cancelled(stage):
    workflow = stage.create(concurrency={"limit": 1, "on_limit": "skip"})
    first, second = stage.started(workflow, 2)
    assert stage.under_way() == [first]
    assert (stage.state(second).status, stage.state(second).error.code) == ("cancelled", "concurrency_skipped")
    assert stage.state(second).completed_at is not None
    stage.end(first)
    assert stage.started(workflow, 1) == stage.under_way()[1:]


def test_cancel_oldest_keeps_the_newest_runs_of_the_group(stage):
    workflow = stage.create(concurrency={"limit": 2, "on_limit": "cancel_oldest"})
    runs = stage.started(workflow, 2)
    for run_id in runs:
        stage.runs.admit(run_id, 1, text_of(stage.clock()), draw=False)
    runs += stage.started(workflow, 3)
    for run_id in runs[:2]:
        stage.end(run_id, status="ABORTED")
    assert [stage.state(run_id).status for run_id in runs] == ["cancelled"] * 3 + ["queued"] * 2
    assert {stage.state(run_id).error.code for run_id in runs[:3]} == {"concurrency_cancelled"}
    assert stage.under_way()[2:] == runs[3:]


@pytest.mark.parametrize("policy", ["reject", "skip"])
def test_a_delayed_run_that_finds_no_slot_at_its_time_is_skipped(stage, policy):
    workflow = stage.create(concurrency={"limit": 1, "on_limit": policy})
    late = stage.start(workflow, delay=60).state.run_id
    stage.started(workflow, 1)
    stage.later(minutes=1)
    admit_due(late, stage.admission)
    assert stage.state(late).error.code == "concurrency_skipped"


# The deployment's limit -----------------------------------------------------------------------------------------------


def test_no_more_runs_are_under_way_than_the_deployment_allows_and_the_oldest_come_first():
    stage = Stage(room=3)
    one, other = stage.create(), stage.create()
    runs = [*stage.started(one, 3), *stage.started(other, 3)]
    assert stage.under_way() == [*runs[:2], runs[3]]
    assert len(stage.slots.get(DEPLOYMENT).held) == 3
    ended = []
    while len(ended) < 6:
        ended.append(stage.under_way()[len(ended)])
        stage.end(ended[-1])
        assert len(stage.slots.get(DEPLOYMENT).held) <= 3
    assert sorted(ended) == sorted(runs)
    assert [stage.slots.get(each) for each in (one, other, DEPLOYMENT)] == [
        replace(stage.slots.get(each), held=frozenset(), has_queue=False) for each in (one, other, DEPLOYMENT)
    ]


def test_a_run_that_waits_for_the_deployment_keeps_its_groups_slot_and_is_the_next():
    stage = Stage(room=1)
    one, other = stage.create(concurrency={"limit": 1}), stage.create(concurrency={"limit": 1})
    first, waits = stage.started(one, 1)[0], stage.started(other, 1)[0]
    behind = stage.started(one, 1)[0]
    assert queue_place(stage.state(waits), stage.slots, 1) == QueuePlace(DEPLOYMENT, 1)
    assert stage.slots.get(other).held == {f"{waits}-1"}
    stage.end(first)
    assert stage.under_way() == [first, waits]
    stage.end(waits)
    assert stage.under_way() == [first, waits, behind]


def test_policies_are_the_groups_and_the_deployments_limit_queues():
    stage = Stage(room=1)
    stage.started(stage.create(), 1)
    for policy in ("skip", "cancel_oldest", "reject"):
        workflow = stage.create(concurrency={"limit": 1, "on_limit": policy})
        assert stage.state(stage.started(workflow, 1)[0]).status == "queued"
    assert len(stage.slots.queued(DEPLOYMENT, 9)) == 3
    assert len(stage.under_way()) == 1


def test_a_run_at_the_head_of_the_deployments_queue_that_lost_its_groups_slot_queues_there():
    stage = Stage(room=1)
    one, other = stage.create(), stage.create(concurrency={"limit": 1})
    [first], [waits] = stage.started(one, 1), stage.started(other, 1)
    stage.slots.free(other, f"{waits}-1")
    stage.slots.take(other, "run_x-1", 1)
    stage.end(first)
    assert stage.slots.queued(DEPLOYMENT, 9) == []
    assert stage.slots.queued(other, 9) == [waits]


def test_reconcile_frees_what_leaked_of_the_deployments_slots():
    stage = Stage(room=1)
    stage.slots.take(DEPLOYMENT, "run_gone-1", 1)
    [waits] = stage.started(stage.create(), 1)
    assert stage.under_way() == []
    stage.later(minutes=6)
    stage.heal()
    assert stage.under_way() == [waits]


# Workflows that rest or are gone --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["paused", "archived"])
@pytest.mark.parametrize("room", [0, 2])
def test_queued_runs_of_a_workflow_that_rests_stay_queued_until_it_is_active(status, room):
    stage = Stage(room)
    workflow, keyed = stage.create(), stage.create(concurrency={"limit": 1, "key": "'all'"})
    runs = [*stage.started(workflow, 3), *stage.started(keyed, 2)]
    for each in (workflow, keyed):
        stage.set_status(each, status)
    before = stage.under_way()
    for run_id in before:
        stage.end(run_id)
    stage.later(minutes=6)
    stage.heal()
    assert stage.under_way() == before
    for each in (workflow, keyed):
        stage.set_status(each, "active")
        dispatch_workflow(each, stage.dispatch)
    for _ in range(5):
        for run_id in stage.under_way():
            stage.end(run_id)
    assert sorted(stage.under_way()) == runs


def test_a_workflow_that_rests_keeps_no_other_waiting_for_the_deployment():
    stage = Stage(room=1)
    busy, rests, works = stage.create(), stage.create(), stage.create()
    [first], _, [waits] = stage.started(busy, 1), stage.started(rests, 2), stage.started(works, 1)
    stage.set_status(rests, "paused")
    stage.end(first)
    assert stage.under_way() == [first, waits]


def test_queued_runs_of_a_workflow_that_was_deleted_are_cancelled():
    stage = Stage()
    workflow = stage.create()
    runs = stage.started(workflow, 4)
    del stage.workflows.workflows[workflow]
    stage.later(minutes=6)
    stage.heal()
    assert [stage.state(run_id).error.code for run_id in runs[2:]] == ["workflow_deleted"] * 2
    with pytest.raises(NotFound):
        stage.start(workflow)


def test_a_delayed_run_of_a_workflow_that_rests_queues_at_its_time(stage):
    workflow = stage.create()
    run_id = stage.start(workflow, delay=60).state.run_id
    stage.set_status(workflow, "paused")
    stage.later(minutes=1)
    admit_due(run_id, stage.admission)
    assert (stage.under_way(), stage.slots.queued(workflow, 9)) == ([], [run_id])
    stage.set_status(workflow, "active")
    dispatch_workflow(workflow, stage.dispatch)
    assert stage.under_way() == [run_id]
