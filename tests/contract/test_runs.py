"""The port `Runs`."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fakes.samples import NOW, a_run, a_state, a_step
from stepweave.domain.origin import Origin, Trace
from stepweave.domain.run import Fail, Intent, Rerun, Value
from stepweave.domain.story import Event
from stepweave.domain.workflow import Machine
from stepweave.errors import Invalid
from stepweave.ids import ulid
from stepweave.services.listing import RunFilters
from stepweave.services.moments import text_of

LATER = "2026-11-02T08:40:00.000Z"


@pytest.fixture
def runs(stores):
    stores.runs.create(a_run(), a_state())
    return stores.runs


def test_a_run_comes_back_as_it_was_stored(runs):
    story = runs.get("run_1", nested=9)
    assert (story.run, story.state, list(story.steps)) == (a_run(), a_state(), [])
    assert runs.state("run_1") == a_state()
    assert runs.get("run_9", nested=9) is None
    assert runs.state("run_9") is None


@pytest.mark.parametrize(
    "origin", [Origin("req_1"), Origin("", "order-17"), Origin("req_1", "order-17", Trace("a" * 32, "00"))]
)
def test_a_run_comes_back_with_the_ids_of_what_asked_for_it(stores, origin):
    stores.runs.create(a_run(origin=origin), a_state())
    assert stores.runs.get("run_1", nested=0).run.origin == origin
    assert stores.runs.read("run_1", [])[0].origin == origin


def test_admission_marks_the_run_as_running_from_its_first_moment_on(runs):
    told = (Event(0, "run_started", NOW),)
    assert runs.admit("run_1", 1, NOW, draw=True) == a_state(status="running", started_at=NOW, events=1, told=told)
    again = runs.admit("run_1", 1, LATER, draw=True)
    assert (again.started_at, again.told) == (NOW, told)


def test_each_drawn_event_number_is_new(runs):
    drawn = [runs.admit("run_1", 1, NOW, draw=True).events, runs.draw_event("run_1"), runs.draw_event("run_1")]
    assert drawn == [1, 2, 3]
    assert runs.admit("run_1", 1, NOW, draw=False).events == 3


@pytest.mark.parametrize(("run_id", "execution"), [("run_1", 2), ("run_1", 0), ("run_9", 1)])
def test_an_execution_that_is_not_current_is_not_admitted(runs, run_id, execution):
    assert runs.admit(run_id, execution, NOW, draw=True) is None


def test_a_finished_run_admits_nobody_and_finishes_once(runs):
    done = a_state(status="completed", started_at=NOW, completed_at=LATER, output=Value(inline='{"a":1}', size=7))
    assert runs.finish(done)
    assert not runs.finish(replace(done, status="failed"))
    assert runs.admit("run_1", 1, NOW, draw=True) is None
    told = (Event(1, "run_completed", LATER, {"status": "completed", "started_at": NOW}),)
    assert runs.state("run_1") == replace(done, events=1, told=told)


def test_a_run_that_is_paused_tells_so(runs):
    runs.draw_event("run_1")
    error = Fail("c", "m" * 400, {"a": 1})
    assert runs.finish(a_state(status="paused", completed_at=LATER, error=error))
    (told,) = runs.state("run_1").told
    assert (told.number, told.kind, told.at) == (2, "run_paused", LATER)
    assert told.facts == {"status": "paused", "error": {"code": "c", "message": "m" * 300}}


def test_numbers_that_are_void_stay_so(runs):
    runs.void_events("run_1", [3])
    runs.void_events("run_1", [5, 3])
    assert runs.state("run_1").void == {3, 5}


def test_step_runs_that_tell_of_an_event_or_of_a_later_one_are_found(runs):
    for key, numbers in {"a": [1, 2], "b": [3, 5], "in@0": [4, 6]}.items():
        story = tuple(Event(number, "step_started", NOW, {"é": [1.5]}) for number in numbers)
        runs.put_step(a_step(key=key, step_id=key.partition("@")[0], story=story), was=None)

    def found(number, nested):
        return [step.key for step in runs.telling("run_1", number, nested=nested)]

    assert [found(number, False) for number in (1, 3, 6)] == [["a", "b"], ["b"], []]
    assert [found(number, True) for number in (1, 6, 7)] == [["in@0"], ["in@0"], []]
    (telling,) = runs.telling("run_1", 6, nested=True)
    assert telling.story[0] == Event(4, "step_started", NOW, {"é": [1.5]})


def test_an_older_execution_does_not_finish_the_run(runs):
    assert not runs.finish(a_state(status="completed", execution=2))
    assert runs.state("run_1").status == "queued"


def test_a_failure_comes_back_with_its_details(runs):
    error = Fail("http_status", "It answered 500", {"status_code": 500, "ratio": 0.5, "nested": {"a": [1, None]}})
    runs.finish(a_state(status="failed", error=error))
    assert runs.state("run_1").error == error


def test_a_step_run_comes_back_as_it_was_stored(runs):
    step = a_step(
        output=Value(ref="runs/x", size=200_000),
        error=Fail("c", "m", {"f": 1.5}),
        skipped=("a", "b"),
        due_at=NOW,
        items=Value(inline="[1]", size=3),
    )
    assert runs.put_step(step, was=None)
    run, records = runs.read("run_1", ["fetch", "absent"])
    assert (run, dict(records)) == (a_run(), {"fetch": step})
    assert list(runs.get("run_1", nested=0).steps) == [step]


def test_a_step_run_is_claimed_by_one(runs):
    assert runs.put_step(a_step(owner="me"), was=None)
    assert not runs.put_step(a_step(owner="you"), was=None)


def test_the_same_write_sent_twice_has_succeeded(runs):
    assert runs.put_step(a_step(), was=None)
    assert runs.put_step(a_step(), was=None)


TOLD = (Event(7, "step_started", NOW),)


@pytest.mark.parametrize("taken_over", [{"owner": "you"}, {"status": "completed"}, {"attempt": 2}, {"story": TOLD}])
def test_who_lost_a_step_run_cannot_write_it(runs, taken_over):
    mine = a_step()
    runs.put_step(mine, was=None)
    assert runs.put_step(replace(mine, **taken_over), was=mine)
    assert not runs.put_step(replace(mine, status="failed"), was=mine)


def test_reading_an_unknown_run_is_an_error(stores):
    with pytest.raises(LookupError):
        stores.runs.read("run_9", ["fetch"])


def test_more_step_runs_than_one_call_carries_are_read_whole(runs):
    keys = [f"s{number}" for number in range(120)]
    for key in keys:
        runs.put_step(a_step(key=key, step_id=key), was=None)
    _, records = runs.read("run_1", keys)
    assert sorted(records) == sorted(keys)


def test_the_iterations_of_a_step_are_those_of_its_loop_at_that_position(runs):
    keys = ["in@0", "in@1", "in@10", "in@1.0", "in@1.1", "in@10.0", "inner@1", "in"]
    for key in keys:
        runs.put_step(a_step(key=key, step_id=key.partition("@")[0]), was=None)

    def found(position):
        return sorted(each.key for each in runs.iterations("run_1", "in", position))

    assert found("1") == ["in@1.0", "in@1.1"]
    assert found("10") == ["in@10.0"]
    assert found("2") == []


def test_the_iterations_of_a_loop_at_the_top_are_all_of_its_steps(runs):
    for number in range(3):
        runs.put_step(a_step(key=f"in@{number}", step_id="in"), was=None)
    runs.put_step(a_step(key="inner@0", step_id="inner"), was=None)
    assert sorted(each.key for each in runs.iterations("run_1", "in", "")) == ["in@0", "in@1", "in@2"]


def test_a_run_comes_with_as_many_steps_in_loops_as_asked_for(stores, runs):
    stores.latches.add("run_1", 1, "", "z await", ["a"])
    for key in ("zeta", "each", "_", *(f"{name}@{number}" for name in ("a", "in") for number in range(3))):
        runs.put_step(a_step(key=key, step_id=key.partition("@")[0]), was=None)

    def keys(nested):
        return sorted(step.key for step in runs.get("run_1", nested=nested).steps)

    assert keys(0) == ["_", "each", "zeta"]
    assert keys(4) == ["_", "a@0", "a@1", "a@2", "each", "in@0", "zeta"]
    assert keys(99) == keys(6)
    assert len(keys(6)) == 9


def test_a_run_gets_another_machine(runs):
    runs.set_machine("run_1", Machine("arn:other", "plan2", "release2"))
    assert (runs.state("run_1").machine_arn, runs.state("run_1").plan_key) == ("arn:other", "plan2")


def test_the_runs_of_a_workflow_are_listed_newest_first(stores):
    for number in range(3):
        run_id = f"run_{number}"
        stores.runs.create(a_run(id=run_id), a_state(run_id=run_id))
    stores.runs.create(a_run(id="run_x", workflow_id="wf_2"), a_state(run_id="run_x", workflow_id="wf_2"))
    page = stores.runs.page(RunFilters("wf_1"), limit=2, offset=0, cursor=None)
    assert ([story.run.id for story in page.rows], page.total) == (["run_2", "run_1"], 3)
    rest = stores.runs.page(RunFilters("wf_1"), limit=2, offset=0, cursor=page.next_cursor)
    assert [story.run.id for story in rest.rows] == ["run_0"]


def test_a_run_is_looked_after_from_its_first_minute_until_it_finishes(runs):
    assert runs.due("2026-11-02T08:30:59.999Z", 9) == []
    assert [state.run_id for state in runs.due("2026-11-02T08:31:00.000Z", 9)] == ["run_1"]
    runs.set_check("run_1", 1, LATER)
    assert runs.due("2026-11-02T08:31:00.000Z", 9) == []
    assert [state.checks for state in runs.due(LATER, 9)] == [1]
    runs.finish(a_state(status="completed"))
    runs.set_check("run_1", 2, LATER)
    assert runs.due(LATER, 9) == []


def test_the_longest_due_come_first_and_no_more_than_asked_for(stores):
    for number, created in enumerate(("08:30:02", "08:30:00", "08:30:01")):
        run_id = f"run_{number}"
        stores.runs.create(a_run(id=run_id, created_at=f"2026-11-02T{created}.000Z"), a_state(run_id=run_id))
    assert [state.run_id for state in stores.runs.due(LATER, 2)] == ["run_1", "run_2"]


PAUSE, CANCEL = Intent("pause", NOW, "key_1"), Intent("cancel", NOW, "key_2", Fail("gone", "It is gone.", {"n": 1}))


def test_a_run_that_is_to_stop_admits_nobody(runs):
    assert runs.intend("run_1", PAUSE, LATER) == a_state(intent=PAUSE)
    assert runs.state("run_1") == a_state(intent=PAUSE)
    assert runs.admit("run_1", 1, NOW, draw=True) is None


def test_an_intent_may_come_twice_and_only_a_cancel_takes_the_place_of_a_pause(runs):
    assert runs.intend("run_1", PAUSE, LATER) == runs.intend("run_1", PAUSE, LATER)
    assert runs.intend("run_1", replace(PAUSE, by="another"), LATER) is None
    assert runs.intend("run_1", CANCEL, LATER).intent == CANCEL
    assert runs.intend("run_1", PAUSE, LATER) is None
    assert runs.intend("run_1", replace(CANCEL, by="another"), LATER) is None
    assert runs.state("run_1").intent == CANCEL


def test_an_intent_makes_a_run_due(runs):
    runs.intend("run_1", CANCEL, NOW)
    assert [state.run_id for state in runs.due(NOW, 9)] == ["run_1"]


@pytest.mark.parametrize("status", ["paused", "completed"])
def test_what_is_not_under_way_takes_no_intent(runs, status):
    runs.finish(a_state(status=status))
    assert runs.intend("run_1", CANCEL, LATER) is None
    assert runs.intend("run_9", CANCEL, LATER) is None


def test_a_run_does_not_finish_past_an_intent_that_was_not_seen(runs):
    runs.intend("run_1", PAUSE, LATER)
    assert not runs.finish(a_state(status="completed"))
    runs.intend("run_1", CANCEL, LATER)
    assert not runs.finish(a_state(status="paused", intent=PAUSE))
    assert runs.finish(a_state(status="cancelled", intent=CANCEL))
    assert replace(runs.state("run_1"), told=()) == a_state(status="cancelled", events=1)


def test_a_paused_run_is_due_only_to_be_kept_and_finishes_only_as_such(runs):
    runs.intend("run_1", PAUSE, NOW)
    runs.finish(a_state(status="paused", intent=PAUSE))
    paused = runs.state("run_1")
    runs.rest(paused, LATER)
    assert [state.status for state in runs.due("2027", 9)] == ["paused"]
    runs.rest(paused, None)
    assert list(runs.due("2027", 9)) == []
    assert not runs.finish(a_state(status="cancelled"))
    assert runs.finish(a_state(status="cancelled"), paused=True)
    assert not runs.finish(a_state(status="cancelled"), paused=True)


def test_active_runs_of_a_workflow_are_listed_oldest_first(runs):
    for run_id in ("run_4", "run_3", "run_2"):
        runs.create(a_run(id=run_id), a_state(run_id=run_id))
    runs.create(a_run(id="run_5", workflow_id="wf_2"), a_state(run_id="run_5", workflow_id="wf_2"))
    runs.finish(a_state(run_id="run_2", status="paused"))
    runs.finish(a_state(run_id="run_3", status="failed"))
    assert [state.run_id for state in runs.active("wf_1", 9)] == ["run_1", "run_2", "run_4"]
    assert [state.run_id for state in runs.active("wf_1", 2)] == ["run_1", "run_2"]


def test_all_active_runs_are_listed_newest_first(runs):
    for number, (workflow_id, status) in enumerate([("wf_2", "queued"), ("wf_1", "completed"), ("wf_3", "paused")], 2):
        run_id = f"run_{number}"
        runs.create(a_run(id=run_id, workflow_id=workflow_id), a_state(run_id=run_id, workflow_id=workflow_id))
        if status != "queued":
            runs.finish(a_state(run_id=run_id, workflow_id=workflow_id, status=status, completed_at=LATER))
    assert [state.run_id for state in runs.all_active(9)] == ["run_4", "run_2", "run_1"]
    assert [state.run_id for state in runs.all_active(2)] == ["run_4", "run_2"]
    assert runs.count_active() == 3


def test_a_run_that_is_over_when_it_is_stored_is_neither_active_nor_due(runs):
    runs.create(a_run(id="run_2"), a_state(run_id="run_2", status="cancelled"))
    assert [state.run_id for state in runs.active("wf_1", 9)] == ["run_1"]
    assert "run_2" not in [state.run_id for state in runs.due("2027", 9)]


def test_what_is_to_run_again_comes_back_as_it_was_stored(runs):
    state = a_state(run_id="run_2", execution=3, reruns=(Rerun(2, "a"), Rerun(3, "b")))
    runs.create(a_run(id="run_2"), state)
    assert runs.state("run_2") == state


def failed(runs):
    runs.finish(a_state(status="failed", started_at=NOW, completed_at=LATER, error=Fail("c", "m")))
    return runs.state("run_1")


def next_of(state, **changes):
    bare = replace(state, status="queued", execution=state.execution + 1, completed_at=None, output=None, error=None)
    return replace(bare, reruns=(Rerun(bare.execution, "a"),), **changes)


def test_a_resumed_run_stands_as_its_next_execution_and_is_due(runs):
    was = failed(runs)
    wanted = next_of(was, workflow_version=2, machine_arn="arn:other", plan_key="plan2")
    assert runs.resume(wanted, was=was, at=LATER, check_after=LATER, input_data=None) == wanted
    found = runs.state("run_1")
    assert replace(found, events=was.events, told=was.told) == wanted
    assert found.told[-1].kind == "run_resumed"
    assert [state.run_id for state in runs.due(LATER, 9)] == ["run_1"]
    assert [state.run_id for state in runs.active("wf_1", 9)] == ["run_1"]
    assert runs.admit("run_1", 1, NOW, draw=True) is None
    assert runs.admit("run_1", 2, NOW, draw=True).started_at == NOW


def test_a_resume_may_come_twice_and_another_comes_too_late(runs):
    was = failed(runs)
    for given in (None, Value(inline="{}", size=2)):
        assert runs.resume(next_of(was), was=was, at=LATER, check_after=LATER, input_data=given) == next_of(was)
        other = next_of(was, workflow_version=3)
        assert runs.resume(other, was=was, at=LATER, check_after=LATER, input_data=given) is None


def test_a_resume_may_bring_another_input(runs):
    was, given = failed(runs), Value(inline='{"n":2}', size=7)
    runs.resume(next_of(was), was=was, at=LATER, check_after=LATER, input_data=given)
    assert runs.get("run_1", nested=0).run.input_data == given


def test_a_run_under_way_is_not_resumed(runs):
    was = runs.state("run_1")
    assert (
        runs.resume(next_of(was), was=replace(was, status="failed"), at=NOW, check_after=NOW, input_data=None) is None
    )


def test_a_deleted_run_is_seen_by_nobody_but_those_that_look_after_it(runs):
    was = failed(runs)
    assert runs.begin_delete("run_1", LATER)
    assert runs.begin_delete("run_1", LATER)
    assert (runs.state("run_1"), runs.get("run_1", nested=0)) == (None, None)
    assert runs.resume(next_of(was), was=was, at=LATER, check_after=LATER, input_data=None) is None
    assert [(state.run_id, state.deleted) for state in runs.due(LATER, 9)] == [("run_1", True)]


def test_a_workflow_has_runs_until_the_last_is_erased(runs):
    failed(runs)
    assert (runs.has_any("wf_1"), runs.has_any("wf_2")) == (True, False)
    runs.begin_delete("run_1", NOW)
    assert runs.erase("run_1", 9)
    assert not runs.has_any("wf_1")


def test_only_what_is_over_is_deleted(runs):
    assert runs.begin_delete("run_1", LATER) is False
    assert runs.begin_delete("run_9", LATER) is None


def test_a_run_is_erased_piece_by_piece_its_state_last(runs):
    failed(runs)
    for number in range(5):
        runs.put_step(a_step(key=f"fetch@{number}"), was=None)
    runs.begin_delete("run_1", NOW)
    assert not runs.erase("run_1", 4)
    assert [state.run_id for state in runs.due(LATER, 9)] == ["run_1"]
    while not runs.erase("run_1", 4):
        pass
    assert list(runs.due(LATER, 9)) == []
    assert runs.begin_delete("run_1", NOW) is None


def test_no_run_takes_the_id_of_one_that_was_deleted(runs):
    failed(runs)
    assert not runs.was_deleted("run_1")
    runs.begin_delete("run_1", NOW)
    assert runs.was_deleted("run_1")
    for _ in range(2):
        assert runs.erase("run_1", 9)
        assert (runs.was_deleted("run_1"), runs.state("run_1"), runs.get("run_1", nested=9)) == (True, None, None)
    assert not runs.create(a_run(), a_state())
    assert not runs.was_deleted("run_9")


RUN_IDS = [f"run_{ulid(1_793_600_000_000 + 1000 * number, number)}" for number in range(6)]


def at(number):
    return text_of(datetime.fromtimestamp(1_793_600_000 + number, UTC))


@pytest.fixture
def many(stores):
    """Six runs, a second apart, of two workflows."""
    for number, run_id in enumerate(RUN_IDS):
        labels = {"parity": "even" if number % 2 == 0 else "odd", "n": str(number)}
        workflow_id = "wf_1" if number < 5 else "wf_2"
        trigger = "manual" if number < 3 else "schedule"
        run = a_run(id=run_id, workflow_id=workflow_id, labels=labels, trigger=trigger, created_at=at(number))
        stores.runs.create(run, a_state(run_id=run_id, workflow_id=workflow_id))
    return stores.runs


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [5, 4, 3, 2, 1, 0]),
        ({"workflow_id": "wf_1"}, [4, 3, 2, 1, 0]),
        ({"workflow_id": "wf_9"}, []),
        ({"since": at(3)}, [5, 4, 3]),
        ({"until": at(3)}, [2, 1, 0]),
        ({"workflow_id": "wf_1", "since": at(1), "until": at(3)}, [2, 1]),
        ({"labels": (("parity", "even"),)}, [4, 2, 0]),
        ({"labels": (("parity", "even"), ("n", "2"))}, [2]),
        ({"labels": (("parity", "eve"),)}, []),
        ({"trigger": "schedule", "workflow_id": "wf_1"}, [4, 3]),
        ({"trigger": "manual", "labels": (("parity", "odd"),)}, [1]),
    ],
)
def test_runs_are_found_by_workflow_time_label_and_trigger(many, filters, expected):
    ids = [RUN_IDS[number] for number in expected]
    page = many.page(RunFilters(**filters), limit=2, offset=0, cursor=None)
    assert page.total == len(ids)
    found = [story.run.id for story in page.rows]
    assert page.next_cursor in (
        None,
        many.cursor_after(RunFilters(**filters), page.rows[-1].run) if page.rows else None,
    )
    while page.next_cursor:
        page = many.page(RunFilters(**filters), limit=2, offset=0, cursor=page.next_cursor)
        assert page.total == len(ids)
        found += [story.run.id for story in page.rows]
    assert found == ids
    assert [story.run.id for story in many.page(RunFilters(**filters), limit=9, offset=1, cursor=None).rows] == ids[1:]


def all_steps(runs, run_id, step_id=None, limit=2):
    keys, cursor = [], None
    while True:
        page = runs.step_page(run_id, step_id, limit=limit, cursor=cursor)
        assert len(page.rows) == limit or page.next_cursor is None
        keys += [step.key for step in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            return keys


def test_step_runs_are_listed_a_page_at_a_time_those_in_loops_last(many):
    first, second, *_ = RUN_IDS
    outside, inside = ["a", "a-b", "each"], ["in-2@0", "in@0", "in@1", "in@10"]
    for key in [*inside, *outside]:
        assert many.put_step(a_step(run_id=first, key=key, step_id=key.partition("@")[0]), was=None)
    many.put_step(a_step(run_id=second, key="other", step_id="other"), was=None)
    for limit in (1, 2, 3, 7, 9):
        assert all_steps(many, first, limit=limit) == outside + inside
    assert all_steps(many, first, "in") == ["in@0", "in@1", "in@10"]
    assert all_steps(many, first, "a") == ["a"]
    assert all_steps(many, first, "none") == []


def test_a_cursor_of_other_step_runs_is_refused(many):
    first, second, *_ = RUN_IDS
    for key in ("a", "b"):
        many.put_step(a_step(run_id=first, key=key, step_id=key), was=None)
    cursor = many.step_page(first, None, limit=1, cursor=None).next_cursor
    for run_id, step_id, given in ((second, None, cursor), (first, "a", cursor), (first, None, "rubbish")):
        with pytest.raises(Invalid):
            many.step_page(run_id, step_id, limit=1, cursor=given)


def test_runs_are_found_by_status_also_while_they_wait(many):
    first, second, third, fourth, fifth, _ = RUN_IDS
    for run_id in (first, second, third):
        many.admit(run_id, 1, NOW, draw=True)
    many.put_step(a_step(run_id=first, status="waiting"), was=None)
    many.put_step(a_step(run_id=second, status="waiting"), was=None)
    # Cut off in an execution before this one.
    many.put_step(a_step(run_id=first, key="old", step_id="old", status="running", execution=0), was=None)
    many.put_step(a_step(run_id=second, key="in@0", step_id="in", status="running"), was=None)
    many.put_step(a_step(run_id=third, key="each", status="running", items=Value(inline="[1]", size=3)), was=None)
    many.put_step(a_step(run_id=third, key="in@0", step_id="in", status="waiting"), was=None)
    many.finish(a_state(run_id=fourth, status="failed", completed_at=NOW))

    def ids(status, workflow_id):
        page = many.page(RunFilters(workflow_id, status), limit=9, offset=0, cursor=None)
        assert page.total == len(page.rows)
        return [story.run.id for story in page.rows]

    for workflow_id in ("wf_1", None):
        assert ids("waiting", workflow_id) == [third, first]
        assert ids("running", workflow_id) == [second]
        assert ids("failed", workflow_id) == [fourth]
        assert ids("queued", workflow_id)[-1] == fifth
        assert ids("completed", workflow_id) == []
    rows = many.page(RunFilters("wf_1"), limit=9, offset=0, cursor=None).rows
    assert [story.waits for story in rows] == [False, False, True, False, True]


def test_active_runs_go_on_after_one_of_them(many):
    assert [state.run_id for state in many.active("wf_1", 9, after=RUN_IDS[2])] == RUN_IDS[3:5]
