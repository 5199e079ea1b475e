"""Time, chance and the log of a process, passed in."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

Clock = Callable[[], datetime]
"""The time now, in UTC."""
Sleep = Callable[[float], None]
"""Waits that many seconds."""
Random = Callable[[], float]
"""A number from 0 up to 1."""


class Tell(Protocol):
    """Says what happened: one structured log line, and one set of metrics where the outcome has any."""

    def __call__(self, outcome: str, /, **facts: Any) -> None: ...
    def fault(self, outcome: str, error: Exception, /, **facts: Any) -> None:
        """An error of ours: with its traceback, in the log only."""
