"""Every error Stepweave raises on purpose, as one tree.

    StepweaveError                         code, message; what a caller may be told
    ├── BadRequest                400      malformed_json, ...
    ├── Unauthenticated           401
    ├── Forbidden                 403      names the role that is needed
    │   └── EventSourceNotAllowed          an event trigger that only `admin` may make
    ├── NotFound                  404      names the kind and the id
    ├── Conflict                  409      wrong state, idempotency conflict, active runs
    │   ├── DuplicateDelivery              names the run that the first delivery of a webhook has started
    │   ├── ResourceInUse                  names those who refer to an agent, a task or a tool
    │   ├── WorkflowInUse                  names active runs of a workflow that is to be deleted
    │   └── VersionIncompatible            names each finished step that a version lacks or has changed
    ├── Gone                      410      an approval link whose time is over
    ├── PreconditionFailed        412      If-Match
    ├── PayloadTooLarge           413
    ├── Invalid                   422      carries every problem, each with its place
    ├── TooManyRequests           429      carries retry_after
    │   └── RateLimited                    of a key; in `domain.rate_limit`, carries its allowance
    ├── ExecutionFailed           500      names the direct execution that was waited for
    ├── ExecutionGoesOn           408      names the direct execution to look for
    ├── Unavailable               503      a dependency did not answer; the same request may be sent again
    └── StepError                          a step did not do its work: code, message, details, retry class
        ├── StepStopped                    its run was cancelled while it worked, and its work was stopped
        ├── StepNotAvailable               its type has not landed in this release
        └── ExpressionError                an expression failed, or yielded nothing

    Control-flow signals of a Task state are in `services.step_runs`: their class names are what ASL matches.

An error carries data and builds its message. HTTP statuses are named here and in `api/` only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Fault:
    """One located complaint about a request; `path`: a JSON Pointer into the body, `?name`, a query parameter, or the
    name of a header."""

    path: str
    message: str


class StepweaveError(Exception):
    """Base of all. `code` is stable and machine-readable, `message` is for people."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class BadRequest(StepweaveError):
    status, title = 400, "Bad request"


class Unauthenticated(StepweaveError):
    status, title = 401, "Authentication required"

    def __init__(self, message: str) -> None:
        super().__init__(message, code="unauthenticated")


class Forbidden(StepweaveError):
    status, title = 403, "Not allowed"

    def __init__(self, needed: str, held: str) -> None:
        super().__init__(
            f"This request needs a key with the role '{needed}'; yours has '{held}'.", code="role_required"
        )
        self.needed = needed


class EventSourceNotAllowed(Forbidden):
    """A key below `admin` wants events of a source that the operator has not opened to all."""

    def __init__(self, held: str) -> None:
        super().__init__("admin", held)
        self.message = (
            "An event trigger needs a key with the role 'admin', or a pattern whose 'source' lists nothing but sources "
            f"that the operator allows (EVENT_SOURCES); yours has '{held}'."
        )
        self.code = "event_source_not_allowed"


class NotFound(StepweaveError):
    status, title = 404, "Not found"

    def __init__(self, kind: str, ref: str) -> None:
        super().__init__(f"There is no {kind} '{ref}'.", code=f"{kind.replace(' ', '_')}_not_found")
        self.kind, self.ref = kind, ref


class Conflict(StepweaveError):
    status, title = 409, "Conflict"


class DuplicateDelivery(Conflict):
    """A delivery of a webhook that came before."""

    def __init__(self, run_id: str) -> None:
        message = f"This delivery has come before and started run '{run_id}'."
        super().__init__(message, code="duplicate_delivery")
        self.run_id = run_id


@dataclass(frozen=True)
class Reference:
    """Those of a kind (`workflows`, `tasks`, `agents`) that refer to something, by what their clients call them."""

    resource: str
    ids: tuple[str, ...]


class WorkflowInUse(Conflict):
    """A workflow with active runs is deleted by force alone; `references` names some of them."""

    def __init__(self, workflow_id: str, number: str, run_ids: Sequence[str]) -> None:
        message = (
            f"Workflow '{workflow_id}' has {number}. Wait for their end, or cancel them first: with "
            "'?force=true' this request does so."
        )
        super().__init__(message, code="workflow_has_active_runs")
        self.references = (Reference("executions", tuple(run_ids)),)


class ResourceInUse(Conflict):
    """A resource that others refer to cannot be deleted."""

    def __init__(self, kind: str, resource_id: str, references: Sequence[Reference]) -> None:
        users = "; ".join(f"{each.resource} {', '.join(each.ids[:10])}" for each in references)
        message = f"The {kind} '{resource_id}' is in use by {users}. Change or delete them first."
        super().__init__(message, code="resource_in_use")
        self.references = tuple(references)


class Gone(StepweaveError):
    status, title = 410, "Gone"


class PreconditionFailed(StepweaveError):
    status, title = 412, "Precondition failed"

    def __init__(self, current_etag: str) -> None:
        super().__init__(
            f"The resource has changed; its ETag is now {current_etag}. Read it again, then retry.",
            code="precondition_failed",
        )


class PayloadTooLarge(StepweaveError):
    status, title = 413, "Payload too large"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"The body is over the limit of {limit_bytes} bytes.", code="payload_too_large")


class Invalid(StepweaveError):
    status, title = 422, "Invalid input"

    def __init__(self, faults: Sequence[Fault], *, code: str = "invalid_input") -> None:
        noun = "problem" if len(faults) == 1 else "problems"
        super().__init__(f"The request has {len(faults)} {noun}; `errors` names each place.", code=code)
        self.faults = tuple(faults)


class VersionIncompatible(Conflict):
    """A run cannot go on with that version; `faults` names the steps."""

    def __init__(self, version: int, faults: Sequence[Fault]) -> None:
        message = f"The run has finished steps that version {version} lacks or has changed; `errors` names them."
        super().__init__(message, code="version_incompatible")
        self.faults = tuple(faults)


class TooManyRequests(StepweaveError):
    status, title = 429, "Too many requests"

    def __init__(self, message: str, *, code: str, retry_after: int) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class ExecutionFailed(StepweaveError):
    """A direct execution that was waited for has failed; `exec_id` names it."""

    status, title = 500, "Execution failed"

    def __init__(self, exec_id: str, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}", code="execution_failed")
        self.exec_id = exec_id


class ExecutionGoesOn(StepweaveError):
    """A direct execution that was waited for is still under way; `exec_id` names it."""

    status, title = 408, "Execution timeout"

    def __init__(self, exec_id: str, path: str) -> None:
        super().__init__(f"The execution goes on; see at {path} how it ends.", code="execution_timeout")
        self.exec_id, self.path = exec_id, path


class Unavailable(StepweaveError):
    status, title = 503, "Temporarily unavailable"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} did not answer; the same request may be sent again.", code="unavailable")


class StepError(StepweaveError):
    """A step did not do its work.

    `kind` is the retry class the failure belongs to (`timeout, connection, throttled, server_error`), or `permanent`,
    which only `retry.on: ["any"]` retries, or `final`, which nothing does. `retry_after` is what the other side asked
    for, in seconds.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        kind: str = "permanent",
        details: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.kind = kind
        self.details = dict(details or {})
        self.retry_after = retry_after


class StepStopped(StepError):
    def __init__(self, what: str) -> None:
        super().__init__("cancelled", f"The run was cancelled, and {what}.", kind="final")


class StepNotAvailable(StepError):
    def __init__(self, step_type: str) -> None:
        super().__init__(
            "step_type_not_available",
            f"Steps of type '{step_type}' can be stored and validated, but this release does not run them.",
            details={"type": step_type},
        )


class ExpressionError(StepError):
    def __init__(self, code: str, message: str, *, expression: str) -> None:
        super().__init__(code, message, details={"expression": expression[:500]})
