"""Scripts run by the function `run_script`, which holds no permissions."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from stepweave.domain.json_value import MAX_DEPTH, parse_json, well_formed
from stepweave.errors import StepError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_THROTTLES = frozenset(
    {
        "TooManyRequestsException",
        "EC2ThrottledException",
        "ENILimitReachedException",
        "SubnetIPAddressLimitReachedException",
    }
)
_OUTCOME = frozenset({"exit_code", "stdout", "stderr", "result", "result_error", "timed_out"})
_TOO_LARGE = frozenset({"RequestTooLargeException", "RequestEntityTooLargeException"})


class LambdaScripts:
    """The port `Scripts` on AWS.

    `client`: with no retries of its own, since a script must not run twice unasked, and a read time-out above that of
    the function. `isolate`: whether the function was made with tenant isolation; the workflow is then the tenant.
    """

    def __init__(self, client: "LambdaClient", function_name: str, *, isolate: bool) -> None:
        self._client = client
        self._function_name = function_name
        self._isolate = isolate

    def run(self, request: Mapping[str, Any], timeout_seconds: float) -> Mapping[str, Any]:
        """The outcome as `run_script` describes it; what keeps it from running is a `StepError`."""
        text = json.dumps({**request, "timeout_seconds": timeout_seconds}, ensure_ascii=False)
        tenant: Any = {"TenantId": request["workflow_id"]} if self._isolate else {}
        try:
            answer = self._client.invoke(
                FunctionName=self._function_name,
                InvocationType="RequestResponse",
                Payload=well_formed(text).encode(),
                **tenant,
            )
            payload = answer["Payload"].read()
        except ClientError as error:
            raise _refused(error) from error
        except ReadTimeoutError as error:
            raise StepError("timeout", "The script's function did not answer in time.", kind="timeout") from error
        except BotoCoreError as error:
            message = f"The script's function could not be reached ({type(error).__name__})."
            raise StepError("script_unavailable", message, kind="connection") from error
        body = _parsed(payload)
        if "FunctionError" in answer:
            raise _died(body)
        if _OUTCOME - body.keys():
            raise StepError("script_unavailable", "The script's function did not answer as run_script does.")
        return body


def _parsed(payload: bytes) -> Mapping[str, Any]:
    """Empty for what is no object of JSON."""
    try:
        body = parse_json(payload, max_depth=MAX_DEPTH + 1)  # the result lies one level down
    except ValueError:
        return {}
    return body if isinstance(body, Mapping) else {}


def _refused(error: ClientError) -> StepError:
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if code in _TOO_LARGE or status == 413:
        return StepError("script_input_too_large", "Source, input and env of a script are over 6 MB together.")
    if code in _THROTTLES or status == 429:
        return StepError("script_throttled", f"Lambda had no room for the script ({code}).", kind="throttled")
    kind = "server_error" if status >= 500 else "permanent"
    return StepError("script_unavailable", f"Lambda did not run the script ({code}).", kind=kind)


def _died(body: Mapping[str, Any]) -> StepError:
    """The function itself ended: out of memory, out of time, or the script broke it."""
    kind, message = str(body.get("errorType", "")), str(body.get("errorMessage", ""))
    if kind == "Sandbox.Timedout" or "Task timed out" in message:
        return StepError("timeout", "The script's function ran out of time.", kind="timeout")
    return StepError(
        "script_crashed",
        f"The script's function ended before the script did ({kind or 'no reason given'}); it may need more memory "
        "(RunScriptMemory), or its output was over 6 MB.",
        kind="server_error",
    )
