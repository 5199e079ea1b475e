"""`script`: runs a script where it can do no harm, and reads its outcome."""

from collections.abc import Mapping
from typing import Any

from stepweave.domain.json_value import well_formed
from stepweave.domain.variable import bad_variable
from stepweave.errors import StepError, StepStopped
from stepweave.services.ports import Done, Scripts, StepBody, StepContext
from stepweave.steps.captured import abridged
from stepweave.steps.config import check_config, invalid_config, text_at, texts_at

LANGUAGES = ("python", "shell")
MAX_ENV_BYTES = 64 * 1024
"""Half of what Linux passes to a process in one variable (execve(2))."""
_SHOWN_BYTES = 4 * 1024
"""Of either end of what a script wrote, in the details of its failure."""


def script(scripts: Scripts) -> StepBody:
    """Output `{exit_code, stdout, stderr, result}`; any exit code but 0 is `StepError` `script_failed`."""

    def run(context: StepContext) -> Done:
        outcome = scripts.run(_request(context), context.timeout_seconds)
        _check(outcome, context.timeout_seconds)
        return Done({name: outcome[name] for name in ("exit_code", "stdout", "stderr", "result")})

    return run


def _request(context: StepContext) -> dict[str, Any]:
    config = check_config(context.config)
    language = config.get("language")
    if language not in LANGUAGES:
        raise invalid_config("/config/language", f"one of {' and '.join(LANGUAGES)} is needed")
    return {
        "language": language,
        "source": text_at(config, "source"),
        "input": config.get("input"),
        "env": _checked_env({**context.env, **texts_at(config, "env")}),
        "workflow_id": context.workflow_id,
        "run_id": context.run_id,
    }


def _checked_env(env: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in env.items():
        if reason := bad_variable(name, value):
            raise invalid_config(f"/config/env/{name}", reason)
    if sum(len(name.encode()) + len(value.encode()) for name, value in env.items()) > MAX_ENV_BYTES:
        raise invalid_config("/config/env", f"at most {MAX_ENV_BYTES} bytes are passed on; use `input` for data")
    return env


def _check(outcome: Mapping[str, Any], timeout_seconds: float) -> None:
    shown = {"exit_code": outcome["exit_code"], **{name: _ends(outcome[name]) for name in ("stdout", "stderr")}}
    if outcome.get("stopped"):
        stopped = StepStopped("the script was ended")
        stopped.details.update(shown)
        raise stopped
    if outcome["timed_out"]:
        message = f"The script was still running after {timeout_seconds:g} seconds and was ended."
        raise StepError("timeout", message, kind="timeout", details=shown)
    if outcome["exit_code"] != 0:
        message = f"The script ended with exit code {outcome['exit_code']}; `details` has what it wrote."
        raise StepError("script_failed", message, details=shown)
    if outcome["result_error"] is not None:
        message = f"What the script left in $STEPWEAVE_RESULT is of no use: {outcome['result_error']}."
        raise StepError("script_result_invalid", message, details=shown)


def _ends(text: str) -> str:
    """All of a text, or both its ends: an item of the store holds 400 KB, and a failure is written with its step."""
    data = well_formed(text).encode()
    left_out = len(data) - 2 * _SHOWN_BYTES
    return abridged(data[:_SHOWN_BYTES], left_out, data[-_SHOWN_BYTES:]) if left_out > 0 else text
