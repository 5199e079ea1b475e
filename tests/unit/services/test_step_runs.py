"""Entering a step, with every port in memory."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from fakes.plans import RETRY, a_plan, a_plan_step
from fakes.samples import NOW, a_run, a_state, a_step
from fakes.secrets import FakeSecrets
from fakes.stores import FakeInboxes, FakeLatches, FakePlans, FakeRuns, FakeValues
from fakes.world import FakeClock, FakeMachines, FakeTell
from stepweave.adapters.kept_items import KeptItems
from stepweave.domain.run import Intent
from stepweave.errors import StepError, StepStopped
from stepweave.services.approval_links import ApprovalLinks
from stepweave.services.moments import text_of
from stepweave.services.ports import Done, Wait
from stepweave.services.run_views import run_view
from stepweave.services.signals import RunStopped, StepBusy, StepFailed, StepRetryLater
from stepweave.services.step_runs import enter_step
from stepweave.services.visits import Entry, Invocation, StepPorts


@dataclass
class Body:
    """A step body that does what it is told, attempt by attempt."""

    outcomes: list = field(default_factory=lambda: [Done({"ok": True})])
    contexts: list = field(default_factory=list)
    before: object = None

    def __call__(self, context):
        self.contexts.append(context)
        if callable(self.before):
            self.before()
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class Stage:
    """One run of one plan, entered as a state machine would."""

    def __init__(self, *steps, body=None, **plan):
        self.clock, self.runs, self.plans, self.values = FakeClock(), FakeRuns(), FakePlans(), FakeValues()
        self.body, self.tell = body or Body(), FakeTell()
        self.runs.create(a_run(), a_state())
        self.plans.put("wf_1", "plan1", a_plan(*steps, **plan))
        self.owners = iter(f"invocation-{number}" for number in range(1, 99))
        bodies = dict.fromkeys(("script", "condition", "wait", "http_request"), self.body)
        self.ports = StepPorts(
            runs=self.runs,
            plans=self.plans,
            values=self.values,
            bodies=bodies,
            clock=self.clock,
            sleep=self.clock.sleep,
            random=lambda: 1.0,
            tell=self.tell,
            latches=FakeLatches(),
            machines=FakeMachines(),
            loop_items=KeptItems(self.runs, self.values),
            secrets=FakeSecrets(),
            inboxes=FakeInboxes(),
            links=ApprovalLinks(lambda: b"key", "https://sw.example"),
        )

    def enter(self, step="a", execution=1, seconds=900):
        entry = Entry("run_1", execution, "wf_1", 1, "plan1", "", step)
        invocation = Invocation(next(self.owners), self.clock() + timedelta(seconds=seconds))
        return enter_step(entry, invocation, self.ports)

    def record(self, step="a"):
        return self.runs.steps["run_1", step]


def test_a_step_does_its_work_and_settles():
    stage = Stage(a_plan_step("a"))
    assert stage.enter() == {}
    record = stage.record()
    assert (record.status, record.attempt, record.owner) == ("completed", 1, "invocation-1")
    assert stage.values.load(record.output) == {"ok": True}
    assert [(event.number, event.kind) for event in record.story] == [(1, "step_started"), (2, "step_completed")]
    assert stage.runs.state("run_1").status == "running"


def test_a_settled_step_answers_again_without_working_again():
    stage = Stage(a_plan_step("a"))
    stage.enter()
    assert stage.enter() == {}
    assert len(stage.body.contexts) == 1


def test_a_settled_condition_answers_its_branch_again():
    jumps = {"then": ["x"], "else": ["y"]}
    blocks = [a_plan_step("x"), a_plan_step("y")]
    stage = Stage(a_plan_step("a", type="condition", jumps=jumps), *blocks, body=Body([Done({}, "else")]))
    assert stage.enter() == stage.enter() == {"branch": "else"}
    assert stage.record().skipped == ("y",)


def test_a_config_is_rendered_with_input_env_run_and_the_steps_it_reads():
    config = {
        "url": "{{ input.n }}/{{ env.REGION }}",
        "from": "{{ steps.z.output.ok }}",
        "run": "{{ run.labels.team }}",
    }
    stage = Stage(
        a_plan_step("z"), a_plan_step("a", depends_on=["z"], reads=["z"], config=config), env={"REGION": "eu"}
    )
    stage.body.outcomes = [Done({"ok": True}), Done(None)]
    stage.enter("z")
    stage.enter("a")
    assert stage.body.contexts[1].config == {"url": "1.5/eu", "from": True, "run": "a"}


def test_a_skipped_step_settles_without_working():
    stage = Stage(
        a_plan_step("z"), a_plan_step("a", depends_on=["z"], when="false"), a_plan_step("b", depends_on=["a"])
    )
    stage.enter("z")
    assert stage.enter("a") == stage.enter("b") == {}
    assert [stage.record(each).status for each in "ab"] == ["skipped", "skipped"]
    assert len(stage.body.contexts) == 1


def test_a_condition_that_is_skipped_jumps_over_all_its_blocks():
    jumps = {"then": ["x"], "else": ["y"]}
    blocks = [a_plan_step("x"), a_plan_step("y")]
    stage = Stage(a_plan_step("a", type="condition", when="false", jumps=jumps), *blocks)
    assert stage.enter() == {"branch": ""}
    assert stage.record().skipped == ("x", "y")


@pytest.mark.parametrize("broken", [{"when": "input.absent"}, {"config": {"url": "{{ input.absent }}"}}])
def test_an_expression_that_yields_nothing_fails_the_step(broken):
    stage = Stage(a_plan_step("a", **broken))
    with pytest.raises(StepFailed):
        stage.enter()
    assert (stage.record().status, stage.record().error.code) == ("failed", "expression_no_value")


def test_a_failure_is_retried_after_a_pause_that_is_slept():
    stage = Stage(a_plan_step("a"), body=Body([StepError("c", "m", kind="timeout"), Done(7)]))
    stage.enter()
    assert stage.clock.slept == [1.0]
    assert (stage.record().status, stage.record().attempt, stage.record().error) == ("completed", 2, None)


def test_a_retry_is_noted_in_the_log_with_the_code_of_the_failure_and_no_text():
    stage = Stage(a_plan_step("a"), body=Body([StepError("c", "m", kind="timeout"), Done(7)]))
    stage.enter()
    [noted] = [facts for outcome, facts in stage.tell.told if outcome == "step_retried"]
    assert (noted["step"], noted["attempt"], noted["code"]) == ("a", 2, "c")
    assert "m" not in noted.values()


class Cancelled:
    """Stop signs: up from the given look on."""

    def __init__(self, stage, look=1):
        stage.ports = replace(stage.ports, stops=lambda run_id: self.is_up)
        self.looks, self.up_at = 0, look

    def is_up(self):
        self.looks += 1
        return self.looks >= self.up_at


def test_work_that_was_stopped_for_a_cancel_makes_the_step_cancelled_and_is_done_again_after_a_resume():
    stage = Stage(a_plan_step("a"), body=Body([StepStopped("its script was ended"), Done(7)]))
    with pytest.raises(RunStopped):
        stage.enter()
    record = stage.record()
    assert (record.status, record.error.code, record.lease_until, record.attempt) == ("cancelled", "cancelled", "", 1)
    assert [event.kind for event in record.story] == ["step_started"]
    with pytest.raises(RunStopped):
        stage.enter()
    stage.runs.states["run_1"] = replace(stage.runs.state("run_1"), execution=2)
    assert stage.enter(execution=2) == {}
    assert (stage.record().status, stage.record().error) == ("completed", None)


def test_a_body_is_told_whether_its_run_was_cancelled():
    stage = Stage(a_plan_step("a"))
    Cancelled(stage)
    stage.enter()
    assert stage.body.contexts[0].stopped()


def test_a_pause_between_attempts_ends_when_the_run_is_cancelled():
    retry = RETRY | {"initial_interval": 10.0}
    stage = Stage(a_plan_step("a", retry=retry), body=Body([StepError("c", "m", kind="timeout")]))
    Cancelled(stage, look=4)
    with pytest.raises(RunStopped):
        stage.enter()
    assert (stage.clock.slept, stage.record().status, stage.record().attempt) == ([1.0] * 3, "waiting", 2)


def test_who_comes_early_for_a_retry_of_a_run_that_is_cancelled_leaves():
    stage = Stage(a_plan_step("a"))
    stage.runs.put_step(
        a_step(key="a", step_id="a", status="waiting", due_at=text_of(stage.clock() + timedelta(seconds=9))), was=None
    )
    Cancelled(stage, look=2)
    with pytest.raises(RunStopped):
        stage.enter()
    assert stage.clock.slept == [1.0]


def test_a_resumed_run_that_only_waits_on_is_under_way():
    stage = Stage(a_plan_step("a", type="wait"))
    due = text_of(stage.clock() + timedelta(seconds=600))
    stage.runs.put_step(a_step(key="a", step_id="a", status="waiting", due_at=due, execution=1), was=None)
    stage.runs.states["run_1"] = replace(stage.runs.state("run_1"), execution=2, status="queued")
    assert stage.enter(execution=2) == {"until": due}
    assert stage.runs.state("run_1").status == "running"
    assert stage.record().due_at == due


def test_a_wait_of_a_resumed_run_that_is_to_stop_again_does_not_begin():
    stage = Stage(a_plan_step("a", type="wait"))
    due = text_of(stage.clock() + timedelta(seconds=600))
    stage.runs.put_step(a_step(key="a", step_id="a", status="waiting", due_at=due, execution=1), was=None)
    intent = Intent("pause", NOW, "key_1")
    stage.runs.states["run_1"] = replace(stage.runs.state("run_1"), execution=2, status="queued", intent=intent)
    with pytest.raises(RunStopped):
        stage.enter(execution=2)


def test_the_last_failure_settles_the_step_and_fails_the_run():
    stage = Stage(a_plan_step("a"), body=Body([StepError("c", "m", kind="timeout") for _ in range(3)]))
    with pytest.raises(StepFailed):
        stage.enter()
    assert (stage.record().status, stage.record().attempt, stage.record().error.code) == ("failed", 3, "c")
    with pytest.raises(StepFailed):
        stage.enter()


def test_a_permanent_failure_is_not_retried():
    stage = Stage(a_plan_step("a"), body=Body([StepError("c", "m")]))
    with pytest.raises(StepFailed):
        stage.enter()
    assert stage.record().attempt == 1


@pytest.mark.parametrize("on_error", ["continue", "goto"])
def test_a_failure_that_goes_on_returns_normally(on_error):
    stage = Stage(a_plan_step("a", on_error=on_error), body=Body([StepError("c", "m")]))
    assert stage.enter() == {}
    assert stage.record().status == "failed"


def test_a_long_pause_is_left_to_the_state_machine():
    stage = Stage(a_plan_step("a"), body=Body([StepError("c", "m", kind="throttled", retry_after=3600), Done(1)]))
    with pytest.raises(StepRetryLater) as later:
        stage.enter()
    due = text_of(stage.clock() + timedelta(hours=1))
    assert (str(later.value), stage.record().status, stage.record().due_at) == (due, "waiting", due)
    with pytest.raises(StepRetryLater):
        stage.enter()
    stage.clock.advance(3600)
    stage.enter()
    assert (stage.record().status, stage.record().attempt) == ("completed", 2)


def test_who_comes_a_little_early_for_a_retry_sleeps_until_it_is_due():
    stage = Stage(a_plan_step("a"), body=Body([StepError("c", "m", kind="throttled", retry_after=60), Done(1)]))
    with pytest.raises(StepRetryLater):
        stage.enter()
    stage.clock.advance(55)
    stage.enter()
    assert sum(stage.clock.slept) == 5.0


def test_an_attempt_that_does_not_fit_into_the_invocation_gets_a_fresh_one():
    stage = Stage(a_plan_step("a", attempt_timeout=800.0), body=Body([StepError("c", "m", kind="timeout"), Done(1)]))
    stage.body.before = lambda: stage.clock.advance(200)
    with pytest.raises(StepBusy):
        stage.enter()
    assert stage.record().status == "waiting"
    stage.enter()
    assert (stage.record().status, stage.record().attempt) == ("completed", 2)


def test_a_step_fails_when_its_next_attempt_would_come_after_its_time():
    stage = Stage(
        a_plan_step("a", step_timeout=30.0), body=Body([StepError("c", "m", kind="throttled", retry_after=31)])
    )
    with pytest.raises(StepFailed):
        stage.enter()
    assert stage.record().error.code == "timeout"
    assert stage.record().error.details["last_error"]["code"] == "c"


def test_a_step_that_somebody_works_on_is_busy_until_the_lease_ends():
    stage = Stage(a_plan_step("a"))
    stage.body.before = lambda: busy(stage)
    stage.enter()
    assert len(stage.body.contexts) == 1


def busy(stage):
    with pytest.raises(StepBusy):
        stage.enter()


class Killed(BaseException):
    pass


def test_an_attempt_that_was_cut_off_is_followed_by_another_when_its_lease_has_ended():
    stage = Stage(a_plan_step("a"))
    stage.body.before = lambda: (_ for _ in ()).throw(Killed())
    with pytest.raises(Killed):
        stage.enter()
    stage.body.before = None
    busy(stage)
    stage.clock.advance(91)
    stage.enter()
    assert (stage.record().status, stage.record().attempt, stage.record().owner) == ("completed", 2, "invocation-3")


def test_a_wait_whose_first_entry_was_cut_off_waits_and_is_no_retry():
    """A retry due so late raises `StepRetryLater`, which the state of a wait does not catch: the run would fail."""
    until = FakeClock().now + timedelta(days=3)
    stage = Stage(a_plan_step("a", type="wait"), body=Body([Wait(until)]))
    stage.body.before = lambda: (_ for _ in ()).throw(Killed())
    with pytest.raises(Killed):
        stage.enter()
    stage.body.before = None
    stage.clock.advance(91)
    assert stage.enter() == {"until": text_of(until)}
    assert (stage.record().status, stage.record().error) == ("waiting", None)


def test_the_last_attempt_that_was_cut_off_fails_the_step():
    stage = Stage(a_plan_step("a", retry={**RETRY, "max_attempts": 1}))
    stage.body.before = lambda: (_ for _ in ()).throw(Killed())
    with pytest.raises(Killed):
        stage.enter()
    stage.clock.advance(91)
    with pytest.raises(StepFailed):
        stage.enter()
    assert (stage.record().status, stage.record().error.code) == ("failed", "timeout")


def test_a_lease_ends_with_its_invocation():
    stage = Stage(a_plan_step("a", attempt_timeout=800.0))
    leases = []
    stage.body.before = lambda: leases.append(stage.record().lease_until)
    stage.enter(seconds=100)
    assert leases == [text_of(stage.clock() + timedelta(seconds=105))]


def test_who_lost_the_step_while_working_leaves_the_word_to_the_other():
    stage = Stage(a_plan_step("a"))

    def taken_over():
        mine = stage.record()
        stage.runs.put_step(replace(mine, owner="other", attempt=2), was=mine)

    stage.body.before = taken_over
    busy(stage)
    assert (stage.record().status, stage.record().owner) == ("running", "other")


def test_a_wait_tells_until_when_and_settles_once_that_has_come():
    until = FakeClock().now + timedelta(days=3)
    stage = Stage(a_plan_step("a", type="wait"), body=Body([Wait(until), Done({"waited_seconds": 259200})]))
    assert stage.enter() == stage.enter() == {"until": text_of(until)}
    assert (stage.record().status, stage.record().due_at) == ("waiting", text_of(until))
    stage.clock.advance(259200)
    assert stage.enter() == {"until": text_of(until)}
    assert stage.record().status == "completed"
    assert stage.body.contexts[1].due_at == until


def test_an_execution_that_is_not_current_starts_nothing():
    stage = Stage(a_plan_step("a"))
    with pytest.raises(RunStopped):
        stage.enter(execution=2)
    assert not stage.body.contexts
    assert ("run_1", "a") not in stage.runs.steps


def test_a_run_that_is_to_stop_starts_nothing():
    stage = Stage(a_plan_step("a"))
    stage.runs.intend("run_1", Intent("cancel", NOW, "key_1"), NOW)
    with pytest.raises(RunStopped):
        stage.enter()


def test_a_step_entered_before_its_dependency_settled_is_busy():
    stage = Stage(a_plan_step("z"), a_plan_step("a", depends_on=["z"]))
    busy(stage)


def test_a_type_that_does_not_run_in_this_release_fails_its_step_and_says_so():
    stage = Stage(a_plan_step("a", type="webhook"))
    with pytest.raises(StepFailed):
        stage.enter()
    assert stage.record().error.code == "step_type_not_available"


def test_the_idempotency_key_is_the_same_in_every_attempt():
    stage = Stage(a_plan_step("a"), body=Body([StepError("c", "m", kind="timeout"), Done(7)]))
    stage.enter()
    assert {context.idempotency_key for context in stage.body.contexts} == {"run_1:a"}


def test_each_outcome_is_told_once_and_without_its_output():
    stage = Stage(a_plan_step("a"))
    stage.enter()
    stage.enter()
    assert stage.tell.outcomes() == ["step_settled"]
    assert "ok" not in str(stage.tell.told)


def test_an_unexpected_error_of_the_work_fails_the_step_and_does_not_repeat_it():
    stage = Stage(a_plan_step("a"), body=Body([RuntimeError("a fault of ours"), Done(1)]))
    with pytest.raises(StepFailed):
        stage.enter()
    assert (stage.record().status, stage.record().error.code) == ("failed", "internal")
    assert "a fault of ours" not in stage.record().error.message
    assert "step_crashed" in stage.tell.outcomes()


def test_an_output_that_json_cannot_hold_fails_the_step_and_does_not_repeat_it():
    stage = Stage(a_plan_step("a"), body=Body([Done({"amount": float("inf")}), Done(1)]))
    with pytest.raises(StepFailed):
        stage.enter()
    assert (stage.record().error.code, len(stage.body.contexts)) == ("output_not_json", 1)


def test_being_cut_off_in_a_pause_costs_no_attempt():
    stage = Stage(a_plan_step("a"), body=Body([StepError("c", "m", kind="timeout"), Done(1)]))

    def killed(_):
        raise Killed

    sleep, stage.ports = stage.ports.sleep, replace(stage.ports, sleep=killed)
    with pytest.raises(Killed):
        stage.enter()
    stage.ports = replace(stage.ports, sleep=sleep)
    stage.enter()
    assert (stage.record().status, stage.record().attempt) == ("completed", 2)


def test_a_wait_that_is_entered_a_moment_early_is_not_settled_before_its_time():
    until = FakeClock().now + timedelta(seconds=30)
    stage = Stage(a_plan_step("a", type="wait"), body=Body([Wait(until), Done({"waited_seconds": 30})]))
    stage.enter()
    stage.clock.advance(29.999)
    stage.ports = replace(stage.ports, sleep=lambda seconds: stage.clock.advance(seconds / 2 + 0.0004))
    stage.enter()
    assert stage.clock() >= until
    assert stage.record().status == "completed"


def test_an_attempt_ends_with_the_time_of_its_step():
    stage = Stage(a_plan_step("a", step_timeout=10.0))
    stage.enter()
    assert stage.body.contexts[0].timeout_seconds == 10.0


def test_nobody_may_ask_for_a_pause_of_more_than_a_day():
    stage = Stage(a_plan_step("a"), body=Body([StepError("c", "m", kind="throttled", retry_after=1e300)]))
    with pytest.raises(StepRetryLater) as later:
        stage.enter()
    assert str(later.value) == text_of(stage.clock() + timedelta(days=1))


def told(record):
    return [(event.number, event.kind) for event in record.story]


def test_a_retry_is_told_with_the_attempt_that_failed_and_when_the_next_is_due():
    stage = Stage(a_plan_step("a"), body=Body([StepError("c", "m" * 999, kind="timeout"), Done(7)]))
    stage.enter()
    assert told(stage.record()) == [(1, "step_started"), (2, "step_retrying"), (3, "step_completed")]
    facts = stage.record().story[1].facts
    assert facts["attempt"] == 1
    assert facts["error"] == {"code": "c", "message": "m" * 300}
    assert facts["due_at"] > stage.record().story[1].at


def test_a_wait_is_told_once_however_often_it_looks_whether_it_is_over():
    stage = Stage(a_plan_step("a", type="wait"))
    stage.body.outcomes = [Wait(stage.clock() + timedelta(minutes=1)), Done({})]
    stage.enter()
    stage.enter()
    stage.clock.advance(60)
    stage.enter()
    assert [kind for _, kind in told(stage.record())] == ["step_started", "step_waiting", "step_completed"]


def test_a_number_that_grew_old_before_it_was_used_is_drawn_anew():
    stage = Stage(a_plan_step("z"), a_plan_step("a", depends_on=["z"], when="true", reads=["z"]))
    stage.body.outcomes = [Done(1), Done(2)]
    stage.enter("z")
    stage.values.load = slow(stage.values.load, stage.clock, 6)
    stage.enter("a")
    assert told(stage.record())[0] == (4, "step_started")


def test_what_was_written_too_late_under_a_number_given_up_is_told_under_another():
    stage = Stage(a_plan_step("a"))
    put = stage.runs.put_step

    def late(step, *, was):
        if was is None:
            stage.runs.void_events("run_1", [1])
            stage.clock.advance(21)
        return put(step, was=was)

    stage.runs.put_step = late
    stage.enter()
    assert told(stage.record()) == [(2, "step_started"), (3, "step_completed")]


def test_a_reader_who_tells_what_was_written_too_late_before_its_writer_does_takes_nothing_from_it():
    stage = Stage(a_plan_step("a"))
    put = stage.runs.put_step

    def late(step, *, was):
        if was is None:
            stage.runs.void_events("run_1", [1])
            stage.clock.advance(21)
        elif step.story[0].number == 2:
            (event,) = was.story
            assert put(replace(was, story=(replace(event, number=stage.runs.draw_event("run_1")),)), was=was)
        return put(step, was=was)

    stage.runs.put_step = late
    stage.enter()
    assert stage.record().status == "completed"
    assert told(stage.record()) == [(3, "step_started"), (4, "step_completed")]


def test_what_was_written_late_under_a_number_still_awaited_keeps_it():
    stage = Stage(a_plan_step("a"))
    stage.runs.put_step = slow(stage.runs.put_step, stage.clock, 19)
    stage.enter()
    assert [number for number, _ in told(stage.record())] == [1, 2]


def slow(call, clock, seconds):
    def slowed(*arguments, **named):
        clock.advance(seconds)
        return call(*arguments, **named)

    return slowed


def test_the_attempts_that_failed_are_shown_with_why_and_when():
    stage = Stage(a_plan_step("a"), body=Body([StepError("c", "m", kind="timeout"), Done(7)]))
    stage.enter()
    story = stage.runs.get("run_1", nested=0)
    view = run_view(story, stage.plans.get("wf_1", "plan1"), stage.values, text_of(stage.clock()))
    (attempt,) = view["step_runs"][0]["attempts"]
    assert (attempt["attempt"], attempt["error"]) == (1, {"code": "c", "message": "m"})
    assert view["waiting_for"] == []


def test_a_run_shows_what_it_waits_for():
    stage = Stage(a_plan_step("a", type="wait"))
    due = stage.clock() + timedelta(minutes=1)
    stage.body.outcomes = [Wait(due)]
    stage.enter()
    story = stage.runs.get("run_1", nested=0)
    view = run_view(story, stage.plans.get("wf_1", "plan1"), stage.values, text_of(stage.clock()))
    assert view["waiting_for"] == [{"step_id": "a", "kind": "time", "until": text_of(due)}]


def polling(**config):
    return Stage(a_plan_step("a", type="wait", config={"condition": "input.ready", **config}))


def test_a_wait_for_a_condition_answers_its_next_moment_until_the_condition_holds():
    stage = polling()
    waits = [Wait(stage.clock() + timedelta(seconds=seconds)) for seconds in (60, 120)]
    stage.body.outcomes = [*waits, Done({"waited_seconds": 120})]
    first = stage.enter()
    assert stage.enter() == first == {"until": text_of(stage.clock() + timedelta(seconds=60))}
    stage.clock.advance(60)
    assert stage.enter() == stage.enter() == {"until": text_of(stage.clock() + timedelta(seconds=60))}
    stage.clock.advance(60)
    assert stage.enter() == stage.enter() == {}
    assert [kind for _, kind in told(stage.record())] == ["step_started", "step_waiting", "step_completed"]
    assert [number for number, _ in told(stage.record())] == [1, 2, 3]
    assert len(stage.body.contexts) == 3


def test_a_condition_that_fails_to_evaluate_fails_the_step_in_any_look():
    stage = polling()
    stage.body.outcomes = [Wait(stage.clock() + timedelta(seconds=60)), StepError("expression_failed", "m")]
    stage.enter()
    stage.clock.advance(60)
    with pytest.raises(StepFailed):
        stage.enter()
    assert (stage.record().status, stage.record().error.code) == ("failed", "expression_failed")


def test_a_wait_for_a_condition_that_goes_on_after_its_time_is_over_answers_no_moment():
    stage = Stage(a_plan_step("a", type="wait", config={"condition": "input.ready"}, on_error="continue"))
    stage.body.outcomes = [StepError("timeout", "m", kind="final")]
    assert stage.enter() == stage.enter() == {}
    assert stage.record().status == "failed"


def test_a_look_of_a_run_that_is_to_stop_is_not_made():
    stage = polling()
    stage.body.outcomes = [Wait(stage.clock() + timedelta(seconds=60))]
    stage.enter()
    stage.runs.intend("run_1", Intent("cancel", NOW, "key_1"), NOW)
    stage.clock.advance(60)
    with pytest.raises(RunStopped):
        stage.enter()
    assert len(stage.body.contexts) == 1


def test_of_two_that_look_at_once_the_second_leaves_it_to_the_first():
    stage = polling()
    stage.body.outcomes = [Wait(stage.clock() + timedelta(seconds=60))]
    stage.enter()
    stage.clock.advance(60)
    stage.body.outcomes = [Done({"waited_seconds": 60}), Wait(stage.clock() + timedelta(seconds=30))]

    def look_too():
        stage.body.before = None
        stage.enter()

    stage.body.before = look_too
    with pytest.raises(StepBusy):
        stage.enter()
    assert stage.record().status == "completed"
