"""Crons in all zones, held against the clock itself over a year with all its changes of offset."""

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventbridge_cron import Rule
from stepweave.domain.cron import parse_cron
from stepweave.domain.fire_times import fire_times, fires_at
from stepweave.domain.utc_rule import utc_rules

SINCE = datetime(2026, 7, 1, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DAYS = [SINCE + DAY * number for number in range(366)]
SHARES = 4
EXAMPLES = max(2, settings.get_profile(settings._current_profile).max_examples // 40)


def offsets(zone):
    return tuple(day.astimezone(zone).utcoffset() for day in DAYS)


def different_zones():
    """One of all zones that tell the same time all year."""
    zones = {offsets(ZoneInfo(name)): name for name in sorted(available_timezones() - {"localtime", "Factory"})}
    return sorted(zones.values())


ZONES = different_zones()


def field(low, high, step):
    values = st.integers(low, high)
    ranges = st.tuples(values, values).map(lambda pair: f"{min(pair)}-{max(pair)}")
    steps = st.integers(1, step).map(lambda each: f"*/{each}")
    listed = st.lists(values.map(str), min_size=1, max_size=3).map(",".join)
    return st.one_of(st.just("*"), values.map(str), ranges, steps, listed)


CRONS = st.tuples(field(0, 59, 30), field(0, 23, 12), field(1, 28, 9), field(1, 12, 6), field(0, 6, 3)).map(" ".join)
AT_NIGHT = st.tuples(field(0, 59, 30), field(0, 4, 3), st.just("* *"), field(0, 6, 3)).map(" ".join)
EITHER = st.one_of(CRONS, AT_NIGHT).map(parse_cron)


def windows(zone):
    """The two days around each change of its offset; any two for a zone without one."""
    told = offsets(zone)
    changed = [day for day, before, after in zip(DAYS[1:], told, told[1:], strict=False) if before != after]
    return [(day - DAY, day + DAY) for day in changed or DAYS[:1]]


def by_the_clock(cron, zone, since, until):
    """Every minute whose local time the cron names, each local time once."""
    seen = set()
    for number in range(-24 * 60, (until - since) // MINUTE + 1):
        wall = (since + MINUTE * number).astimezone(zone).replace(tzinfo=None, fold=0)
        if cron.has_minute(wall) and wall not in seen:
            seen.add(wall)
            if number > 0:
                yield since + MINUTE * number


def fires(cron, zone, since, until):
    return list(takewhile(lambda moment: moment <= until, (f.astimezone(UTC) for f in fire_times(cron, zone, since))))


@pytest.mark.parametrize("share", range(SHARES))
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_fire_times_are_those_of_the_clock_in_every_zone(share, data):
    for name in ZONES[share::SHARES]:
        zone, cron = ZoneInfo(name), data.draw(EITHER, label=name)
        for since, until in windows(zone):
            wanted = list(by_the_clock(cron, zone, since, until))
            assert fires(cron, zone, since, until) == wanted
            assert all(fires_at(cron, zone, moment) for moment in wanted)


@pytest.mark.parametrize("share", range(SHARES))
@settings(max_examples=EXAMPLES * 2)
@given(data=st.data())
def test_the_rules_cover_every_fire_time_in_every_zone(share, data):
    for name in ZONES[share::SHARES]:
        zone, cron = ZoneInfo(name), data.draw(EITHER, label=name)
        rules = [Rule(each) for each in utc_rules(cron, zone, SINCE, DAYS[-1])]
        for since, until in windows(zone):
            for fire in fires(cron, zone, since, until):
                assert any(rule.names(fire) for rule in rules), fire
        month = DAYS[data.draw(st.integers(0, 360), label="day")]
        for fire in fires(cron, zone, month, month + DAY * 3):
            assert any(rule.names(fire) for rule in rules), fire
