"""Schedules: zones and crons tried for wrong fires, rule invocations beside fires, creating, lists of 10,000."""

import logging
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from bench_requests import DEFINITION, empty_api, event
from bench_workflows import Stage, embedded
from figures import heading, milliseconds, row, side_by_side

from eventbridge_cron import Rule
from fakes.aws_calls import counting
from stepweave.adapters.schedule_store import ScheduleStore
from stepweave.adapters.table import Table
from stepweave.domain.cron import Cron, parse_cron
from stepweave.domain.fire_times import fire_times, fires_at
from stepweave.domain.schedule import Schedule, Timetable
from stepweave.domain.utc_rule import utc_rules
from stepweave.local.embedded import client
from stepweave.local.stack import TABLE_NAME

SINCE = datetime(2026, 7, 1, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DAYS = [SINCE + DAY * number for number in range(366)]
USUAL = ("0 9 * * 1-5", "30 2 * * *", "0 * * * *", "0 0 1 * *", "*/15 8-17 * * 1-5", "0 9 1 * 1")
RANDOM_CRONS = 6
MANY = 10_000
ROUNDS = 30


def offsets(zone: ZoneInfo) -> tuple[Any, ...]:
    return tuple(day.astimezone(zone).utcoffset() for day in DAYS)


def different_zones() -> list[ZoneInfo]:
    """One of all zones that tell the same time all year."""
    names = sorted(available_timezones() - {"localtime", "Factory"})
    return list({offsets(ZoneInfo(name)): ZoneInfo(name) for name in names}.values())


def some_crons(chance: random.Random) -> list[Cron]:
    fields = ((0, 59), (0, 23), (1, 28), (1, 12), (0, 6))
    made = []
    for _ in range(RANDOM_CRONS):
        texts = [chance.choice(("*", str(chance.randint(*each)), f"*/{chance.randint(2, 9)}")) for each in fields[1:]]
        made.append(parse_cron(" ".join((str(chance.randint(0, 59)), *texts))))
    return made


def windows(zone: ZoneInfo) -> list[datetime]:
    """The day before each change of its offset; any for a zone without one."""
    told = offsets(zone)
    changed = [day for day, before, after in zip(DAYS[1:], told, told[1:], strict=False) if before != after]
    return [day - DAY for day in changed or DAYS[1:2]]


def passed(rules: list[Rule], cron: Cron, zone: ZoneInfo, since: datetime) -> list[datetime]:
    """The minutes of two days in which a rule calls and the check lets pass."""
    minutes = (since + MINUTE * number for number in range(1, 2 * 24 * 60 + 1))
    return [each for each in minutes if any(rule.names(each) for rule in rules) and fires_at(cron, zone, each)]


def fires(cron: Cron, zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[datetime]:
    return takewhile(lambda moment: moment <= until, (fire.astimezone(UTC) for fire in fire_times(cron, zone, since)))


def called(rules: list[Rule]) -> int:
    """How often the rules call in the year."""
    return sum(rule.has_day(day) * len(rule.minutes) * len(rule.hours) for rule in rules for day in DAYS)


def exactness() -> None:
    zones, chance = different_zones(), random.Random(7)  # noqa: S311 - the same crons each time
    wrong = tried = calls = runs = worst = 0
    for zone in zones:
        for cron in [*map(parse_cron, USUAL), *some_crons(chance)]:
            rules = [Rule(each) for each in utc_rules(cron, zone, SINCE - DAY, DAYS[-1] + DAY)]
            tried += 1
            for since in windows(zone):
                wanted = list(fires(cron, zone, since, since + 2 * DAY))
                wrong += len(set(passed(rules, cron, zone, since)) ^ set(wanted))
            fired = sum(1 for _ in fires(cron, zone, SINCE - MINUTE, DAYS[-1] + DAY - MINUTE))
            calls, runs, worst = calls + called(rules), runs + fired, max(worst, called(rules) - fired)
    heading(
        "Schedules in all zones", [f"{len(zones)} zones that differ, a year from {SINCE:%Y-%m-%d} with its changes."]
    )
    print(f"{tried} pairs of zone and cron, {wrong} wrong fires in the two days around each change of an offset")
    print(f"{calls:,} rule invocations for {runs:,} fires in the year: {(calls / runs - 1) * 100:.1f} % fire nothing")
    print(f"the worst pair: {worst:,} invocations more than fires in the year")


def requests() -> None:
    heading("Schedules of the API", [f"On the embedded AWS; medians of {ROUNDS} pairs with an empty route."])
    aws = embedded()
    with counting() as calls:
        stage, floor = Stage(), empty_api()
        path = f"/api/workflows/{stage('POST', '/api/workflows', {'definition': DEFINITION})['id']}"
        body = {"cron_expression": "0 9 * * 1-5", "timezone": "America/New_York"}
        stage("POST", f"{path}/schedules", body)
        calls.clear()
        made = stage("POST", f"{path}/schedules", body)["schedule_id"]
        counted = calls.total() - 1
        measured = side_by_side(
            lambda: milliseconds(lambda: stage("POST", f"{path}/schedules", body)),
            lambda: milliseconds(lambda: floor(event("GET", "/empty/1"), None)),
            rounds=ROUNDS,
        )
        row(f"POST /{{id}}/schedules ({counted} AWS calls)", measured)
        many(path.rpartition("/")[2], stage("GET", f"/api/workflows/schedules/{made}"))
        calls.clear()
        taken = milliseconds(lambda: stage("GET", f"{path}/schedules"))
        asked = ", ".join(f"{count} {name}" for name, count in sorted(calls.counted.items()))
        print(f"first page of {MANY + ROUNDS + 2:,} schedules: {asked}; {taken:.0f} ms (emulator)")
    aws.close()


def many(workflow_id: str, like: Any) -> None:
    store, at = ScheduleStore(Table(client("dynamodb"), TABLE_NAME)), like["created_at"]
    timetable = Timetable("0 9 * * 1-5", None, at, "America/New_York")
    for number in range(MANY):
        schedule = Schedule(f"sched_{number:026}", workflow_id, timetable, "0 9 * * 1-5", at, at, "key_1", at)
        store.create(schedule, next_run_at=like["next_run_at"], check_after="9")


def main() -> None:
    logging.disable()
    exactness()
    requests()


if __name__ == "__main__":
    main()
