"""The secrets of a step: those that its config names, fetched for each attempt, if the step may have them."""

from collections.abc import Mapping
from typing import Any

from stepweave.domain.secret import BOUND_TYPES, Secret
from stepweave.errors import StepError
from stepweave.services.visits import Visit


def secrets_of(visit: Visit) -> Mapping[str, Secret]:
    """By name. `StepError` `secret_not_found`, `secret_not_allowed` or `secret_unavailable` names the one at fault."""
    return {name: secret_of(visit, name) for name in visit.step.get("secrets", ())}


def values_of(secrets: Mapping[str, Secret]) -> dict[str, Any]:
    """What an expression sees as `secrets`."""
    return {name: secret.value for name, secret in secrets.items()}


def secret_of(visit: Visit, name: str) -> Secret:
    """One of them; `StepError` as above."""
    secret = visit.ports.secrets.get(name)
    if secret is None:
        how = visit.ports.secrets.how_to_set(name)
        raise StepError("secret_not_found", f"There is no secret '{name}'. {how}", details={"secret": name})
    if secret.workflows and visit.run.workflow_id not in secret.workflows:
        raise not_allowed(name, "it is bound to other workflows")
    if secret.hosts and visit.step["type"] not in BOUND_TYPES:
        raise not_allowed(name, f"it is bound to hosts, and a step of type {visit.step['type']} could send it anywhere")
    return secret


def not_allowed(name: str, why: str) -> StepError:
    message = f"This step may not have the secret '{name}': {why}. The operator decides with the secret's binding."
    return StepError("secret_not_allowed", message, details={"secret": name})
