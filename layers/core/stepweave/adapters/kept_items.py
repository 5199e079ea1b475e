"""The items of loops, kept in memory: ten thousand iterations do not read the list ten thousand times."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Any

from stepweave.services.ports import Runs, Values

KEPT_BYTES = 16 * 1024 * 1024
"""Of JSON, over all lists; in memory they are several times as large."""


class KeptItems:
    """The port `services.ports.LoopItems`. The list that was read first goes first, but the last one always stays."""

    def __init__(self, runs: Runs, values: Values, kept_bytes: int = KEPT_BYTES) -> None:
        self._runs = runs
        self._values = values
        self._kept_bytes = kept_bytes
        self._kept: OrderedDict[tuple[str, int, str], tuple[int, Sequence[Any]]] = OrderedDict()
        self._lock = Lock()

    def get(self, run_id: str, execution: int, loop_key: str) -> Sequence[Any]:
        place = (run_id, execution, loop_key)
        found = self._kept.get(place)
        if found is None:
            found = self._read(run_id, loop_key)
            self._keep(place, found)
        return found[1]

    def _read(self, run_id: str, loop_key: str) -> tuple[int, Sequence[Any]]:
        record = self._runs.read(run_id, [loop_key])[1].get(loop_key)
        if record is None or record.items is None:
            raise LookupError(f"loop {loop_key} of {run_id} has no items")
        return record.items.size, self._values.load(record.items)

    def _keep(self, place: tuple[str, int, str], found: tuple[int, Sequence[Any]]) -> None:
        with self._lock:
            self._kept[place] = found
            while len(self._kept) > 1 and sum(size for size, _ in self._kept.values()) > self._kept_bytes:
                self._kept.popitem(last=False)
