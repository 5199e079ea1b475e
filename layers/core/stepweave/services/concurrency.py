"""Concurrency of a definition: in which group a run takes its slot, how many the group has, and what one more does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stepweave.domain.run import OnLimit
from stepweave.domain.slots import keyed_group
from stepweave.errors import ExpressionError, Fault, Invalid


@dataclass(frozen=True)
class Concurrency:
    """`group`: empty for the group of the workflow (see `domain.slots`)."""

    limit: int
    on_limit: OnLimit = "queue"
    group: str = ""


def concurrency_of(
    workflow_id: str, definition: Mapping[str, Any], default_limit: int, scope: Mapping[str, Any], now: datetime
) -> Concurrency:
    """What `config.concurrency` makes of a run with that scope: `input`, `labels` and `trigger`.

    Raises `Invalid` when the key cannot be evaluated.
    """
    config = definition.get("config") or {}
    declared = config.get("concurrency") or {}
    limit = int(declared.get("limit") or default_limit)
    policy: OnLimit = declared.get("on_limit", "queue")
    key = declared.get("key")
    if key is None:
        return Concurrency(limit, policy)
    value = _value(key, {**scope, "env": config.get("env") or {}}, now)
    return Concurrency(limit, policy, keyed_group(workflow_id, value))


def _value(key: str, scope: Mapping[str, Any], now: datetime) -> Any:
    from stepweave.compiler.expressions import evaluate

    try:
        return evaluate(key, scope, now=now)
    except ExpressionError as error:
        message = f"config.concurrency.key of the definition cannot be evaluated for this run: {error.message}"
        raise Invalid([Fault("", message)]) from error
