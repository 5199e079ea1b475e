"""Who wants to know that a workflow has changed: its schedules, its queue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stepweave.domain.workflow import Version, Workflow


@dataclass(frozen=True)
class Changed:
    """A workflow as it is now, with its current version (of a deleted one as both last were).

    before: as it was; None when it is new. A request that changes nothing is told as well, since the one that it
    repeats may have been cut off before it was told.
    """

    workflow: Workflow
    version: Version
    before: Workflow | None
    deleted: bool = False


ChangeSink = Callable[[Changed], None]
"""Takes every change at least once, so that it must be repeatable."""


def tell(changed: Changed, sinks: Sequence[ChangeSink]) -> None:
    for sink in sinks:
        sink(changed)
