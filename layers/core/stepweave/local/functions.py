"""Lambda functions in this process: moto hands every invocation to a Python handler.

What a caller can tell apart on AWS is kept: the event and the answer pass through JSON, the class name of an exception
is the error type, payloads are limited
(https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, .../python-exceptions.html).
"""

import json
import time
import traceback
import uuid
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.core.exceptions import JsonRESTError

from stepweave.local.current import Current, Function
from stepweave.local.repair import repair

MAX_PAYLOAD_BYTES = 6 * 1024 * 1024

Outcome = tuple[str, bool, str]
"""Payload, whether it is an error, log."""


class Context:
    """What the Python runtime of Lambda passes to a handler as its second argument."""

    def __init__(self, name: str, arn: str, function: Function) -> None:
        self.function_name = name
        self.function_version = "$LATEST"
        self.invoked_function_arn = arn
        self.memory_limit_in_mb = str(function.memory_mb)
        self.aws_request_id = str(uuid.uuid4())
        self.log_group_name = f"/aws/lambda/{name}"
        self.log_stream_name = "local"
        self._ends_at = time.monotonic() + function.timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._ends_at - time.monotonic()) * 1000))


def install(current: Current) -> None:
    """Repairs moto for this process; to be called once."""

    def invoke(function: Any, event: Any = None) -> Outcome:
        found = current.functions.get(function.function_name)
        if found is None:
            return _error("Runtime.ImportModuleError", f"no handler is registered as '{function.function_name}'")
        return call(found, Context(function.function_name, function.function_arn, found), event)

    repair(LambdaFunction, "_invoke_lambda", lambda _: invoke)


def call(function: Function, context: Context, event: Any) -> Outcome:
    """Runs a handler as Lambda would."""
    payload = json.dumps(event)
    if len(payload.encode()) > MAX_PAYLOAD_BYTES:
        refusal = JsonRESTError("RequestTooLargeException", f"Request must be smaller than {MAX_PAYLOAD_BYTES} bytes")
        refusal.code = 413
        raise refusal
    try:
        answer = function.handler(json.loads(payload), context)
    except Exception as error:
        return _error(type(error).__name__, str(error), traceback.format_tb(error.__traceback__))
    try:
        text = json.dumps(answer)
    except (TypeError, ValueError) as error:
        return _error("Runtime.MarshalError", f"Unable to marshal response: {error}")
    if len(text.encode()) > MAX_PAYLOAD_BYTES:
        return _error("Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size.")
    return text, False, ""


def _error(kind: str, message: str, stack: list[str] | None = None) -> Outcome:
    return json.dumps({"errorMessage": message, "errorType": kind, "stackTrace": stack or []}), True, ""
