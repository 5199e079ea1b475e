"""Items of loops, kept in memory."""

import json
from typing import Any

import pytest

from fakes.samples import a_run, a_state, a_step
from fakes.stores import FakeRuns, FakeValues
from stepweave.adapters.kept_items import KeptItems
from stepweave.domain.run import Value


class CountingRuns(FakeRuns):
    def read(self, run_id: str, step_keys: Any) -> Any:
        self.reads = getattr(self, "reads", 0) + 1
        return super().read(run_id, step_keys)


@pytest.fixture
def runs() -> CountingRuns:
    made = CountingRuns()
    made.create(a_run(), a_state())
    for key, items in (("a", [1, 2]), ("b", ["x"])):
        text = json.dumps(items)
        made.put_step(a_step(key=key, step_id=key, items=Value(inline=text, size=len(text))), was=None)
    return made


def test_items_are_read_once_for_an_execution(runs: CountingRuns) -> None:
    items = KeptItems(runs, FakeValues())
    assert [items.get("run_1", 1, "a") for _ in range(3)] == [[1, 2]] * 3
    assert runs.reads == 1
    items.get("run_1", 2, "a")
    assert runs.reads == 2


def test_the_oldest_lists_go_when_they_take_too_much_room_but_never_the_last(runs: CountingRuns) -> None:
    items = KeptItems(runs, FakeValues(), kept_bytes=5)
    for key in ("a", "a", "b", "b", "a"):
        items.get("run_1", 1, key)
    assert runs.reads == 3


def test_a_loop_without_items_is_an_error(runs: CountingRuns) -> None:
    with pytest.raises(LookupError, match="absent"):
        KeptItems(runs, FakeValues()).get("run_1", 1, "absent")
