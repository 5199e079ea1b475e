"""Changing a workflow: read it, say what it shall be, write that if nobody wrote meanwhile, else begin again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from stepweave.domain.api_key import Caller
from stepweave.domain.workflow import Version, Workflow
from stepweave.errors import Unavailable
from stepweave.services.machines import RETIREMENT
from stepweave.services.moments import moment_of, text_of
from stepweave.services.ports import Clock, Current, Random, Sleep, Workflows
from stepweave.services.preconditions import IfMatch, require
from stepweave.services.workflow_changes import Changed, ChangeSink, Guard, tell
from stepweave.services.workflows import current

T = TypeVar("T")

TRIES = 40
"""Of each round one writer gets through; the pauses make it more than one."""
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.4
"""Seconds, times a random number from 0 to 1; twice as long after each try."""


@dataclass(frozen=True)
class WritePorts:
    workflows: Workflows
    clock: Clock
    sleep: Sleep
    random: Random
    sinks: Sequence[ChangeSink] = ()
    guards: Sequence[Guard] = ()


@dataclass(frozen=True)
class Change:
    """What a workflow shall be: `workflow` but for what every write stamps, and a new version if it gets one."""

    workflow: Workflow
    definition: Any = None
    summary: str = ""


def write_workflow(
    caller: Caller, ref: str, expected: IfMatch, wanted: Callable[[Current], Change], ports: WritePorts
) -> tuple[Workflow, Version]:
    """The workflow after a change; as it was when the change is none. Two writers at once both get through, in order,
    unless one of them expects the workflow as it was before the other."""

    def attempt() -> Changed | None:
        found = current(ref, ports.workflows)
        require(expected, found.workflow)
        change = wanted(found)
        if change.workflow == found.workflow and change.definition is None:
            return Changed(found.workflow, found.version, found.workflow)
        return _write(caller, found, change, ports)

    changed = persist(attempt, ports.sleep, ports.random)
    tell(changed, ports.sinks)
    return changed.workflow, changed.version


def _write(caller: Caller, found: Current, change: Change, ports: WritePorts) -> Changed | None:
    now = max(text_of(ports.clock()), found.workflow.updated_at)
    number = found.workflow.version + (change.definition is not None)
    rev = found.workflow.rev + 1
    after = replace(change.workflow, version=number, updated_at=now, updated_by=caller.key_id, rev=rev)
    version = found.version
    if change.definition is not None:
        for guard in ports.guards:
            guard(caller, after.id, change.definition, version.definition)
    if number != found.workflow.version:
        version = Version(after.id, number, change.definition, change.summary, now, caller.key_id)
    retires = version is not found.version and found.version.machine is not None
    written = ports.workflows.write(
        found.workflow,
        after,
        None if version is found.version else version,
        retired_at=text_of(moment_of(now) + RETIREMENT) if retires else None,
    )
    replaced = None if version is found.version else found.version
    return Changed(after, version, found.workflow, replaced=replaced) if written else None


def persist(attempt: Callable[[], T | None], sleep: Sleep, random: Random) -> T:
    """Tries until it gets through; `Unavailable` when others come first every time."""
    for number in range(TRIES):
        done = attempt()
        if done is not None:
            return done
        sleep(random() * min(FIRST_PAUSE * 2**number, LONGEST_PAUSE))
    raise Unavailable("The workflow, which many write at this moment,")
