"""Values that are no part of a definition but have expressions, such as an agent's, filled in while a step runs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stepweave.compiler.expressions import render
from stepweave.compiler.references import references
from stepweave.compiler.templates import Unbalanced
from stepweave.errors import ExpressionError, StepError
from stepweave.services.masking import Mask
from stepweave.services.ports import Filled
from stepweave.services.secrets import Bearer, secret_of, values_of


def fill(bearer: Bearer, mask: Mask, now: datetime, value: Any, scope: Mapping[str, Any]) -> Filled:
    """The value over that scope and the secrets that it names outright; these are masked from now on."""
    names = secret_names(value)
    if "" in names:
        raise StepError("secret_not_allowed", "A secret has to be named outright here: {{ secrets.name }}.")
    secrets = {name: secret_of(bearer, name) for name in sorted(names)}
    for secret in secrets.values():
        mask.add(secret.value)
    filled = render(value, {**scope, "secrets": values_of(secrets)}, now=now)
    return Filled(filled, tuple(secret.hosts for secret in secrets.values() if secret.hosts))


def secret_names(value: Any) -> frozenset[str]:
    """Of the secrets that the expressions in a value name; "" for one that is not named outright."""
    try:
        return references(value).secrets
    except Unbalanced as error:
        raise ExpressionError("expression_syntax", f"An expression is not closed: {error}.", expression="") from error
