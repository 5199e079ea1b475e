from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from stepweave.domain.cron import parse_cron
from stepweave.domain.utc_rule import utc_rules

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "zone", "rules"),
    [
        ("0 9 * * 1-5", "UTC", ["cron(0 9 ? * MON,TUE,WED,THU,FRI *)"]),
        ("0 9 * * 1-5", "America/New_York", ["cron(0 13-14 ? * MON,TUE,WED,THU,FRI *)"]),
        ("0 9 * 6-8 *", "America/New_York", ["cron(0 13 * 6-8 ? *)"]),
        ("*/15 * * * *", "Europe/Berlin", ["cron(0,15,30,45 * * * ? *)"]),
        ("30 0 1 * *", "Asia/Kolkata", ["cron(0 19 L * ? *)"]),
        ("0 0 2 1 *", "Asia/Tokyo", ["cron(0 15 1 1 ? *)"]),
        ("0 23 31 12 *", "America/Los_Angeles", ["cron(0 7 1 1 ? *)"]),
        ("0 20 * * SAT", "America/Denver", ["cron(0 2-3 ? * SUN *)"]),
        ("0 9 13 * 5", "UTC", ["cron(0 9 13 * ? *)", "cron(0 9 ? * FRI *)"]),
        ("0 9 1-31 * 5", "UTC", ["cron(0 9 * * ? *)"]),
        ("0 9 */2 * 1", "UTC", ["cron(0 9 ? * MON *)"]),
        ("0 9 */10 * 1-6", "UTC", ["cron(0 9 1,11,21,31 * ? *)"]),
        ("0 9 * * 1,3,5,0,2,4,6", "UTC", ["cron(0 9 * * ? *)"]),
    ],
)
def test_a_rule_is_the_smallest_that_covers_the_cron(cron, zone, rules):
    found = utc_rules(parse_cron(cron), ZoneInfo(zone), NOW, NOW + timedelta(days=730))
    assert list(found) == rules


def test_a_day_that_no_month_has_leaves_the_weekdays_alone():
    since = datetime(2026, 7, 1, tzinfo=UTC)
    rules = utc_rules(parse_cron("0 9 31 6 1"), ZoneInfo("UTC"), since, since + timedelta(days=366))
    assert rules == ("cron(0 9 ? 6 MON *)",)
