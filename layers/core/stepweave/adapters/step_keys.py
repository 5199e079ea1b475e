"""Where the step runs of a run lie in its partition: those in loops after all others."""

from stepweave.adapters import cursor as cursors
from stepweave.adapters.table import Item, Table

NESTED = "STEP#~"
_FIRST, _LAST = "STEP#", "STEP$"
_JUST_AFTER = " "
"""Comes before every character of a key."""


def sort_key(key: str) -> str:
    """Step runs in loops come after all others, so that whoever has no use for ten thousand of them reads none."""
    return f"{NESTED}{key}" if "@" in key else f"STEP#{key}"


def page_of_steps(
    table: Table, run_id: str, step_id: str | None, limit: int, cursor: str | None
) -> tuple[list[Item], str | None]:
    """Items of step runs in order, of one step or of all, and where the next page begins. One query, and one more for
    each megabyte; of one step two."""
    name = f"{run_id} {step_id or ''}"
    after = cursors.decode(name, cursor) if cursor else ""
    found: list[Item] = []
    for first, last in _ranges(step_id):
        start = max(first, f"{after}{_JUST_AFTER}") if after else first
        left = limit + 1 - len(found)
        if start <= last and left > 0:
            values = {":pk": f"RUN#{run_id}", ":first": start, ":last": last}
            found += table.query("pk = :pk AND sk BETWEEN :first AND :last", values, limit=left)
    rows = found[:limit]
    return rows, cursors.encode(name, rows[-1]["sk"]) if len(found) > limit else None


def _ranges(step_id: str | None) -> list[tuple[str, str]]:
    if step_id is None:
        return [(_FIRST, _LAST)]
    outside = sort_key(step_id)
    return [(outside, outside), (f"{NESTED}{step_id}@", f"{NESTED}{step_id}@~")]
