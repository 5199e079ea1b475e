"""The story of a run as its readers get it, with every port in memory."""

from dataclasses import replace

import pytest

from fakes.samples import NOW, a_run, a_state, a_step
from fakes.stores import FakeRuns, FakeValues
from fakes.world import FakeClock
from stepweave.domain.run import Fail, Value
from stepweave.domain.story import Event
from stepweave.errors import NotFound
from stepweave.services.events import EventPorts, news, show
from stepweave.services.moments import text_of
from stepweave.services.places import parse_id
from stepweave.services.retold import kept_story


class Stage:
    def __init__(self):
        self.runs, self.values, self.clock = FakeRuns(), FakeValues(), FakeClock()
        self.runs.create(a_run(), a_state())
        self.ports = EventPorts(self.runs, self.values, self.clock)

    def admit(self, execution=1):
        return self.runs.admit("run_1", execution, text_of(self.clock()), draw=True).events

    def draw(self):
        return self.runs.draw_event("run_1")

    def tell(self, key, *events, **facts):
        story = tuple(Event(number, kind, text_of(self.clock())) for number, kind in events)
        step = a_step(key=key, step_id=key.partition("@")[0], story=story, **facts)
        self.runs.steps["run_1", key] = step
        return step

    def finish(self, status="completed", **facts):
        self.runs.finish(a_state(status=status, started_at=NOW, completed_at=text_of(self.clock()), **facts))

    def ids(self, place=None):
        return [told.place.id for told in self.news(place).told]

    def news(self, place=None):
        return news("run_1", parse_id(place) if place else None, self.ports)

    def shown(self, place=None):
        return show("run_1", self.news(place).told, self.ports)[0]


@pytest.fixture
def stage():
    return Stage()


def told_by(stage, **done):
    """A run of one step, from beginning to end."""
    stage.admit()
    stage.draw()
    started, completed = (1, "step_started"), (2, "step_completed")
    stage.tell("a", started, completed, status="completed", completed_at=NOW, **done)
    stage.finish()


def test_a_run_that_waits_for_its_turn_has_told_that_it_is_queued(stage):
    (queued,) = stage.shown()
    assert (queued.id, queued.event) == ("0", "run_queued")
    assert queued.data == {"run_id": "run_1", "status": "queued", "timestamp": NOW}
    assert not stage.news().is_done


def test_the_story_of_a_run_is_told_in_order_from_the_beginning(stage):
    told_by(stage, output=Value(inline="[7]", size=3))
    story = stage.shown()
    assert [(each.id, each.event) for each in story] == [
        ("0", "run_queued"),
        ("0~", "run_started"),
        ("1", "step_started"),
        ("2", "step_completed"),
        ("3", "run_completed"),
    ]
    assert story[2].data == {"run_id": "run_1", "step_id": "a", "timestamp": NOW}
    published = {"run_id": "run_1", "step_id": "a", "output": [7]}
    assert published.items() <= {**story[3].data}.items()
    assert {"run_id": "run_1", "status": "completed", "duration_seconds": 0}.items() <= story[4].data.items()
    assert stage.news().is_done


def test_whoever_knows_a_part_of_it_gets_the_rest(stage):
    told_by(stage)
    ids = stage.ids()
    for count, last in enumerate(ids, start=1):
        assert stage.ids(last) == ids[count:]
    assert stage.news(ids[-1]).is_done
    assert stage.ids("99") == []


def test_an_unknown_run_tells_nothing(stage):
    with pytest.raises(NotFound):
        news("run_9", None, stage.ports)


def test_what_is_numbered_after_something_not_yet_written_is_held_back(stage):
    stage.admit()
    stage.draw()
    stage.tell("b", (2, "step_started"))
    assert stage.ids() == ["0", "0~"]
    stage.tell("a", (1, "step_started"))
    assert stage.ids() == ["0", "0~", "1", "2"]


def test_a_number_that_is_never_used_is_given_up_20_seconds_after_a_later_one_was(stage):
    stage.admit()
    stage.draw()
    stage.tell("b", (2, "step_started"))
    stage.clock.advance(20)
    assert stage.ids() == ["0", "0~"]
    stage.clock.advance(0.001)
    assert stage.ids() == ["0", "0~", "2"]
    assert stage.runs.state("run_1").void == {1}


def test_the_end_of_a_run_waits_for_what_is_missing_before_it(stage):
    stage.admit()
    stage.finish()
    assert not stage.news().is_done
    stage.clock.advance(21)
    assert stage.news().is_done


def test_what_comes_under_a_number_that_was_given_up_is_told_under_another(stage):
    stage.admit()
    stage.draw()
    stage.tell("b", (2, "step_started"))
    stage.clock.advance(21)
    assert stage.ids("0~") == ["2"]
    stage.tell("a", (1, "step_started"))
    assert stage.ids("0~") == ["2", "3"]
    assert stage.runs.steps["run_1", "a"].story[0].number == 3


def test_what_is_written_while_its_number_is_given_up_is_told_once(stage):
    stage.admit()
    stage.draw()
    stage.tell("b", (2, "step_started"))
    stage.clock.advance(21)
    void = stage.runs.void_events

    def meanwhile(run_id, numbers):
        stage.tell("a", (1, "step_started"))
        void(run_id, numbers)

    stage.runs.void_events = meanwhile
    assert stage.ids("0~") == ["2", "3"]


def test_steps_that_a_condition_jumped_over_are_told_with_it(stage):
    stage.admit()
    stage.draw()
    done = {"status": "completed", "completed_at": NOW, "skipped": ("x", "y")}
    stage.tell("c@4", (1, "step_started"), (2, "step_completed"), **done)
    story = stage.shown("1")
    assert [(each.id, each.event, each.data["step_id"]) for each in story] == [
        ("2.0", "step_completed", "c"),
        ("2.1", "step_skipped", "x"),
        ("2", "step_skipped", "y"),
    ]
    assert [each.data["iteration"] for each in story] == ["4"] * 3
    assert stage.ids("2.0") == ["2.1", "2"]
    assert stage.ids("2.1") == ["2"]


def test_a_run_that_goes_on_tells_it_after_what_it_told_before(stage):
    told_by(stage)
    state = stage.runs.states["run_1"]
    stage.runs.states["run_1"] = replace(state, status="queued", execution=2)
    stage.admit(execution=2)
    assert stage.ids("3") == ["3~"]
    stage.tell("b", (4, "step_started"))
    assert [each.event for each in stage.shown("2")] == ["run_completed", "run_started", "step_started"]


def test_a_failure_is_told_with_its_code_and_one_of_the_run_too(stage):
    stage.admit()
    stage.draw()
    error = Fail("http_status", "It answered 500.", {"status_code": 500})
    stage.tell("a", (1, "step_started"), (2, "step_failed"), status="failed", error=error, completed_at=NOW)
    stage.finish("failed", error=error)
    step, run = stage.shown("1")
    assert step.data["error"] == {"code": error.code, "message": error.message, "details": {"status_code": 500}}
    assert run.data["status"] == "failed"
    assert run.data["error"] == {"code": error.code, "message": error.message}


def test_large_outputs_are_told_by_reference(stage):
    told_by(stage, output=Value(ref="runs/x", size=200_000))
    (_, told, _) = stage.shown("0~")
    assert told.data["output"] is None
    assert told.data["output_url"] == "/api/workflows/runs/run_1/steps/a/output"


def test_a_batch_ends_before_it_grows_too_large(stage):
    text = '"' + "x" * 99_000 + '"'
    stage.admit()
    for number in range(1, 16):
        stage.draw()
        output = Value(inline=text, size=len(text))
        stage.tell(f"s{number}", (number, "step_completed"), status="completed", output=output)
    told = stage.news("0~").told
    shown, count = show("run_1", told, stage.ports)
    assert len(shown) == count == 10
    rest, _ = show("run_1", told[count:], stage.ports)
    assert [each.id for each in [*shown, *rest]] == [str(number) for number in range(1, 16)]


def test_what_a_step_told_before_it_ran_again_is_told_as_it_was(stage):
    stage.admit()
    for _ in range(3):
        stage.draw()
    small = Value(inline="[1]", size=3)
    was = stage.tell("a", (1, "step_started"), (2, "step_completed"), output=small, status="completed", skipped=("x",))
    story = (*kept_story(was), Event(3, "step_started", NOW), Event(4, "step_failed", NOW))
    again = replace(was, story=story, output=None, error=Fail("c", "m"), status="failed", skipped=())
    stage.runs.steps["run_1", "a"] = again
    first, skipped, _, second = stage.shown("1")
    assert (first.id, first.data["output"], skipped.data["step_id"]) == ("2.0", [1], "x")
    assert (second.event, second.data["error"]["code"]) == ("step_failed", "c")


def test_an_earlier_failure_keeps_its_code_and_a_larger_output_is_not_kept(stage):
    error = a_step(story=(Event(1, "step_failed", NOW),), error=Fail("c", "m" * 999))
    assert kept_story(error)[0].facts["was"]["error"] == {"code": "c", "message": "m" * 300}
    large = a_step(story=(Event(1, "step_completed", NOW),), output=Value(inline="1" * 2000, size=2000))
    assert "output" not in kept_story(large)[0].facts["was"]
    assert kept_story(a_step()) == ()
