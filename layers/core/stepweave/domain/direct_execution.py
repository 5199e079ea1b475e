"""A direct execution: an agent or a task that is run by itself, outside of any workflow. It is no run."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from stepweave.domain.run import Fail, Value
from stepweave.domain.story import LONGEST_STORY

Kind = Literal["agent", "task"]
DirectStatus = Literal["pending", "running", "completed", "failed", "timed_out"]
NoteKind = Literal["status", "model", "tool", "log"]

OVER: frozenset[str] = frozenset({"completed", "failed", "timed_out"})
LONGEST_SECONDS = 840
"""What the work may take in all: an attempt lasts at most 14 minutes, as that of a step does."""


@dataclass(frozen=True)
class Note:
    """What an execution tells: a new `status`, a reply of the `model`, a `tool` that was called, or anything else.
    Its number is its place, from 1."""

    number: int
    kind: NoteKind
    at: str
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class DirectRequest:
    """What was asked. Never changes. `of`: the agent's or task's id; `asked`: `{action?, prompt?, with?}`;
    `seconds`: what the work may take."""

    id: str
    kind: Kind
    of: str
    project: str
    asked: Value
    seconds: int
    created_at: str
    created_by: str
    correlation_id: str | None = None


@dataclass(frozen=True)
class DirectState:
    """What has become of it. `owner`, `attempt` and `lease_until` say who works on it; `started_at`: when the first
    attempt began; `usage`: tokens by model, in all attempts; `writes`: how often it was written."""

    exec_id: str
    kind: Kind
    updated_at: str
    status: DirectStatus = "pending"
    attempt: int = 0
    owner: str = ""
    lease_until: str = ""
    started_at: str | None = None
    completed_at: str | None = None
    output: Value | None = None
    error: Fail | None = None
    usage: Mapping[str, Mapping[str, int]] = field(default_factory=dict, hash=False)
    story: tuple[Note, ...] = ()
    last_note: int = 0
    checks: int = 0
    writes: int = 0


def noted(state: DirectState, kind: NoteKind, at: str, facts: Mapping[str, Any]) -> DirectState:
    """The state with one more note; of many the oldest are left out, their numbers are not given again."""
    note = Note(state.last_note + 1, kind, at, facts)
    return replace(state, story=(*state.story, note)[-LONGEST_STORY:], last_note=note.number, updated_at=at)


def become(state: DirectState, status: DirectStatus, at: str) -> DirectState:
    """The state with another status, which is told; one that is over has an end."""
    told = noted(state, "status", at, {"status": status})
    return replace(told, status=status, completed_at=at if status in OVER else None)
