"""Changing an inbox that others change at the same time."""

from collections.abc import Callable
from dataclasses import replace

from stepweave.domain.inbox import Inbox
from stepweave.errors import Unavailable
from stepweave.services.ports import Inboxes

_TRIES = 100


def change(inboxes: Inboxes, run_id: str, name: str, how: Callable[[Inbox], Inbox]) -> Inbox:
    """The inbox after the change, which is made on what stands at that moment: `how` may be called several times.

    Raises `Unavailable` when others come first a hundred times.
    """
    for _ in range(_TRIES):
        found = inboxes.get(run_id, name)
        after = how(found)
        if after == found:
            return found
        after = replace(after, rev=found.rev + 1)
        if inboxes.put(run_id, name, after, was=found.rev):
            return after
    raise Unavailable("The store")
