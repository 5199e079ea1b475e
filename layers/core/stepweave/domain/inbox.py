"""An inbox: the signals of one name that a run was sent, and its waits for them. Who gets which is decided here alone.

One signal ends one wait: the oldest wait gets the signal that came first. An inbox is one item of the store, written
only as it was read, so that no two can give differently. Every change may be made again and then changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from stepweave.domain.run import StepRun, Value

MOST_HELD = 2_000
"""Waits and signals, those settled included, that an inbox holds: an item of DynamoDB has 400 KB."""
LONGEST_NAME = 200


@dataclass(frozen=True)
class Signal:
    """What was sent. `payload` becomes the output of the wait that it ends."""

    id: str
    run_id: str
    name: str
    payload: Value
    sent_at: str
    sent_by: str


@dataclass(frozen=True)
class Inbox:
    """waits: those that nothing was given to, oldest first. signals: ids of those that no wait has got, in the order in
    which they came. given: wait -> signal. rev: how often it was written.
    """

    waits: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)
    rev: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.waits) + len(self.signals) + len(self.given) >= MOST_HELD

    def knows(self, signal: str) -> bool:
        return signal in self.signals or signal in self.given.values()

    def wait_of(self, signal: str) -> str | None:
        """The wait that a signal was given to."""
        return next((wait for wait, given in self.given.items() if given == signal), None)


def wait_name(record: StepRun) -> str:
    """The name of a wait, which sorts by when it was entered; a step that runs again waits under another name."""
    return f"{record.started_at} {record.key}"


def key_of_wait(wait: str) -> str:
    """-> `key_of_wait("2026-11-02T08:30:00.000Z approve@0") == "approve@0"`"""
    return wait.partition(" ")[2]


def bad_signal_name(name: str) -> str:
    """What is wrong with the name of a signal; empty when nothing is."""
    if not 0 < len(name) <= LONGEST_NAME:
        return f"must have 1 to {LONGEST_NAME} characters"
    if name != name.strip() or not name.isprintable():
        return "must not begin or end with a space, nor hold line breaks or control characters"
    return ""


def join(inbox: Inbox, wait: str) -> Inbox:
    """The wait takes its place among those that wait, and the oldest signal if it is its turn."""
    if wait in inbox.waits or wait in inbox.given:
        return inbox
    return _matched(replace(inbox, waits=tuple(sorted((*inbox.waits, wait)))))


def leave(inbox: Inbox, wait: str) -> Inbox:
    """The wait waits no more; what was given to it stays given."""
    return replace(inbox, waits=tuple(each for each in inbox.waits if each != wait))


def post(inbox: Inbox, signal: str) -> Inbox:
    """The signal goes to the oldest wait, or is kept for the next one."""
    if inbox.knows(signal):
        return inbox
    return _matched(replace(inbox, signals=(*inbox.signals, signal)))


def give(inbox: Inbox, wait: str, signal: str) -> Inbox:
    """The signal goes to that very wait, if it still waits."""
    if wait not in inbox.waits:
        return inbox
    return replace(leave(inbox, wait), given={**inbox.given, wait: signal})


def _matched(inbox: Inbox) -> Inbox:
    pairs = dict(zip(inbox.waits, inbox.signals, strict=False))
    count = len(pairs)
    return replace(inbox, waits=inbox.waits[count:], signals=inbox.signals[count:], given={**inbox.given, **pairs})
