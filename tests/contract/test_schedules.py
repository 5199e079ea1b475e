from dataclasses import replace

import pytest

from stepweave.domain.schedule import Fire, Schedule, Skip, Timetable

AT = "2026-11-02T08:30:00.000Z"
SOON = "2026-11-02T08:31:00.000Z"


def schedule(number: int = 1, **members: object) -> Schedule:
    timetable = Timetable("0 9 * * *", None, AT, "Europe/Berlin")
    facts = (timetable, "0 9 * * *", AT, AT, "key_1", AT)
    return replace(Schedule(f"sched_{number}", "wf_1", *facts), **members)


def create(stores, one, next_run_at=AT, check_after=SOON):
    return stores.schedules.create(one, next_run_at=next_run_at, check_after=check_after)


def test_a_schedule_is_read_as_it_was_written(stores):
    full = schedule(
        timetable=Timetable(None, 15, AT, "UTC", AT, SOON),
        input_data={"rate": 1.5, "name": "größe", "none": None},
        enabled=False,
        jitter_seconds=30,
        overlap_policy="buffer_one",
        source="definition",
        last=Fire(AT, "run_1"),
        skipped=Skip(AT, "last_run_active"),
        buffered=AT,
    )
    for one in (schedule(1), replace(full, id="sched_2")):
        assert create(stores, one)
        assert stores.schedules.get(one.id) == one


def test_a_schedule_is_created_once(stores):
    assert create(stores, schedule())
    assert not create(stores, schedule(enabled=False))
    assert stores.schedules.get("sched_1").enabled


def test_of_two_who_read_the_same_only_one_writes(stores):
    create(stores, schedule())
    read = stores.schedules.get("sched_1")
    assert stores.schedules.put(replace(read, enabled=False), next_run_at=None, check_after=SOON)
    assert not stores.schedules.put(replace(read, jitter_seconds=5), next_run_at=None, check_after=SOON)
    assert stores.schedules.get("sched_1") == replace(read, enabled=False, rev=read.rev + 1)


def test_a_removed_schedule_is_gone_and_is_not_written_again(stores):
    create(stores, schedule())
    assert stores.schedules.remove("sched_1")
    assert not stores.schedules.remove("sched_1")
    assert not stores.schedules.put(schedule(), next_run_at=None, check_after=SOON)
    assert stores.schedules.get("sched_1") is None
    assert stores.schedules.of("wf_1") == []


def test_the_next_to_fire_is_listed_first_and_what_never_fires_last(stores):
    for number, following in ((1, None), (2, "2026-11-03T08:00:00.000Z"), (3, "2026-11-02T09:00:00.000Z")):
        create(stores, schedule(number), next_run_at=following)
    create(stores, schedule(4, workflow_id="wf_2"))
    first = stores.schedules.page("wf_1", limit=2, offset=0, cursor=None)
    rest = stores.schedules.page("wf_1", limit=2, offset=0, cursor=first.next_cursor)
    assert [each.id for each in (*first.rows, *rest.rows)] == ["sched_3", "sched_2", "sched_1"]
    assert (first.total, rest.total, rest.next_cursor) == (3, 3, None)
    assert [each.id for each in stores.schedules.page("wf_1", limit=2, offset=1, cursor=None).rows] == [
        "sched_2",
        "sched_1",
    ]
    assert {each.id for each in stores.schedules.of("wf_1")} == {"sched_1", "sched_2", "sched_3"}


@pytest.mark.parametrize(("now", "due"), [(AT, []), (SOON, ["sched_1"]), ("2026-12-01", ["sched_1", "sched_2"])])
def test_a_schedule_is_due_when_its_check_is(stores, now, due):
    create(stores, schedule(2), check_after="2026-11-03T08:00:00.000Z")
    create(stores, schedule(1))
    assert [each.id for each in stores.schedules.due(now, 5)] == due
