"""`run_script` under AWS's runtime: what a script gets, and what comes of one that misbehaves."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Load = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def run_script(start: Any) -> Any:
    return start("run_script")


def test_the_sample_scripts_run_cold_and_warm(run_script: Any, event: Load) -> None:
    for _ in range(2):
        counted = run_script.invoke(event("run_script/python"))
        assert (counted["exit_code"], counted["result"]) == (0, 4)
        greeted = run_script.invoke(event("run_script/shell"))
        assert (greeted["exit_code"], greeted["stdout"]) == (0, "4 words\n")


def test_a_script_sees_nothing_of_the_function_around_it(run_script: Any, event: Load) -> None:
    source = "import json, os; print(json.dumps(dict(os.environ)))"
    answer = run_script.invoke(event("run_script/python") | {"source": source})
    names = set(json.loads(answer["stdout"]))
    assert names == {"PATH", "PWD", "HOME", "TMPDIR", "LANG", "STEPWEAVE_INPUT", "STEPWEAVE_RESULT"}


def test_a_script_cannot_import_what_the_layers_hold(run_script: Any, event: Load) -> None:
    answer = run_script.invoke(event("run_script/python") | {"source": "import stepweave"})
    assert answer["exit_code"] == 1
    assert "ModuleNotFoundError" in answer["stderr"]


def test_the_function_imports_nothing_of_aws(run_script: Any, event: Load) -> None:
    """Its layer has no third-party code, so an import of any would end every script step."""
    source = "import os; print(open(f'/proc/{os.getppid()}/maps').read().count('pydantic'))"
    answer = run_script.invoke(event("run_script/python") | {"source": source})
    assert answer["stdout"] == "0\n"


def test_a_failing_script_is_an_answer_and_no_error(run_script: Any, event: Load) -> None:
    answer = run_script.invoke(event("run_script/shell") | {"source": "echo oh >&2; exit 7"})
    assert (answer["exit_code"], answer["stderr"]) == (7, "oh\n")


def test_a_request_that_run_step_never_sends_is_an_error(run_script: Any) -> None:
    assert run_script.invoke({})["errorType"] == "KeyError"


def test_a_function_cut_off_by_lambda_starts_anew(start: Any, event: Load, tmp_path: Path) -> None:
    short = start("run_script", timeout=1)
    endless = event("run_script/shell") | {"source": f"echo $$ > {tmp_path}/pid; while :; do :; done"}
    assert short.invoke_text(endless) == "Task timed out after 1.00 seconds"
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)  # Lambda freezes the whole sandbox; nobody does here
    assert short.invoke(event("run_script/shell"))["stdout"] == "4 words\n"
