from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from stepweave.domain.cron import parse_cron
from stepweave.domain.fire_times import fire_times, fires_at

NEW_YORK = ZoneInfo("America/New_York")


def times(cron, zone, after, count):
    found = fire_times(parse_cron(cron), zone, datetime.fromisoformat(after))
    return [fire.isoformat() for fire in islice(found, count)]


def test_fire_times_carry_the_offset_of_their_day():
    assert times("0 9 * * *", NEW_YORK, "2026-10-31T12:00Z", 3) == [
        "2026-10-31T09:00:00-04:00",
        "2026-11-01T09:00:00-05:00",
        "2026-11-02T09:00:00-05:00",
    ]


def test_a_time_in_a_gap_is_skipped():
    assert times("30 2 * * *", NEW_YORK, "2026-03-07T05:00Z", 2) == [
        "2026-03-07T02:30:00-05:00",
        "2026-03-09T02:30:00-04:00",
    ]


def test_a_time_in_a_fold_fires_the_first_time():
    assert times("30 1 * * *", NEW_YORK, "2026-11-01T04:00Z", 2) == [
        "2026-11-01T01:30:00-04:00",
        "2026-11-02T01:30:00-05:00",
    ]


def test_after_the_first_time_of_a_fold_there_is_no_second():
    assert times("30 1 * * *", NEW_YORK, "2026-11-01T06:10Z", 1) == ["2026-11-02T01:30:00-05:00"]


def test_a_day_that_a_zone_leaves_out_has_no_time():
    assert times("0 9 30 12 *", ZoneInfo("Pacific/Apia"), "2011-01-01T00:00Z", 1) == ["2012-12-30T09:00:00+14:00"]


def test_the_moment_itself_is_not_after_it():
    assert times("0 9 * * *", UTC, "2026-03-07T09:00Z", 1) == ["2026-03-08T09:00:00+00:00"]


def test_a_cron_that_names_no_day_for_a_century_ends():
    assert times("0 0 29 2 */7", UTC, "2199-12-31T00:00Z", 1) == []


def test_the_second_time_of_a_fold_is_no_fire_time():
    cron = parse_cron("30 1 * * *")
    assert fires_at(cron, NEW_YORK, datetime.fromisoformat("2026-11-01T05:30:41Z"))
    assert not fires_at(cron, NEW_YORK, datetime.fromisoformat("2026-11-01T06:30:00Z"))
