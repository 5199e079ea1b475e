from datetime import datetime

import pytest

from stepweave.domain.cron import NAMED_CRONS, parse_cron


@pytest.mark.parametrize(
    ("text", "wall", "fires"),
    [
        ("0 9 * * 1-5", "2026-11-20T09:00", True),
        ("0 9 * * 1-5", "2026-11-21T09:00", False),
        ("0 9 * * MON-FRI", "2026-11-20T09:01", False),
        ("0 9 * * 7", "2026-11-22T09:00", True),
        ("0 9 13 * 5", "2026-11-20T09:00", True),
        ("0 9 13 * 5", "2026-12-13T09:00", True),
        ("0 9 13 * 5", "2026-12-14T09:00", False),
        ("0 9 */2 * 5", "2026-11-20T09:00", False),
        ("0 9 */2 * 5", "2026-11-27T09:00", True),
        ("*/15 8-10,22 * JAN,jul *", "2026-07-01T22:45", True),
        ("0 */15 8 * * *", "2026-07-01T08:15", True),
        ("@hourly", "2026-07-01T08:00", True),
    ],
)
def test_a_cron_fires_in_the_minutes_that_crontab_names(text, wall, fires):
    assert parse_cron(text).has_minute(datetime.fromisoformat(wall)) is fires


@pytest.mark.parametrize("text", NAMED_CRONS)
def test_each_name_is_a_cron(text):
    assert parse_cron(text).text == NAMED_CRONS[text]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "five fields"),
        ("* * * *", "five fields"),
        ("5 * * * * *", "five fields"),
        ("61 * * * *", "Bad minute"),
        ("0 0 31 2 *", "Bad day-of-month"),
        ("0 0 L * *", "'L'"),
        ("0 0 * * 5L", "'L' or '#'"),
        ("0 0 * * 5#2", "'L' or '#'"),
        ("*/0 * * * *", "Bad minute"),
        ("@never", "none of"),
    ],
)
def test_what_is_no_cron_is_told_why(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_cron(text)
