"""A unified difference of two texts, within bounds: `difflib` alone takes hours for some texts of the size of a
definition, since it looks for a longest common part again between any two that it has found."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import Match, SequenceMatcher
from itertools import accumulate, takewhile

MAX_COMPARED = 10_000_000
"""Pairs of lines that are compared (a second); beyond, texts are compared at their beginnings and ends only."""


class _Matcher(SequenceMatcher[str]):
    """Looks for longest common parts as long as it may compare so many pairs of lines."""

    def __init__(self, one: Sequence[str], other: Sequence[str], pairs: int) -> None:
        super().__init__(None, one, other)
        self._one, self._other = one, other
        places: Mapping[str, Sequence[int]] = self.b2j  # type: ignore[attr-defined]  # documented, not in typeshed
        self._cost = [0, *accumulate(1 + len(places.get(line, ())) for line in one)]
        self._left = pairs

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        end, other_end = (len(self._one) if ahi is None else ahi), (len(self._other) if bhi is None else bhi)
        cost = self._cost[end] - self._cost[alo]
        if cost <= self._left:
            self._left -= cost
            return super().find_longest_match(alo, end, blo, other_end)
        most = min(end - alo, other_end - blo)
        first = _alike(self._one[alo + each] == self._other[blo + each] for each in range(most))
        last = (
            0
            if first
            else _alike(self._one[end - each] == self._other[other_end - each] for each in range(1, most + 1))
        )
        return Match(end - last, other_end - last, last) if last else Match(alo, blo, first)


def _alike(pairs: Iterable[bool]) -> int:
    """How many pairs of equal lines come first."""
    return sum(1 for _ in takewhile(bool, pairs))


def unified(
    one: Sequence[str], other: Sequence[str], names: tuple[str, str], pairs: int = MAX_COMPARED
) -> Iterator[str]:
    """Lines as `diff -u` writes them, with three lines around each change; none for equal texts.

    pairs: of lines, that may be compared.
    """
    groups = [] if one == other else _Matcher(one, other, pairs).get_grouped_opcodes()
    for number, group in enumerate(groups):
        if number == 0:
            yield from (f"--- {names[0]}", f"+++ {names[1]}")
        yield f"@@ -{_range(group[0][1], group[-1][2])} +{_range(group[0][3], group[-1][4])} @@"
        for kind, first, last, other_first, other_last in group:
            if kind == "equal":
                yield from (f" {line}" for line in one[first:last])
            else:
                yield from (f"-{line}" for line in one[first:last])
                yield from (f"+{line}" for line in other[other_first:other_last])


def _range(start: int, stop: int) -> str:
    """First line, from 1 on, and number of lines (POSIX, `diff -u`)."""
    length = stop - start
    return f"{start + 1}" if length == 1 else f"{start + (length > 0)},{length}"
