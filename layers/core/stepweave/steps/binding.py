"""The hosts that a step's secrets are bound to."""

from stepweave.errors import StepError
from stepweave.services.ports import StepContext
from stepweave.steps.address import AllowedHosts, named_hosts


def bound_hosts(context: StepContext) -> tuple[AllowedHosts, ...]:
    """One per secret that is bound; `StepError` for a binding that is none, which allows nothing."""
    try:
        return tuple(named_hosts(hosts) for hosts in context.secret_hosts)
    except ValueError as error:
        raise StepError("secret_not_allowed", f"The binding of a secret cannot be read: {error}.") from error
