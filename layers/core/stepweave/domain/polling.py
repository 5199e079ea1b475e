"""How often a wait looks whether its condition holds: seldom enough that a year of looks fits into one history."""

from functools import lru_cache

from stepweave.domain.duration import MAX_SECONDS

PATIENCE = 50
"""A look comes no sooner than a fiftieth of the time waited so far: what is waited for is noticed 2 % late at most."""
LONGEST_INTERVAL = 86_400.0
"""Seconds; that share of the time waited does not make an interval longer than a day."""
DEFAULT_INTERVAL = 30.0


def interval_after(waited: float, interval: float) -> float:
    """Seconds to the next look, after so many seconds. -> `30` after ten minutes, `72` after an hour, for 30"""
    return max(interval, min(waited / PATIENCE, LONGEST_INTERVAL))


@lru_cache(maxsize=1024)
def most_looks(interval: float, timeout: float | None) -> int:
    """How often a wait looks at the most, in its time or in a year."""
    bound = float(MAX_SECONDS) if timeout is None else timeout
    waited, looks = 0.0, 1
    while waited < bound:
        waited += interval_after(waited, interval)
        looks += 1
    return looks
