"""Secrets: what the operator keeps outside of every definition, and where it may go."""

import re
from dataclasses import dataclass, field

SECRET_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Part of a path in both stores of AWS, and of an expression (`secrets.name`, or in backticks)."""
SHORTEST_MASKED = 6
"""Characters: what is shorter is not masked, for it would be found everywhere. `stepweave secrets set` refuses it."""
SECRET_TYPES = frozenset({"http_request", "script", "agent_task", "webhook"})
"""Step types whose config may name secrets: the others store what they compute from it."""
BOUND_TYPES = frozenset({"http_request", "webhook", "agent_task"})
"""Those of them that can promise where a secret goes."""


_NAMED = re.compile(r"\{\{\s*secrets\.(`?)([A-Za-z0-9_-]{1,64})\1\s*\}\}")


def named_secret(text: str) -> str | None:
    """The secret that a text stands for; None when it is anything but one name. -> `a` of `{{ secrets.a }}`"""
    found = _NAMED.fullmatch(text.strip())
    return found[2] if found else None


@dataclass(frozen=True)
class Secret:
    """A value with its binding. `hosts` (`host` or `host:port`) and `workflows` (ids): none is any."""

    value: str = field(repr=False)
    hosts: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()
