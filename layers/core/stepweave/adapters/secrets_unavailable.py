"""What a store of secrets says when it gives none, as an error of the step that wanted one."""

from botocore.exceptions import BotoCoreError, ClientError

from stepweave.errors import StepError

_THROTTLED = frozenset({"ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"})


def unavailable(name: str, error: BotoCoreError | ClientError) -> StepError:
    """`secret_unavailable`; of a retried class unless the store refused."""
    kind, why = "connection", type(error).__name__
    if isinstance(error, ClientError):
        why = str(error.response["Error"]["Code"])
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400))
        kind = "throttled" if why in _THROTTLED else "server_error" if status >= 500 else "permanent"
    message = f"The secret '{name}' could not be read: {why}."
    return StepError("secret_unavailable", message, kind=kind, details={"secret": name})


def unreadable_binding(name: str, where: str) -> StepError:
    """A binding that nobody understands allows nothing."""
    message = f"The secret '{name}' is not given out, for its binding cannot be read: {where}"
    return StepError("secret_unavailable", message, details={"secret": name})
