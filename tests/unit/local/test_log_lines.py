import json
from datetime import UTC, datetime, timedelta

import pytest

from stepweave.local.log_lines import lines_about, read_line, shown

RUN, OTHER = "run_01M80WWBZJ9ZB8H73W2VNCSR9R", "run_01M80WWBZJ9ZB8H73W2VNCSR9S"
AT = datetime(2026, 11, 22, 5, 50, 19, 651000, UTC)
ENTRY = {"level": "INFO", "location": "x:1", "message": "run_started", "timestamp": "2026-11-22 05:50:19,651+0000"}


def written(**more):
    return json.dumps({**ENTRY, **more})


def test_lines_that_name_the_run_are_its_lines():
    lines = [written(run_id=RUN, n=1), written(run_id=OTHER), written(text=RUN), "", RUN, f'["{RUN}"]', "{"]
    [line] = lines_about(RUN, [*lines, written(run_id=RUN, timestamp="yesterday")], None)
    assert (line.at, line.entry["n"]) == (AT, 1)


def test_only_lines_since_a_moment_are_taken():
    lines = [written(run_id=RUN)]
    assert list(lines_about(RUN, lines, AT))
    assert list(lines_about(RUN, lines, AT + timedelta(milliseconds=1))) == []


def test_a_moment_of_another_zone_is_the_same_moment():
    line = read_line(written(timestamp="2026-11-22 06:50:19,651+0100"))
    assert line.at == AT


def test_people_see_what_was_told_and_not_how_it_is_measured():
    metrics = {"_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "RunsStarted"}]}]}, "RunsStarted": 1, "stack": "s"}
    line = read_line(written(run_id=RUN, service="track_run", execution=2, name="a b", **metrics))
    assert shown(line) == "2026-11-22T05:50:19.651Z INFO    track_run run_started execution=2 name=a b"


@pytest.mark.parametrize("service", ["stepweave", "service_undefined"])
def test_a_laptop_has_no_services(service):
    assert shown(read_line(written(service=service))) == "2026-11-22T05:50:19.651Z INFO    run_started"


def test_a_traceback_stands_below_its_line():
    line = read_line(written(exception="Traceback\n  File\nLookupError: plan"))
    assert shown(line).splitlines()[1:] == ["    Traceback", "      File", "    LookupError: plan"]
