from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.samples import a_workflow
from fakes.schedule_stage import NINE, Stage
from stepweave.errors import Conflict, Invalid, NotFound, Unavailable
from stepweave.services.backfill import backfill
from stepweave.services.fires import deliver, fire_now, make_last_run, release_buffered


@pytest.fixture
def stage():
    return Stage()


def test_a_fire_becomes_a_run_that_knows_its_time(stage):
    stage.add(input_data={"dataset": "daily"})
    assert stage.tick().run_id == "run_1"
    (asked,) = stage.started
    assert (asked.workflow_id, asked.input_data, asked.delay_seconds) == ("wf_1", {"dataset": "daily"}, 0)
    assert asked.labels == {"schedule_id": "sched_1", "scheduled_at": "2026-11-02T09:00:00.000Z"}
    assert stage.schedule.last.run_id == "run_1"
    assert stage.schedules.nexts["sched_1"] == "2026-11-02T10:00:00.000Z"


def test_a_fire_tells_how_late_it_came_unless_it_waited_for_the_last_run(stage):
    stage.add(overlap_policy="buffer_one")
    stage.tick()
    stage.tick(1)
    stage.clock.advance(100)
    stage.end("run_1")
    release_buffered("sched_1", stage.ports)
    lags = [facts["lag_seconds"] for outcome, facts in stage.tell.told if outcome == "schedule_fired"]
    assert len(lags) == 3
    assert lags[0] >= 0
    assert lags[1:] == [None, None]


@pytest.mark.parametrize("policy", ["skip", "allow", "buffer_one", "cancel_other"])
def test_a_fire_that_is_delivered_again_starts_nothing(stage, policy):
    stage.add(overlap_policy=policy)
    assert stage.tick() == stage.tick() == stage.tick()
    assert stage.times() == ["09:00"]


def test_a_fire_that_is_delivered_again_after_a_later_one_starts_nothing(stage):
    stage.add(overlap_policy="allow")
    first = stage.tick(0)
    stage.tick(1)
    assert stage.tick(2, at=0) == first
    assert stage.times() == ["09:00", "10:00"]


def test_fires_out_of_order_start_a_run_each(stage):
    stage.add(overlap_policy="allow")
    for hour in (2, 0, 1, 0, 2):
        stage.tick(2, at=hour)
    assert sorted(stage.times()) == ["09:00", "10:00", "11:00"]


def test_a_fire_starts_up_to_a_day_late_and_no_later(stage):
    stage.add(overlap_policy="allow")
    assert stage.tick(24, at=0).run_id == "run_1"
    assert stage.tick(26, at=1).reason == "too_late"


@pytest.mark.parametrize(
    ("members", "minutes"),
    [({}, 1), ({"enabled": False}, 0)],
    ids=["no fire time", "disabled"],
)
def test_what_is_no_fire_of_the_schedule_starts_nothing(stage, members, minutes):
    stage.add(**members)
    fired = deliver("sched_1", NINE + timedelta(minutes=minutes), stage.ports)
    assert (fired.run_id, fired.reason, stage.started) == (None, "no_fire_time", [])


@pytest.mark.parametrize("status", ["draft", "paused", "archived"])
def test_a_workflow_that_is_not_active_fires_nothing(stage, status):
    stage.add()
    stage.workflows.workflows["wf_1"] = a_workflow(status=status)
    assert stage.tick().reason == "workflow_not_active"
    assert stage.started == []


def test_a_timer_without_a_schedule_is_removed(stage):
    schedule = stage.add()
    stage.schedules.remove(schedule.id)
    assert stage.tick().reason == "schedule_gone"
    assert stage.timers.made == {}


def test_a_fire_is_skipped_while_the_last_run_is_active(stage):
    stage.add()
    stage.tick(0)
    assert stage.tick(1).reason == "last_run_active"
    assert stage.schedule.skipped.at == "2026-11-02T10:00:00.000Z"
    stage.end("run_1")
    assert stage.tick(1).reason == "last_run_active"
    assert stage.tick(2).run_id == "run_2"
    assert stage.times() == ["09:00", "11:00"]


def test_one_fire_is_buffered_and_goes_on_when_the_last_run_has_ended(stage):
    stage.add(overlap_policy="buffer_one")
    stage.tick(0)
    assert [stage.tick(1).reason, stage.tick(1).reason, stage.tick(2).reason] == [
        "buffered",
        "buffered",
        "last_run_active",
    ]
    release_buffered("sched_1", stage.ports)
    assert stage.times() == ["09:00"]
    stage.end("run_1")
    release_buffered("sched_1", stage.ports)
    release_buffered("sched_1", stage.ports)
    assert stage.times() == ["09:00", "10:00"]
    assert stage.schedule.buffered is None
    assert stage.tick(2).reason == "last_run_active"


def test_the_other_run_is_cancelled(stage):
    stage.add(overlap_policy="cancel_other")
    stage.tick(0)
    stage.tick(1)
    assert stage.runs.state("run_1").status == "cancelled"
    assert stage.times() == ["09:00", "10:00"]


def test_a_run_that_ended_while_it_was_to_be_cancelled_is_no_hindrance(stage):
    stage.add(overlap_policy="cancel_other")
    stage.tick(0)
    cancel = stage.cancel

    def ended(run_id):
        stage.end(run_id)
        cancel(run_id)

    stage.ports = replace(stage.ports, cancel=ended)
    assert stage.tick(1).run_id == "run_2"


def test_a_fire_that_was_cut_off_before_its_run_was_made_is_made_by_its_next_delivery(stage):
    stage.add()
    stage.power_cuts = 1
    with pytest.raises(KeyboardInterrupt):
        stage.tick(0)
    assert stage.tick(0).run_id == "run_1"
    assert stage.times() == ["09:00"]


def test_a_fire_that_was_cut_off_before_its_run_was_made_is_made_by_the_next_fire(stage):
    stage.add()
    stage.power_cuts = 1
    with pytest.raises(KeyboardInterrupt):
        stage.tick(0)
    assert stage.tick(1).reason == "last_run_active"
    assert stage.times() == ["09:00"]


def test_a_fire_that_was_cut_off_before_its_run_was_made_is_made_by_a_check(stage):
    stage.add()
    stage.power_cuts = 1
    with pytest.raises(KeyboardInterrupt):
        stage.tick(0)
    for _ in range(2):
        assert make_last_run(stage.schedule, stage.ports).run_id == "run_1"
    assert stage.times() == ["09:00"]


def test_a_schedule_that_never_fired_has_no_last_run(stage):
    assert make_last_run(stage.add(), stage.ports) is None


@pytest.mark.parametrize(
    "error", [Invalid([]), Conflict("no", code="workflow_not_runnable"), NotFound("workflow", "wf_1")]
)
def test_a_run_that_is_refused_is_told_and_stops_no_later_fire(stage, error):
    stage.add()
    stage.refusal = error
    assert stage.tick(0).reason == error.code
    assert "scheduled_run_refused" in stage.tell.outcomes()
    stage.refusal = None
    assert stage.tick(26).run_id == "run_2"


def test_a_fire_goes_on_when_others_write_the_schedule(stage):
    stage.add()
    stage.schedules.others = 3
    assert stage.tick().run_id is not None
    assert stage.times() == ["09:00"]


def test_a_schedule_that_is_written_all_the_time_is_unavailable(stage):
    stage.add()
    stage.schedules.others = 1000
    with pytest.raises(Unavailable):
        stage.tick()
    assert stage.started == []


def test_a_fire_asked_for_by_hand_follows_the_policy_of_a_schedule_that_is_disabled(stage):
    stage.add(enabled=False)
    assert fire_now("sched_1", stage.ports).run_id == "run_1"
    stage.clock.advance(1)
    assert fire_now("sched_1", stage.ports).reason == "last_run_active"
    with pytest.raises(NotFound):
        fire_now("sched_2", stage.ports)


def test_jitter_delays_each_run_by_some_seconds_always_the_same(stage):
    stage.add(overlap_policy="allow", jitter_seconds=600)
    for hour in range(8):
        stage.tick(hour)
    delays = [asked.delay_seconds for asked in stage.started]
    assert len(set(delays)) > 1
    assert all(0 <= delay <= 600 for delay in delays)
    again = Stage()
    again.add(jitter_seconds=600)
    again.tick(0)
    assert again.started[0].delay_seconds == delays[0]


def test_a_backfill_starts_each_time_once_and_says_where_to_go_on(stage):
    stage.add()
    stage.tick(5)
    stage.now(8)
    done = backfill("sched_1", NINE, NINE + timedelta(hours=7), 4, stage.ports)
    assert len(done.run_ids) == 4
    assert done.next_from == "2026-11-02T13:00:00.000Z"
    again = backfill("sched_1", NINE, NINE + timedelta(hours=6), 100, stage.ports)
    assert again.run_ids[:4] == done.run_ids
    assert again.run_ids[5] == "run_1"
    assert sorted(stage.times()) == [f"{hour:02}:00" for hour in range(9, 16)]


def test_a_backfill_starts_what_was_skipped(stage):
    stage.add()
    stage.tick(0)
    assert stage.tick(1).reason == "last_run_active"
    first, second = backfill("sched_1", NINE, NINE + timedelta(hours=1), 100, stage.ports).run_ids
    assert backfill("sched_1", NINE, NINE + timedelta(hours=1), 100, stage.ports).run_ids == [first, second]
    assert stage.times() == ["09:00", "10:00"]


def test_a_backfill_needs_a_schedule_and_a_stretch_of_time(stage):
    with pytest.raises(NotFound):
        backfill("sched_1", NINE, NINE, 1, stage.ports)
    stage.add()
    with pytest.raises(Invalid):
        backfill("sched_1", NINE, NINE - timedelta(hours=1), 1, stage.ports)


def test_a_backfill_of_what_is_still_to_come_is_refused(stage):
    stage.add()
    with pytest.raises(Invalid):
        backfill("sched_1", NINE, stage.clock() + timedelta(minutes=1), 1, stage.ports)
    with pytest.raises(Invalid):
        backfill("sched_1", NINE.replace(year=1), NINE.replace(year=2), 1, stage.ports)
    assert stage.started == []


@pytest.mark.parametrize("meanwhile", ["claim", "put", "start"])
def test_a_backfill_that_comes_upon_the_fire_of_the_same_time_makes_the_same_run(stage, meanwhile):
    """At each of the fire's writes."""
    stage.add(overlap_policy="allow")
    stage.now(0)
    backfilled = []

    def first(call):
        def wrapped(*given, **named):
            if not backfilled:
                backfilled.append("")
                backfilled[:] = backfill("sched_1", NINE, NINE, 1, stage.ports).run_ids
            return call(*given, **named)

        return wrapped

    ports = stage.ports
    match meanwhile:
        case "claim":
            stage.keys.claim = first(stage.keys.claim)
        case "put":
            stage.schedules.put = first(stage.schedules.put)
        case "start":
            ports = replace(ports, start=first(ports.start))
    assert [deliver("sched_1", NINE, ports).run_id] == backfilled
    assert stage.times() == ["09:00"]


def test_a_refused_run_is_shown_as_no_run_and_not_made_by_the_next_fire(stage):
    stage.add()
    before = stage.tick(0).run_id
    stage.end(before)
    stage.refusal = Conflict("full", code="concurrency_limit")
    assert stage.tick(1).reason == "concurrency_limit"
    assert (stage.schedule.last.run_id, stage.schedule.skipped.reason) == (before, "concurrency_limit")
    stage.refusal = None
    assert stage.tick(1).reason == "concurrency_limit"
    assert stage.tick(2).run_id is not None
    assert stage.times() == ["09:00", "11:00"]


def test_a_fire_that_waits_is_dropped_when_its_workflow_is_not_active_at_last(stage):
    stage.add(overlap_policy="buffer_one")
    stage.tick(0)
    stage.tick(1)
    stage.workflows.workflows["wf_1"] = a_workflow(status="paused")
    stage.end("run_1")
    release_buffered("sched_1", stage.ports)
    assert (stage.schedule.buffered, stage.schedule.skipped.reason) == (None, "workflow_not_active")
    stage.workflows.workflows["wf_1"] = a_workflow()
    stage.tick(2)
    assert stage.tick(3).reason == "buffered"


def test_a_fire_that_waits_and_is_backfilled_does_not_wait_any_more(stage):
    stage.add(overlap_policy="buffer_one")
    stage.tick(0)
    stage.tick(1)
    backfill("sched_1", NINE + timedelta(hours=1), NINE + timedelta(hours=1), 1, stage.ports)
    release_buffered("sched_1", stage.ports)
    assert stage.schedule.buffered is None
    assert stage.times() == ["09:00", "10:00"]


def test_who_is_overtaken_while_skipping_tells_the_same_reason(stage):
    stage.add()
    stage.tick(0)
    stage.schedules.others = 1
    assert stage.tick(1).reason == "last_run_active"
    assert stage.schedule.skipped.at == "2026-11-02T10:00:00.000Z"
