"""What may be rehearsed; the comment names what each raises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stepweave.services.rehearsal import Rehearsal


@dataclass(frozen=True)
class RehearsalUses:
    definition: Callable[[object, Rehearsal], Mapping[str, Any]]  # Invalid
    workflow: Callable[[str, Rehearsal], Mapping[str, Any]]  # NotFound, Invalid
