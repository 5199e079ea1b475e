"""A weave as a small tree for the terminal."""

from dataclasses import dataclass

from stepweave.compiler.woven import Await, Loop, Parallel, Sequence, Step, Weave


@dataclass(frozen=True)
class _Entry:
    label: str
    below: "tuple[_Entry, ...]" = ()


def tree(woven: Weave) -> str:
    """A line per step, fork and branch.

    Sequence(a, Parallel(b, Sequence(c, d)), e) =>

        ├─ a
        ├─ side by side
        │  ├─ b
        │  └─ in turn
        │     ├─ c
        │     └─ d
        └─ e
    """
    return "\n".join(_lines(_entries(woven)))


def _lines(entries: tuple[_Entry, ...]) -> list[str]:
    lines = []
    for place, entry in enumerate(entries):
        corner, edge = ("└─", "   ") if place == len(entries) - 1 else ("├─", "│  ")
        lines.append(f"{corner} {entry.label}")
        lines.extend(edge + line for line in _lines(entry.below))
    return lines


def _entries(woven: Weave) -> tuple[_Entry, ...]:
    match woven:
        case Step(id):
            return (_Entry(id),)
        case Loop(id, body):
            return (_Entry(f"{id}, for each item", _entries(body)),)
        case Sequence(parts):
            return tuple(entry for part in parts for entry in _entries(part))
        case Parallel(parts):
            return (_Entry("side by side", tuple(_strand(part) for part in parts)),)
        case Await(_, waits_for):
            return (_Entry(f"when settled: {', '.join(waits_for)}"),)
        case _:
            blocks = tuple(_Entry(branch, _entries(block)) for branch, block in woven.blocks)
            return (_Entry(f"as {woven.condition} decides", blocks),)


def _strand(part: Weave) -> _Entry:
    entries = _entries(part)
    return entries[0] if len(entries) == 1 else _Entry("in turn", entries)
