"""`run_script` under AWS's runtime: what a script gets, and what comes of one that misbehaves."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
Load = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `/tmp` is on Lambda."""
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="module")
def run_script(start: Any, scratch: Path) -> Any:
    return start("run_script", {"SCRIPT_SCRATCH": str(scratch)})


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


def test_what_a_script_leaves_outside_its_folder_is_gone_for_the_next(
    run_script: Any, event: Load, scratch: Path
) -> None:
    leave = f"import os; os.makedirs('{scratch}/a/b'); open('{scratch}/a/b/kept', 'w'); os.chmod('{scratch}/a', 0)"
    assert run_script.invoke(event("run_script/python") | {"source": leave})["exit_code"] == 0
    look = f"import os, json; print(json.dumps([name for name in os.listdir('{scratch}') if name != 'x']))"
    found = json.loads(run_script.invoke(event("run_script/python") | {"source": look})["stdout"])
    assert [name for name in found if not name.startswith("stepweave-")] == []


def test_the_number_of_processes_and_open_files_is_bounded(run_script: Any, event: Load) -> None:
    source = (
        "import resource as r, json; print(json.dumps([r.getrlimit(r.RLIMIT_NPROC), r.getrlimit(r.RLIMIT_NOFILE)]))"
    )
    answer = run_script.invoke(event("run_script/python") | {"source": source})
    assert json.loads(answer["stdout"]) == [[512, 512], [512, 512]]


def test_the_runtime_api_gives_a_script_no_credentials(run_script: Any, event: Load) -> None:
    """Its address is no secret, but not told either; and none of its answers holds a credential."""
    source = (
        "import os, json; print(json.dumps(sorted(name for name in os.environ if 'AWS' in name or 'LAMBDA' in name)))"
    )
    assert run_script.invoke(event("run_script/python") | {"source": source})["stdout"] == "[]\n"


def test_the_function_imports_nothing_of_aws() -> None:
    """Its layer has no third-party code, so an import of any would end every script step."""
    source = "import app, sys; print([each for each in ('pydantic', 'boto3', 'jsonata') if each in sys.modules])"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "layers" / "core")}
    folder = ROOT / "functions" / "run_script"
    answer = subprocess.run(
        [sys.executable, "-c", source],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert answer.stdout == "[]\n"


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
