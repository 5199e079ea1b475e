"""Runs that are wanted by a step, and how they end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stepweave.domain.origin import NO_ORIGIN, Origin


@dataclass(frozen=True)
class Subrun:
    """A run that is wanted; `once`: asked for again under it, it is the same run; `by`: who wants it."""

    workflow: str
    input_data: Mapping[str, Any]
    labels: Mapping[str, str]
    once: str
    by: str
    origin: Origin = NO_ORIGIN


@dataclass(frozen=True)
class Outcome:
    """`status`: of a run that is over, or `deleted`."""

    status: str
    output: Any = None
    error: Mapping[str, Any] | None = None
