"""What turns one JSON value into another, as JSON Patch (RFC 6902), as short as can be read.

Steps are matched by their ids, wherever a list of them stands, so that an insertion at the front is one `add`. Other
lists are aligned by a longest common subsequence. Numbers are equal when their values are (RFC 6902, section 4.6).

    {"steps": [{"id": "b"}]}, {"steps": [{"id": "a"}, {"id": "b", "when": "x"}]}
    -> [{"op": "add", "path": "/steps/0", "value": {"id": "a"}}, {"op": "add", "path": "/steps/1/when", "value": "x"}]
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stepweave.domain.problem import pointer
from stepweave.domain.sameness import Sameness

Operation = dict[str, Any]
Path = tuple[str | int, ...]

MAX_ALIGNED = 1_000_000
"""Pairs of elements that are compared to align lists (half a second); beyond, lists are compared place by place."""


@dataclass
class _Compared:
    """What two values have in common. `pairs`: how many more may be compared to align lists."""

    same: Sameness
    pairs: int


def diff(before: Any, after: Any) -> list[Operation]:
    """Operations whose application to `before`, in their order, gives `after`; the same list for the same values."""
    return list(_changes((), before, after, _Compared(Sameness(before, after), MAX_ALIGNED)))


def equal(one: Any, other: Any) -> bool:
    """JSON equality: members in any order, numbers by value, and true is not 1."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(equal(value, other[name]) for name, value in one.items())
        case list(), list():
            return len(one) == len(other) and all(map(equal, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _changes(path: Path, before: Any, after: Any, compared: _Compared) -> Iterator[Operation]:
    if compared.same(before, after):
        return
    match before, after:
        case dict(), dict():
            yield from _of_members(path, before, after, compared)
        case list(), list() if path[-1:] == ("steps",) and _have_ids(before) and _have_ids(after):
            yield from _of_steps(path, before, after, compared)
        case list(), list():
            yield from _of_elements(path, before, after, compared)
        case _:
            yield {"op": "replace", "path": pointer(*path), "value": after}


def _of_members(
    path: Path, before: Mapping[str, Any], after: Mapping[str, Any], compared: _Compared
) -> Iterator[Operation]:
    for name in before:
        if name not in after:
            yield {"op": "remove", "path": pointer(*path, name)}
    for name, value in after.items():
        if name in before:
            yield from _changes((*path, name), before[name], value, compared)
        else:
            yield {"op": "add", "path": pointer(*path, name), "value": value}


def _have_ids(steps: Sequence[Any]) -> bool:
    ids = [step.get("id") for step in steps if isinstance(step, dict)]
    return len(ids) == len(steps) == len({each for each in ids if isinstance(each, str)})


def _of_steps(path: Path, before: Sequence[Any], after: Sequence[Any], compared: _Compared) -> Iterator[Operation]:
    """Removals from the end on, then insertions and moves from the front on, then changes at their final places."""
    old, new = {step["id"]: step for step in before}, {step["id"]: step for step in after}
    for index in reversed(range(len(before))):
        if before[index]["id"] not in new:
            yield {"op": "remove", "path": pointer(*path, index)}
    order = [step_id for step_id in old if step_id in new]
    staying = _staying(order, list(new))
    previous = None
    for step_id, step in new.items():
        if step_id not in old:
            index = _place_after(previous, order)
            order.insert(index, step_id)
            yield {"op": "add", "path": pointer(*path, index), "value": step}
        elif step_id not in staying:
            source = order.index(step_id)
            order.pop(source)
            index = _place_after(previous, order)
            order.insert(index, step_id)
            yield {"op": "move", "from": pointer(*path, source), "path": pointer(*path, index)}
        previous = step_id
    for index, (step_id, step) in enumerate(new.items()):
        if step_id in old:
            yield from _changes((*path, index), old[step_id], step, compared)


def _place_after(previous: str | None, order: Sequence[str]) -> int:
    return 0 if previous is None else order.index(previous) + 1


def _staying(order: Sequence[str], wanted: Sequence[str]) -> set[str]:
    """The most ids that need not be moved: a longest increasing subsequence of their wanted places."""
    place = {step_id: index for index, step_id in enumerate(wanted)}
    # The smallest place at which an increasing sequence of each length ends, and the id that ends it.
    ends: list[int] = []
    last: list[str] = []
    before: dict[str, str | None] = {}
    for step_id in order:
        length = bisect_left(ends, place[step_id])
        ends[length:] = [place[step_id], *ends[length + 1 :]]
        last[length:] = [step_id, *last[length + 1 :]]
        before[step_id] = last[length - 1] if length else None
    found: set[str] = set()
    step = last[-1] if last else None
    while step is not None:
        found.add(step)
        step = before[step]
    return found


def _of_elements(path: Path, before: Sequence[Any], after: Sequence[Any], compared: _Compared) -> Iterator[Operation]:
    """Gap by gap between what both have in common. `shift`: how far the places behind have moved so far."""
    shift = old = new = 0
    for old_end, new_end in [*_common(before, after, compared), (len(before), len(after))]:
        both = min(old_end - old, new_end - new)
        for step in range(both):
            yield from _changes((*path, old + step + shift), before[old + step], after[new + step], compared)
        for index in reversed(range(old + both, old_end)):
            yield {"op": "remove", "path": pointer(*path, index + shift)}
        for index in range(new + both, new_end):
            yield {"op": "add", "path": pointer(*path, index), "value": after[index]}
        shift += (new_end - new) - (old_end - old)
        old, new = old_end + 1, new_end + 1


def _common(before: Sequence[Any], after: Sequence[Any], compared: _Compared) -> list[tuple[int, int]]:
    """Pairs of indices of equal elements, both increasing: as many as there can be."""
    start, most = 0, min(len(before), len(after))
    while start < most and compared.same(before[start], after[start]):
        start += 1
    tail = 0
    while tail < most - start and compared.same(before[-1 - tail], after[-1 - tail]):
        tail += 1
    head = [(index, index) for index in range(start)]
    ends = [(len(before) - each, len(after) - each) for each in range(tail, 0, -1)]
    middle = _aligned(before[start : len(before) - tail], after[start : len(after) - tail], compared)
    return [*head, *((start + one, start + other) for one, other in middle), *ends]


def _aligned(before: Sequence[Any], after: Sequence[Any], compared: _Compared) -> Iterator[tuple[int, int]]:
    if len(before) * len(after) > compared.pairs:
        return
    compared.pairs -= len(before) * len(after)
    lengths = [[0] * (len(after) + 1) for _ in range(len(before) + 1)]
    marks = [compared.same.mark(other) for other in after]
    same = [[mark == other for other in marks] for mark in map(compared.same.mark, before)]
    for row in reversed(range(len(before))):
        for column in reversed(range(len(after))):
            apart = max(lengths[row + 1][column], lengths[row][column + 1])
            lengths[row][column] = lengths[row + 1][column + 1] + 1 if same[row][column] else apart
    row = column = 0
    while row < len(before) and column < len(after):
        if same[row][column]:
            yield row, column
            row, column = row + 1, column + 1
        elif lengths[row + 1][column] >= lengths[row][column + 1]:
            row += 1
        else:
            column += 1
