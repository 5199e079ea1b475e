import io
import json

import pytest
from aws_lambda_powertools import Logger

from stepweave.adapters.outcomes import Outcomes

SETTLED = {"run_id": "run_1", "type": "script", "status": "failed", "seconds": 1.5, "code": None}


@pytest.fixture
def lines():
    return io.StringIO()


@pytest.fixture
def tell(lines, request):
    return Outcomes(Logger(service=request.node.name, stream=lines), "stepweave", lambda: 1_700_000_000_000)


def logged(lines):
    (line,) = lines.getvalue().splitlines()
    return json.loads(line)


def metrics_of(line):
    """Name -> (dimensions with their values, value, unit), as CloudWatch reads a line."""
    found = {}
    for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
        assert directive["Namespace"] == "Stepweave"
        [names] = directive["Dimensions"]
        for metric in directive["Metrics"]:
            found[metric["Name"]] = ({name: line[name] for name in names}, line[metric["Name"]], metric["Unit"])
    return found


def test_an_outcome_is_one_line_with_its_facts(tell, lines, capsys):
    tell("step_settled", **SETTLED)
    line = logged(lines)
    assert (line["message"], line["run_id"], line["level"]) == ("step_settled", "run_1", "INFO")
    assert "code" not in line
    assert capsys.readouterr().out == ""


def test_the_same_line_is_one_set_of_metrics(tell, lines):
    tell("step_settled", **SETTLED)
    assert logged(lines)["_aws"]["Timestamp"] == 1_700_000_000_000
    assert metrics_of(logged(lines)) == {
        "StepsSettled": ({"stack": "stepweave", "type": "script", "status": "failed"}, 1, "Count"),
        "StepDuration": ({"stack": "stepweave", "type": "script"}, 1.5, "Seconds"),
    }


def test_what_is_not_known_is_not_measured(tell, lines):
    """A run that is skipped for its group's sake has no duration."""
    tell("run_finished", run_id="run_1", status="cancelled", code="concurrency_skipped")
    assert metrics_of(logged(lines)) == {"RunsFinished": ({"stack": "stepweave", "status": "cancelled"}, 1, "Count")}


def test_nothing_is_measured_while_nothing_queues(tell, lines):
    tell("reconciled", checked=3, repaired=0, oldest_queued_seconds=None)
    assert "_aws" not in logged(lines)


def test_other_outcomes_are_lines_alone(tell, lines):
    tell("timers_repaired", schedule_id="sched_1")
    assert "_aws" not in logged(lines)


def test_a_higher_level_keeps_metrics_and_drops_lines(lines, capsys, request):
    logger = Logger(service=request.node.name, stream=lines, level="ERROR")
    Outcomes(logger, "stepweave", lambda: 1)("step_settled", **SETTLED)
    assert lines.getvalue() == ""
    (line,) = capsys.readouterr().out.splitlines()
    assert set(metrics_of(json.loads(line))) == {"StepsSettled", "StepDuration"}
    assert "run_1" not in line


def test_a_fault_is_a_line_with_its_traceback_and_is_counted(tell, lines):
    try:
        raise LookupError("plan is missing")
    except LookupError as error:
        tell.fault("step_crashed", error, run_id="run_1")
    line = logged(lines)
    assert (line["level"], line["exception_name"]) == ("ERROR", "LookupError")
    assert metrics_of(line) == {"StepsCrashed": ({"stack": "stepweave"}, 1, "Count")}
