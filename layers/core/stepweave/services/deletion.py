"""Deletion of a run: from its first write on nobody sees the run; the rest takes away what it left.

Whoever is cut off in between is followed by the same request, or by reconcile, for which the first write makes the run
due. Values go before the items, which tell that there is something to take away.
"""

from stepweave.errors import Conflict, NotFound, Unavailable
from stepweave.services.moments import text_of
from stepweave.services.ports import Clock, Runs, Values

ITEMS_AT_ONCE = 2_000
"""Taken away by the request itself; of a run with more, reconcile takes the rest."""


def delete_run(run_id: str, *, runs: Runs, values: Values, clock: Clock) -> None:
    """Raises `NotFound`, and `Conflict` while the run is active."""
    found = runs.begin_delete(run_id, text_of(clock()))
    if found is None:
        raise NotFound("run", run_id)
    if not found:
        message = f"Run '{run_id}' is not over; cancel it first."
        raise Conflict(message, code="run_active")
    try:
        erase_run(run_id, runs=runs, values=values)
    except Unavailable:
        # It is gone for every reader; reconcile takes the rest away.
        return


def erase_run(run_id: str, *, runs: Runs, values: Values) -> bool:
    """Takes away what is left of a deleted run, up to a bound; whether that was all."""
    values.remove(f"runs/{run_id}/")
    return runs.erase(run_id, ITEMS_AT_ONCE)
