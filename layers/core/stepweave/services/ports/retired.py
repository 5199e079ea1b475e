"""Where state machines are that may be needed no more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class OldMachines:
    """Machines of a version, by ARN: `arn` is the one it has, `past` those that it had; `current`: whether the version
    is its workflow's newest. `due`: when they were to be looked after."""

    workflow_id: str
    number: int
    arn: str | None
    past: frozenset[str]
    current: bool
    due: str


class Retired(Protocol):
    """Changes take place only while nobody else has changed when the version is to be looked after."""

    def due(self, now: str, limit: int) -> Sequence[OldMachines]:
        """Those to be looked after, the longest due first. May lag behind writes."""

    def forget(self, old: OldMachines, arns: Iterable[str], check_after: str | None) -> None:
        """The version has these machines no more; it is looked after again then, or (None) when it gets another."""
