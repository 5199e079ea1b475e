"""Latches in the table: two sets on one item, which only grow."""

from collections.abc import Iterable

from stepweave.adapters.table import Table
from stepweave.services.ports import Latch


class LatchStore:
    """The port `services.ports.Latches`: one write each, without a condition, since adding twice is adding once."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, run_id: str, execution: int, position: str, await_id: str, steps: Iterable[str]) -> Latch:
        return self._grow(run_id, f"{execution}#{await_id}@{position}", "settled", set(steps))

    def arm(self, run_id: str, execution: int, position: str, await_id: str, token: str) -> Latch:
        return self._grow(run_id, f"{execution}#{await_id}@{position}", "tokens", {token})

    def _grow(self, run_id: str, key: str, name: str, members: set[str]) -> Latch:
        item = self._table.update(f"RUN#{run_id}", f"LATCH#{key}", f"ADD #{name} :members", "", {":members": members})
        return Latch(frozenset(item.get("settled", ())), frozenset(item.get("tokens", ())))
