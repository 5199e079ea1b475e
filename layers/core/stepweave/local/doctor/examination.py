"""All checks, one after the other; one that cannot be made hinders no other."""

from collections.abc import Callable, Iterator, Mapping

from botocore.exceptions import BotoCoreError, ClientError

from stepweave.errors import StepweaveError
from stepweave.local.doctor import (
    clock,
    dead_letters,
    functions,
    keys,
    machines,
    permissions,
    reconcile,
    rules,
    runs,
    schedules,
    stack,
    storage,
)
from stepweave.local.doctor.deployment import Deployment
from stepweave.local.doctor.finding import Finding, warning

Check = Callable[[Deployment], Iterator[Finding]]

CHECKS: Mapping[str, Check] = {
    "stack": stack.check,
    "clock": clock.check,
    "functions": functions.check,
    "permissions": permissions.check,
    "storage": storage.check,
    "keys": keys.check,
    "reconcile": reconcile.check,
    "rules": rules.check,
    "runs": runs.check,
    "schedules": schedules.check,
    "machines": machines.check,
    "dead letters": dead_letters.check,
}
_REFUSALS = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError")


def examine(deployment: Deployment) -> Iterator[tuple[str, Finding]]:
    """Each finding with the name of its check."""
    for name, check in CHECKS.items():
        try:
            yield from ((name, finding) for finding in check(deployment))
        except ClientError as error:
            yield name, _unseen(error)
        except (BotoCoreError, StepweaveError) as error:
            yield name, warning(f"could not be looked at: {error}", "Try again; see whether AWS can be reached.")


def _unseen(error: ClientError) -> Finding:
    said = error.response["Error"]
    if said["Code"] in _REFUSALS:
        return warning(
            f"your credentials may not make this check: {said['Message']}", f"Allow {error.operation_name}, to read."
        )
    return warning(f"could not be looked at: {error}", "Try again; see whether this Region has the service.")
