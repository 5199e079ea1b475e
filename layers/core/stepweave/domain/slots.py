"""Slots: how many runs of a group are under way at once, and who waits.

A group is a workflow, or those of its runs that have one value of `config.concurrency.key`; all runs of a deployment
are one more, in which a run holds a slot beside that of its own group when the deployment has a limit.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from stepweave.domain.run import RunState

DEPLOYMENT = "*"
"""The group of all runs."""


@dataclass(frozen=True)
class SlotState:
    """Who holds slots of a group (names of executions) and whether others queue; `rev` grows when a run joins."""

    held: frozenset[str] = frozenset()
    has_queue: bool = False
    rev: int = 0


def keyed_group(workflow_id: str, value: Any) -> str:
    """The group of a workflow's runs with that value of the key, however the value is spelled or how large it is.

    -> `wf_01KA...#6b86b273ff34fce19d6b804eff5a3f57`
    """
    digest = hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    return f"{workflow_id}#{digest[:32]}"


def group_of(state: RunState) -> str:
    """The group in which a run takes its slot."""
    return state.group or state.workflow_id


def workflow_of(group: str) -> str | None:
    """The workflow of a group; None of the deployment's."""
    return None if group == DEPLOYMENT else group.partition("#")[0]
