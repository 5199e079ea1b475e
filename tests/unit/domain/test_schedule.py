from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from stepweave.domain.fire_times import LAST
from stepweave.domain.schedule import Schedule, Timetable

AT = "2026-11-22T00:10:30.000Z"
START = datetime(2026, 11, 21, tzinfo=UTC)


def a_timetable(cron=None, every=None, **window):
    return Timetable(cron, every, AT, "Europe/Berlin", **window)


def texts(timetable, after=START, count=3):
    return [time.isoformat() for time in islice(timetable.times(after), count)]


def test_a_rate_counts_from_its_anchor_in_whole_minutes():
    assert texts(a_timetable(every=45), datetime.fromisoformat(AT)) == [
        "2026-11-22T01:55:00+01:00",
        "2026-11-22T02:40:00+01:00",
        "2026-11-22T03:25:00+01:00",
    ]


@pytest.mark.parametrize("timetable", [a_timetable("*/7 3 * * *"), a_timetable(every=7)])
def test_what_is_listed_is_what_fires(timetable):
    listed = {time.astimezone(UTC) for time in islice(timetable.times(START), 60)}
    minutes = (START + timedelta(minutes=number) for number in range(1, 10_000))
    assert listed >= {minute for minute in minutes if timetable.fires_at(minute) and minute <= max(listed)}
    assert all(timetable.fires_at(time) for time in listed)


@pytest.mark.parametrize(("cron", "every"), [("0 9 * * *", None), (None, 24 * 60)])
def test_nothing_fires_outside_the_window(cron, every):
    window = {"start_at": "2026-11-24T00:00:00Z", "end_at": "2026-11-26T00:00:00Z"}
    timetable = a_timetable(cron, every, **window)
    times = list(timetable.times(START))
    assert len(times) == 2
    assert not timetable.fires_at(times[0] - timedelta(days=1))
    assert not timetable.fires_at(times[-1] + timedelta(days=1))
    assert timetable.next(times[-1]) is None


def test_the_first_moment_of_the_window_fires_and_its_end_does_not():
    timetable = a_timetable("0 9 * * *", start_at="2026-11-24T08:00:00Z", end_at="2026-11-25T08:00:00Z")
    assert texts(timetable) == ["2026-11-24T09:00:00+01:00"]


def test_a_disabled_schedule_has_no_next_run():
    schedule = Schedule("sched_1", "wf_1", a_timetable("0 9 * * *"), "0 9 * * *", AT, AT, "key_1", AT, enabled=False)
    assert schedule.next_run_at(START) is None


@pytest.mark.parametrize("timetable", [a_timetable("0 9 * * *"), a_timetable(every=24 * 60)])
def test_nothing_fires_after_the_last_moment_that_is_looked_at(timetable):
    eve = LAST - timedelta(days=2)
    assert 1 <= len(list(timetable.times(eve))) <= 2
    assert timetable.next(LAST) is None
