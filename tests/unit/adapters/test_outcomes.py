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
    return Outcomes(Logger(service=request.node.name, stream=lines), "Stepweave")


def test_an_outcome_is_one_line_with_its_facts(tell, lines):
    tell("step_settled", **SETTLED)
    (line,) = lines.getvalue().splitlines()
    logged = json.loads(line)
    assert (logged["message"], logged["run_id"], logged["level"]) == ("step_settled", "run_1", "INFO")
    assert "code" not in logged


def test_an_outcome_is_counted_and_timed_in_one_set_of_metrics(tell, capsys):
    tell("step_settled", **SETTLED)
    (line,) = capsys.readouterr().out.splitlines()
    metrics = json.loads(line)
    assert (metrics["StepsSettled"], metrics["StepDuration"]) == ([1.0], [1.5])
    assert (metrics["type"], metrics["status"]) == ("script", "failed")
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Stepweave"


def test_other_outcomes_are_lines_alone(tell, capsys):
    tell("reconciled", checked=3, repaired=0)
    assert capsys.readouterr().out == ""


def test_a_fault_is_a_line_with_its_traceback_and_is_counted(tell, lines, capsys):
    try:
        raise LookupError("plan is missing")
    except LookupError as error:
        tell.fault("step_crashed", error, run_id="run_1")
    logged = json.loads(lines.getvalue())
    assert (logged["level"], logged["exception_name"]) == ("ERROR", "LookupError")
    assert "StepsCrashed" in capsys.readouterr().out
