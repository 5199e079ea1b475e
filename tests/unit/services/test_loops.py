"""Loops, entered as a state machine would, with every port in memory."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from fakes.plans import a_plan, a_plan_step
from fakes.samples import NOW, a_run, a_state, a_step
from fakes.secrets import FakeSecrets
from fakes.stores import FakeInboxes, FakeLatches, FakePlans, FakeRuns, FakeValues
from fakes.world import FakeClock, FakeMachines, FakeTell
from stepweave.adapters.kept_items import KeptItems
from stepweave.domain.run import Intent, Value
from stepweave.errors import StepError
from stepweave.services import loops, run_views
from stepweave.services.approval_links import ApprovalLinks
from stepweave.services.ports import Done, Story
from stepweave.services.run_views import run_view
from stepweave.services.signals import RunStopped, StepBusy, StepFailed
from stepweave.services.step_runs import enter_step
from stepweave.services.visits import Entry, Invocation, StepPorts


class Stage:
    """One run of one plan. A script's output is its rendered config; one whose config has `fail` fails with it."""

    def __init__(self, *steps: Any, **plan: Any) -> None:
        self.clock, self.runs, self.values, plans = FakeClock(), FakeRuns(), FakeValues(), FakePlans()
        self.runs.create(a_run(input_data=Value(inline='{"list":["x","y"],"one":7}', size=30)), a_state())
        self.plan = a_plan(*steps, **plan)
        plans.put("wf_1", "plan1", self.plan)
        self.contexts: list[Any] = []
        self._numbers = count(1)
        self.ports = StepPorts(
            runs=self.runs,
            plans=plans,
            values=self.values,
            bodies={"script": self._work, "condition": lambda _: Done(None, "else")},
            clock=self.clock,
            sleep=self.clock.sleep,
            random=lambda: 1.0,
            tell=FakeTell(),
            latches=FakeLatches(),
            machines=FakeMachines(),
            loop_items=KeptItems(self.runs, self.values),
            secrets=FakeSecrets(),
            inboxes=FakeInboxes(),
            links=ApprovalLinks(lambda: b"key", "https://sw.example"),
        )

    def _work(self, context: Any) -> Done:
        self.contexts.append(context)
        if context.config.get("fail"):
            raise StepError("broken", "It is broken.")
        return Done(context.config.get("give"))

    def enter(self, step: str, position: str = "", *, collects: bool = False, execution: int = 1) -> Any:
        self.clock.advance(1)
        entry = Entry("run_1", execution, "wf_1", 1, "plan1", position, step, collects)
        invocation = Invocation(f"invocation-{next(self._numbers)}", self.clock() + timedelta(seconds=900))
        return enter_step(entry, invocation, self.ports)

    def record(self, key: str) -> Any:
        return self.runs.steps["run_1", key]

    def output(self, key: str) -> Any:
        return self.values.load(self.record(key).output)


def a_loop(step_id: str = "each", items: Any = "input.list", body: tuple[str, ...] = ("in",), **more: Any) -> Any:
    config = {"items": items, **more.pop("config", {})}
    return a_plan_step(step_id, type="loop", config=config, body=list(body), **more)


def nested(step_id: str, loops: tuple[str, ...] = ("each",), **more: Any) -> Any:
    return a_plan_step(step_id, loops=list(loops), **more)


SHOW = {"give": "{{ index }}:{{ item }}"}


def test_a_loop_answers_a_position_for_each_item_and_collects_their_outputs_in_order():
    stage = Stage(a_loop(), nested("in", config=SHOW))
    assert stage.enter("each") == {"positions": ["0", "1"]}
    for position in ("1", "0"):
        assert stage.enter("in", position) == {}
    assert stage.enter("each", collects=True) == {"positions": []}
    assert stage.output("each") == ["0:x", "1:y"]
    assert stage.record("each").status == "completed"
    assert stage.record("in@1").status == "completed"


def test_a_loop_under_way_is_running_and_answers_the_same_positions_again():
    stage = Stage(a_loop(), nested("in"))
    assert stage.enter("each") == stage.enter("each") == {"positions": ["0", "1"]}
    assert stage.record("each").status == "running"
    assert stage.record("each").owner == "invocation-1"


def test_items_are_fixed_when_the_loop_is_first_entered():
    stage = Stage(a_loop(items="$map([1..2], function($n) { $string($n) & $now() })"), nested("in", config=SHOW))
    stage.enter("each")
    stage.clock.advance(60)
    stage.enter("each")
    stage.enter("in", "1")
    assert stage.output("in@1") == "1:22026-11-02T08:30:01.000Z"


def test_a_settled_loop_has_no_positions_left():
    stage = Stage(a_loop(), nested("in"))
    stage.enter("each")
    for position in "01":
        stage.enter("in", position)
    stage.enter("each", collects=True)
    assert stage.enter("each") == stage.enter("each", collects=True) == {"positions": []}


def test_a_loop_over_nothing_completes_with_an_empty_list():
    stage = Stage(a_loop(items=[]), nested("in"))
    assert stage.enter("each") == {"positions": []}
    stage.enter("each", collects=True)
    assert stage.output("each") == []


def test_items_may_be_a_list_with_expressions_in_it():
    stage = Stage(
        a_loop(items=["{{ input.one }}", {"n": "{{ input.one + 1 }}"}]), nested("in", config={"give": "{{ item }}"})
    )
    stage.enter("each")
    for position in "01":
        stage.enter("in", position)
    stage.enter("each", collects=True)
    assert stage.output("each") == [7, {"n": 8}]


def test_a_skipped_loop_has_no_positions_and_leaves_no_records_of_its_steps():
    stage = Stage(a_loop(when="false"), nested("in"))
    assert stage.enter("each") == stage.enter("each", collects=True) == {"positions": []}
    assert stage.record("each").status == "skipped"
    assert list(stage.runs.steps) == [("run_1", "each")]


@pytest.mark.parametrize(
    ("items", "code", "said"),
    [
        ("input.one", "invalid_items", "a number"),
        ("{{ input }}", "invalid_items", "an object"),
        ("input.list[0]", "invalid_items", "a text"),
        ("input.one = 7", "invalid_items", "a truth value"),
        ("null", "invalid_items", "null"),
        ("input.absent", "expression_no_value", "input.absent"),
        ("[1..10001]", "too_many_items", "10,001"),
    ],
)
def test_items_that_cannot_be_gone_over_fail_the_loop(items, code, said):
    stage = Stage(a_loop(items=items), nested("in"))
    for collects in (False, True):
        with pytest.raises(StepFailed):
            stage.enter("each", collects=collects)
    error = stage.record("each").error
    assert (error.code, said in error.message) == (code, True)


def test_a_failure_of_the_items_that_goes_on_has_no_positions():
    stage = Stage(a_loop(items="input.one", on_error="continue"), nested("in"))
    assert stage.enter("each") == stage.enter("each", collects=True) == {"positions": []}
    assert stage.record("each").status == "failed"


def test_ten_thousand_items_are_not_too_many():
    stage = Stage(a_loop(items="[1..10000]"), nested("in"))
    assert stage.enter("each")["positions"][-1] == "9999"


def test_so_many_items_that_their_positions_do_not_fit_into_a_state_are_too_many():
    outer = ["l0", "l1", "l2"]
    around = [a_loop(each, items="[1..10000]", body=("x",), loops=outer[:at]) for at, each in enumerate(outer)]
    stage = Stage(*around, a_loop(items="[1..10000]", loops=outer), nested("in", (*outer, "each")))
    for at, each in enumerate(outer):
        stage.enter(each, ".".join(["9999"] * at))
    with pytest.raises(StepFailed):
        stage.enter("each", "9999.9999.9999")
    assert stage.record("each@9999.9999.9999").error.code == "too_many_items"


def test_the_entry_of_several_steps_is_the_outputs_of_those_that_were_completed():
    stage = Stage(
        a_loop(body=("in", "out", "never")),
        nested("in", config=SHOW),
        nested("out", depends_on=["in"], reads=["in"], config={"give": "<{{ steps.in.output }}>"}),
        nested("never", when="item = 'x'"),
    )
    stage.enter("each")
    for position in "01":
        for step in ("in", "out", "never"):
            stage.enter(step, position)
    stage.enter("each", collects=True)
    assert stage.output("each") == [{"in": "0:x", "out": "<0:x>", "never": None}, {"in": "1:y", "out": "<1:y>"}]


def test_steps_see_the_items_of_all_loops_around_them_by_their_names():
    inner = a_loop("inner", items="[item & '1', item & '2']", loops=["each"], config={"item_name": "part"})
    show = {"give": "{{ item }} {{ part }} {{ index }}"}
    stage = Stage(a_loop(body=("inner",)), inner, nested("in", ("each", "inner"), config=show))
    stage.enter("each")
    assert stage.enter("inner", "1") == {"positions": ["1.0", "1.1"]}
    stage.enter("in", "1.0")
    stage.enter("in", "1.1")
    stage.enter("inner", "1", collects=True)
    assert stage.output("inner@1") == ["y y1 0", "y y2 1"]


def test_item_is_the_innermost_where_no_loop_gives_another_that_name():
    inner = a_loop("inner", items="['a']", loops=["each"], config={"item_name": "part"})
    outer = a_loop(body=("inner",), config={"item_name": "whole"})
    stage = Stage(outer, inner, nested("in", ("each", "inner"), config={"give": "{{ item & whole & part }}"}))
    stage.enter("each")
    stage.enter("inner", "0")
    stage.enter("in", "0.0")
    assert stage.output("in@0.0") == "axa"


def test_loops_in_loops_collect_their_own_iterations():
    inner = a_loop("inner", items="[1..2]", loops=["each"])
    stage = Stage(a_loop(body=("inner",)), inner, nested("in", ("each", "inner"), config={"give": "{{ index }}"}))
    stage.enter("each")
    for outer in "01":
        for position in stage.enter("inner", outer)["positions"]:
            stage.enter("in", position)
        stage.enter("inner", outer, collects=True)
    stage.enter("each", collects=True)
    assert stage.output("each") == [[0, 1], [0, 1]]


def test_the_idempotency_key_names_the_position():
    stage = Stage(a_loop(), nested("in"))
    stage.enter("each")
    stage.enter("in", "1")
    assert stage.contexts[0].idempotency_key == "run_1:in@1"


# Failures ------------------------------------------------------------------------------------------------------------

SECOND_FAILS = {"fail": "{{ index = 1 }}", "give": "{{ item }}"}


def looped(stage: Stage) -> None:
    stage.enter("each")
    stage.enter("in", "0")
    with pytest.raises(StepFailed):
        stage.enter("in", "1")


def test_an_item_that_fails_fails_its_loop_which_names_item_and_step():
    stage = Stage(a_loop(), nested("in", config=SECOND_FAILS))
    looped(stage)
    for _ in range(2):
        with pytest.raises(StepFailed):
            stage.enter("each", collects=True)
    error = stage.record("each").error
    assert (error.code, error.message) == ("item_failed", "Item 1 failed in step 'in': It is broken.")
    assert error.details["index"] == 1
    assert error.details["error"]["code"] == "broken"
    assert error.details["error"]["details"]["step_id"] == "in"


def test_of_several_items_the_one_that_failed_first_is_named():
    stage = Stage(a_loop(), nested("in", config={"fail": True}))
    stage.enter("each")
    for position in "10":
        with pytest.raises(StepFailed):
            stage.enter("in", position)
    with pytest.raises(StepFailed):
        stage.enter("each", collects=True)
    assert stage.record("each").error.details["index"] == 1


@pytest.mark.parametrize("on_error", ["continue", "goto"])
def test_a_loop_that_failed_follows_its_own_on_error(on_error):
    stage = Stage(a_loop(on_error=on_error), nested("in", config=SECOND_FAILS))
    looped(stage)
    assert stage.enter("each", collects=True) == {"positions": []}
    assert stage.record("each").status == "failed"


def test_a_loop_that_continues_holds_the_error_in_place_of_the_item():
    stage = Stage(a_loop(config={"on_item_error": "continue"}), nested("in", config=SECOND_FAILS))
    looped(stage)
    stage.enter("each", collects=True)
    first, second = stage.output("each")
    assert first == "x"
    assert second == {
        "error": {"code": "broken", "message": "It is broken.", "details": {"step_id": "in", "attempt": 1}}
    }


def test_a_step_that_continues_holds_its_error_and_fails_no_item():
    stage = Stage(a_loop(), nested("in", on_error="continue", config=SECOND_FAILS))
    stage.enter("each")
    for position in "01":
        stage.enter("in", position)
    stage.enter("each", collects=True)
    assert stage.output("each")[0] == "x"
    assert stage.output("each")[1]["error"]["code"] == "broken"


def test_an_iteration_that_was_broken_off_is_no_success():
    stage = Stage(a_loop(), nested("in"))
    stage.enter("each")
    stage.enter("in", "0")
    with pytest.raises(StepFailed):
        stage.enter("each", collects=True)
    error = stage.record("each").error
    assert (error.code, error.details["error"]["code"]) == ("item_failed", "item_not_finished")


def test_a_step_that_failed_is_named_before_one_that_was_broken_off():
    stage = Stage(a_loop(body=("in", "after")), nested("in", config=SECOND_FAILS), nested("after", depends_on=["in"]))
    looped(stage)
    with pytest.raises(StepFailed):
        stage.enter("each", collects=True)
    assert stage.record("each").error.details["index"] == 1


def test_steps_that_a_condition_jumped_over_are_not_missing():
    decide = nested("decide", type="condition", jumps={"then": [], "else": ["in"], "": ["in"]})
    stage = Stage(a_loop(items=[1], body=("decide", "in")), decide, nested("in", blocks=["decide"]))
    stage.enter("each")
    stage.enter("decide", "0")
    stage.enter("each", collects=True)
    assert stage.output("each") == [{"decide": None}]


def test_outputs_that_together_are_too_large_fail_the_loop(monkeypatch):
    monkeypatch.setattr(loops, "MAX_COLLECTED", 5)
    stage = Stage(a_loop(), nested("in", config={"give": "abc"}))
    stage.enter("each")
    for position in "01":
        stage.enter("in", position)
    with pytest.raises(StepFailed):
        stage.enter("each", collects=True)
    assert stage.record("each").error.code == "output_too_large"


# Executions and races ------------------------------------------------------------------------------------------------


def test_two_who_enter_a_loop_at_once_fix_the_same_items():
    stage = Stage(a_loop(), nested("in"))
    put = stage.runs.put_step
    entered: list[Any] = []

    def put_after_another(record: Any, *, was: Any) -> bool:
        stage.runs.put_step = put
        entered.append(stage.enter("each"))
        return put(record, was=was)

    stage.runs.put_step = put_after_another
    with pytest.raises(StepBusy):
        stage.enter("each")
    assert entered == [stage.enter("each")]
    assert stage.record("each").owner == "invocation-2"


def test_a_loop_of_a_run_that_is_to_stop_does_not_settle():
    stage = Stage(a_loop(), nested("in"))
    stage.enter("each")
    stage.runs.intend("run_1", Intent("cancel", NOW, "key_1"), NOW)
    with pytest.raises(RunStopped):
        stage.enter("each", collects=True)
    assert stage.record("each").status == "running"


def test_a_later_execution_replays_what_has_settled_and_does_the_rest():
    stage = Stage(a_loop(), nested("in", config=SHOW))
    stage.enter("each")
    stage.enter("in", "0")
    stage.runs.states["run_1"] = replace(stage.runs.states["run_1"], execution=2)
    assert stage.enter("each", execution=2) == {"positions": ["0", "1"]}
    for position in "01":
        stage.enter("in", position, execution=2)
    stage.enter("each", collects=True, execution=2)
    assert stage.output("each") == ["0:x", "1:y"]
    assert len(stage.contexts) == 2


def test_ten_thousand_iterations_read_the_items_once():
    stage = Stage(a_loop(items="[1..100]"), nested("in"))
    stage.enter("each")
    read, loads = stage.runs.read, []

    def counted(run_id: str, keys: Any) -> Any:
        loads.append([*keys])
        return read(run_id, loads[-1])

    stage.runs.read = counted
    for number in range(100):
        stage.enter("in", str(number))
    assert [keys for keys in loads if "each" in keys] == [["each"]]


# What is shown -------------------------------------------------------------------------------------------------------


def shown(stage: Stage) -> list[tuple[str, Any, str]]:
    return [(row["step_id"], row.get("iteration"), row["status"]) for row in view(stage)["step_runs"]]


def view(stage: Stage) -> Any:
    story = Story(stage.runs.runs["run_1"], stage.runs.states["run_1"], list(stage.runs.steps.values()))
    return run_view(story, stage.plan, stage.values, NOW)


def test_a_run_shows_each_iteration_and_what_was_jumped_over_in_it():
    decide = nested("decide", type="condition", jumps={"then": [], "else": ["in"], "": ["in"]})
    after = a_plan_step("after", depends_on=["each"])
    stage = Stage(a_loop(body=("decide", "in")), decide, nested("in", blocks=["decide"]), after)
    stage.enter("each")
    stage.enter("decide", "0")
    assert shown(stage) == [
        ("each", None, "running"),
        ("decide", "0", "completed"),
        ("in", "0", "skipped"),
        ("after", None, "pending"),
    ]


def test_steps_of_a_skipped_loop_are_not_shown():
    stage = Stage(a_loop(when="false"), nested("in"))
    stage.enter("each")
    assert shown(stage) == [("each", None, "skipped")]


def test_a_run_waits_when_all_that_is_left_is_a_wait_in_a_loop():
    stage = Stage(a_loop(items=[1]), nested("in"))
    stage.enter("each")
    stage.runs.steps["run_1", "in@0"] = a_step_run("in@0", "waiting")
    assert view(stage)["status"] == "waiting"


def a_step_run(key: str, status: Any) -> Any:
    return a_step(key=key, step_id=key.partition("@")[0], status=status)


def test_a_run_with_very_many_step_runs_in_loops_says_that_it_shows_not_all(monkeypatch):
    monkeypatch.setattr(run_views, "NESTED_ROWS", 2)
    stage = Stage(a_loop(), nested("in"))
    stage.enter("each")
    stage.enter("in", "0")
    assert "step_runs_truncated" not in view(stage)
    stage.enter("in", "1")
    assert view(stage)["step_runs_truncated"] is True
