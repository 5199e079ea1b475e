"""The story of a run: its numbered events. What is told lies in the record that it is about, written with it.

A step run's events lie in its record, a run's own in its state. Numbers come from one counter in the run's state, so
that the records together hold each number once; readers put them in order (`services.events`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

StepEvent = Literal["step_started", "step_completed", "step_failed", "step_skipped", "step_retrying", "step_waiting"]
RunEvent = Literal["run_queued", "run_started", "run_paused", "run_resumed", "run_completed"]
EventKind = Literal[StepEvent, RunEvent, "log", "passed"]
"""`passed`: what a record has no more room for; its number is all that is left."""

LONGEST_STORY = 100
"""Events that a record tells in full, some 400 bytes each; of older ones the number alone is kept."""


@dataclass(frozen=True)
class Event:
    """`number` is its place in the story; one of a run that is told `after` a number shares it with what it follows.

    `facts` is what the record itself does not tell any more, or never did: small JSON.
    """

    number: int
    kind: EventKind
    at: str
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)


def with_event(story: Sequence[Event], event: Event) -> tuple[Event, ...]:
    """The story with one more event. -> at most `LONGEST_STORY` in full, older ones as `passed`"""
    longer = (*story, event)
    too_many = max(0, len(longer) - LONGEST_STORY)
    return (*(Event(each.number, "passed", each.at) for each in longer[:too_many]), *longer[too_many:])


def last_number(story: Sequence[Event]) -> int:
    """The number of its newest event; 0 of a story that has not begun."""
    return max((event.number for event in story), default=0)
