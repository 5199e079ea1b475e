from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from stepweave.errors import StepError, StepStopped
from stepweave.services.ports import Done, StepContext
from stepweave.steps.script import script

MakeContext = Callable[..., StepContext]
FINE = {"exit_code": 0, "stdout": "out", "stderr": "", "result": [1], "result_error": None, "timed_out": False}
SHOWN = {"exit_code": 0, "stdout": "out", "stderr": ""}
CONFIG = {"language": "shell", "source": "true"}


@dataclass
class FakeScripts:
    outcome: Mapping[str, Any]
    requests: list[Mapping[str, Any]] = field(default_factory=list)

    def run(self, request: Mapping[str, Any], timeout_seconds: float) -> Mapping[str, Any]:
        self.requests.append({**request, "timeout_seconds": timeout_seconds})
        return self.outcome


def test_the_output_is_exit_code_texts_and_result(make_context: MakeContext) -> None:
    assert script(FakeScripts(FINE))(make_context(CONFIG)) == Done({**SHOWN, "result": [1]})


def test_the_request_names_the_workflow_and_all_that_the_script_gets(make_context: MakeContext) -> None:
    scripts = FakeScripts(FINE)
    config = {**CONFIG, "input": {"a": 1}, "env": {"B": 2, "C": "step"}}
    script(scripts)(make_context(config, env={"A": "1", "C": "workflow"}, timeout_seconds=7.0))
    assert scripts.requests == [
        {
            "language": "shell",
            "source": "true",
            "input": {"a": 1},
            "env": {"A": "1", "B": "2", "C": "step"},
            "workflow_id": "wf_1",
            "run_id": "run_1",
            "timeout_seconds": 7.0,
        }
    ]


@pytest.mark.parametrize(
    ("changed", "code", "kind"),
    [
        ({"exit_code": 3}, "script_failed", "permanent"),
        ({"exit_code": 137, "timed_out": True}, "timeout", "timeout"),
        ({"result": None, "result_error": "it is not JSON"}, "script_result_invalid", "permanent"),
    ],
)
def test_an_outcome_that_is_no_success_fails_the_step_and_shows_what_was_written(
    make_context: MakeContext, changed: dict[str, Any], code: str, kind: str
) -> None:
    with pytest.raises(StepError) as caught:
        script(FakeScripts({**FINE, **changed}))(make_context(CONFIG))
    assert (caught.value.code, caught.value.kind) == (code, kind)
    assert caught.value.details == {**SHOWN, "exit_code": changed.get("exit_code", 0)}


def test_a_failure_shows_both_ends_of_long_texts_and_stays_small(make_context: MakeContext) -> None:
    binary = "first" + "\ufffd" * 60_000 + "last"
    with pytest.raises(StepError) as caught:
        script(FakeScripts({**FINE, "exit_code": 1, "stdout": binary, "stderr": "x" * 8_192}))(make_context(CONFIG))
    shown = caught.value.details["stdout"]
    assert shown.startswith("first\ufffd")
    assert shown.endswith("\ufffdlast")
    assert f"[... {180_009 - 8_192} bytes left out ...]" in shown
    assert len(shown.encode()) < 8_300
    assert caught.value.details["stderr"] == "x" * 8_192


def test_a_success_has_its_texts_in_full(make_context: MakeContext) -> None:
    done = script(FakeScripts({**FINE, "stdout": "x" * 60_000}))(make_context(CONFIG))
    assert isinstance(done, Done)
    assert done.output["stdout"] == "x" * 60_000


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"source": "echo \ud800"}, "/config/source"),
        ({"input": [{"a": "\udcff"}]}, "/config/input/0/a"),
        ({"input": {"\udcff": 1}}, "/config/input/\ufffd"),
        ({"env": {"A": "\udcff"}}, "/config/env/A"),
        ({"env": {"\udcff": "x"}}, "/config/env/\ufffd"),
        ({"input": float("inf")}, "/config"),
        ({"language": "perl"}, "/config/language"),
        ({"source": 5}, "/config/source"),
        ({"env": []}, "/config/env"),
        ({"env": {"A": []}}, "/config/env/A"),
        ({"env": {"A=B": "x"}}, "/config/env/A=B"),
        ({"env": {"": "x"}}, "/config/env/"),
        ({"env": {"A": "x\0y"}}, "/config/env/A"),
        ({"env": {"STEPWEAVE_RESULT": "/etc/passwd"}}, "/config/env/STEPWEAVE_RESULT"),
        ({"env": {"A": "x" * 70_000}}, "/config/env"),
    ],
)
def test_a_config_that_cannot_run_is_named_with_its_place(
    make_context: MakeContext, changed: dict[str, Any], path: str
) -> None:
    scripts = FakeScripts(FINE)
    with pytest.raises(StepError) as caught:
        script(scripts)(make_context({**CONFIG, **changed}))
    assert (caught.value.code, caught.value.details) == ("invalid_config", {"path": path})
    assert scripts.requests == []


def test_a_script_that_was_ended_for_a_cancel_is_no_failure_of_its_own(make_context: MakeContext) -> None:
    scripts = FakeScripts({**FINE, "exit_code": 137, "stdout": "half", "stopped": True})
    with pytest.raises(StepStopped) as caught:
        script(scripts)(make_context(CONFIG))
    assert caught.value.details == {"exit_code": 137, "stdout": "half", "stderr": ""}
