"""How long a retry may wait, before jitter: what the compiler provides for is what the run does."""

from stepweave.domain.plan import PlanRetry

SPREAD = 0.1
"""The part of a listed pause by which it may be longer, so that many receivers' retries do not come at once."""
_MOST_DOUBLINGS = 64
"""Beyond it every interval is at its maximum, and a power of more would have more digits than a float."""


def longest_pause(retry: PlanRetry, attempt: int) -> float:
    """Seconds after failed attempt number `attempt`, from 1. -> 1, 2, 4 ... 60 for the default."""
    if pauses := retry.get("pauses"):
        return pauses[min(attempt, len(pauses)) - 1] * (1 + SPREAD)
    grown = retry["initial_interval"] * retry["backoff_coefficient"] ** min(attempt - 1, _MOST_DOUBLINGS)
    return min(grown, retry["maximum_interval"])
