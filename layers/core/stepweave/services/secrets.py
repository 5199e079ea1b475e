"""The secrets of a step: those that its config names, fetched for each attempt, if the step may have them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stepweave.domain.secret import BOUND_TYPES, Secret
from stepweave.errors import StepError
from stepweave.services.ports import Secrets
from stepweave.services.visits import Visit


@dataclass(frozen=True)
class Bearer:
    """Who asks for secrets: work of that step type in a workflow, or in none (""), which no binding to workflows lets
    have any."""

    secrets: Secrets
    workflow_id: str
    type: str


def bearer_of(visit: Visit) -> Bearer:
    return Bearer(visit.ports.secrets, visit.run.workflow_id, visit.step["type"])


def secrets_of(visit: Visit) -> Mapping[str, Secret]:
    """By name. `StepError` `secret_not_found`, `secret_not_allowed` or `secret_unavailable` names the one at fault."""
    return {name: secret_of(bearer_of(visit), name) for name in visit.step.get("secrets", ())}


def values_of(secrets: Mapping[str, Secret]) -> dict[str, Any]:
    """What an expression sees as `secrets`."""
    return {name: secret.value for name, secret in secrets.items()}


def secret_of(bearer: Bearer, name: str) -> Secret:
    """One of them; `StepError` as above."""
    secret = bearer.secrets.get(name)
    if secret is None:
        how = bearer.secrets.how_to_set(name)
        raise StepError("secret_not_found", f"There is no secret '{name}'. {how}", details={"secret": name})
    if secret.workflows and bearer.workflow_id not in secret.workflows:
        raise not_allowed(name, "it is bound to other workflows")
    if secret.hosts and bearer.type not in BOUND_TYPES:
        raise not_allowed(name, f"it is bound to hosts, and a step of type {bearer.type} could send it anywhere")
    return secret


def not_allowed(name: str, why: str) -> StepError:
    message = f"This step may not have the secret '{name}': {why}. The operator decides with the secret's binding."
    return StepError("secret_not_allowed", message, details={"secret": name})
