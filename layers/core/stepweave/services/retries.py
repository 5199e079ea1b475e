"""When the next attempt of a step is due. Pure.

Full jitter over a growing interval (AWS Architecture Blog, "Exponential Backoff And Jitter"); what the other side asks
for with `Retry-After` is a floor, whatever the interval.
"""

from stepweave.domain.pause import SPREAD, longest_pause
from stepweave.domain.plan import PlanRetry
from stepweave.errors import StepError

LONGEST_ASKED = 86_400.0
"""A day: the most that `Retry-After` may ask for."""
SLEPT_SECONDS = 20.0
"""Shorter pauses are slept in the function; longer ones are a Wait of the state machine, which costs nothing."""


def may_retry(retry: PlanRetry, attempt: int, kind: str) -> bool:
    """Whether attempt number `attempt` (from 1), failed with that class of error, is followed by another."""
    if kind == "final":
        return False
    return attempt < retry["max_attempts"] and ("any" in retry["on"] or kind in retry["on"])


def pause(retry: PlanRetry, attempt: int, error: StepError, jitter: float) -> float:
    """Seconds before the next attempt; `jitter` from 0 up to 1."""
    longest = longest_pause(retry, attempt)
    own = longest * (1 + SPREAD * jitter) / (1 + SPREAD) if retry.get("pauses") else jitter * longest
    return max(own, min(error.retry_after or 0.0, LONGEST_ASKED))
