"""Who wants to know that a workflow has changed: its schedules, its queue."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.domain.workflow import Version, Workflow


@dataclass(frozen=True)
class Changed:
    """A workflow as it is now, with its current version (of a deleted one as both last were).

    before: as it was; None when it is new. replaced: the version before this one, when this one is new. A request that
    changes nothing is told as well, since the one that it repeats may have been cut off before it was told.
    """

    workflow: Workflow
    version: Version
    before: Workflow | None
    deleted: bool = False
    replaced: Version | None = None


Guard = Callable[[Caller, str, Mapping[str, Any], Mapping[str, Any] | None], None]
"""Is asked before a definition comes to stand: of a caller, for a workflow's id, the definition, the one before it.
It raises to refuse it. It may be asked twice, and the definition may yet come to nothing."""
ChangeSink = Callable[[Changed], None]
"""Takes every change at least once, so that it must be repeatable."""


def tell(changed: Changed, sinks: Sequence[ChangeSink]) -> None:
    for sink in sinks:
        sink(changed)
