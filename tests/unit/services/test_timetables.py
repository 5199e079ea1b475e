from datetime import UTC, datetime

import pytest

from stepweave.errors import Invalid
from stepweave.services.timetables import Written, read_timetable

NOW = datetime(2026, 11, 2, 8, 30, 12, tzinfo=UTC)


def read(**written):
    return read_timetable(Written(**written), NOW)


def test_a_cron_is_read_with_its_zone_and_window():
    found = read(cron_expression="0 9 * * MON-FRI", timezone="America/New_York", start_at="2026-12-01T00:00:00+01:00")
    assert (found.cron, found.timezone) == ("0 9 * * MON-FRI", "America/New_York")
    assert found.start_at == "2026-11-30T23:00:00.000Z"


@pytest.mark.parametrize("written", [{"rate": "90 minutes"}, {"cron_expression": "@every 1h30m"}, {"rate": "5400"}])
def test_a_rate_counts_from_now(written):
    found = read(**written)
    assert (found.cron, found.every_minutes, found.anchor) == (None, 90, "2026-11-02T08:30:12.000Z")


def test_a_rate_counts_from_its_start():
    assert read(rate="1d", start_at="2026-12-01T06:00:00Z").anchor == "2026-12-01T06:00:00.000Z"


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ({}, "/cron_expression", "either"),
        ({"cron_expression": "0 9 * * *", "rate": "1h"}, "/cron_expression", "either"),
        ({"cron_expression": "61 * * * *"}, "/cron_expression", "Bad minute"),
        ({"cron_expression": "@never"}, "/cron_expression", "is none of"),
        ({"cron_expression": "* * * *"}, "/cron_expression", "five fields"),
        ({"cron_expression": "@every 90s"}, "/cron_expression", "whole minutes"),
        ({"rate": "0.5 minutes"}, "/rate", "whole minutes"),
        ({"rate": "1.5s"}, "/rate", "whole minutes"),
        ({"rate": "0"}, "/rate", "whole minutes"),
        ({"rate": "9000 days"}, "/rate", "365 days"),
        ({"rate": "often"}, "/rate", "not a duration"),
        ({"rate": "1h", "timezone": "Mars/Olympus"}, "/timezone", "no time zone"),
        ({"rate": "1h", "timezone": "../../etc/passwd"}, "/timezone", "no time zone"),
        ({"rate": "1h", "timezone": ""}, "/timezone", "no time zone"),
        ({"rate": "1h", "start_at": "tomorrow"}, "/start_at", "ISO 8601"),
        ({"rate": "1h", "end_at": "2026-12-01T00:00:00"}, "/end_at", "ISO 8601"),
        ({"rate": "1h", "start_at": "2027-01-01T00:00:00Z", "end_at": "2026-12-01T00:00:00Z"}, "/end_at", "after"),
        ({"rate": "1h", "end_at": "2026-01-01T00:00:00Z"}, "/end_at", "never fire"),
    ],
)
def test_each_fault_names_its_field(written, path, message):
    with pytest.raises(Invalid) as caught:
        read(**written)
    (fault,) = caught.value.faults
    assert fault.path == path
    assert message in fault.message


def test_all_faults_come_at_once():
    with pytest.raises(Invalid) as caught:
        read(cron_expression="x", timezone="x", start_at="x", end_at="x")
    assert len(caught.value.faults) == 4


@pytest.mark.parametrize("text", ["@every -5m", "@every soon"])
def test_a_bad_rate_within_a_cron_is_told_as_one(text):
    with pytest.raises(Invalid) as caught:
        read_timetable(Written(text), NOW)
    (fault,) = caught.value.faults
    assert fault.path == "/cron_expression"
    assert "five fields" not in fault.message
    assert fault.message.startswith("'")
