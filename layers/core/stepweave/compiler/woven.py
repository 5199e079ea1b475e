"""What a weave is made of: steps one after another, side by side, and behind the choice of a condition; and awaits,
where a step needs another that is neither before it nor around it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Step:
    id: str


@dataclass(frozen=True)
class Loop:
    """A loop step and what runs for each item."""

    id: str
    body: "Weave"


@dataclass(frozen=True)
class Await:
    """What follows in the sequence needs these steps, which run on other strands. `step`: the first that follows."""

    step: str
    waits_for: tuple[str, ...]


@dataclass(frozen=True)
class Sequence:
    parts: "tuple[Weave, ...]"


@dataclass(frozen=True)
class Parallel:
    parts: "tuple[Weave, ...]"


@dataclass(frozen=True)
class Branch:
    """What follows a condition that has settled: the block of the branch it took, or nothing where that has none."""

    condition: str
    blocks: "tuple[tuple[str, Weave], ...]"


Weave: TypeAlias = Step | Loop | Await | Sequence | Parallel | Branch


def ids_in(woven: Weave) -> Iterator[str]:
    """Every step of one scope in a weave, in order; not the steps inside its loops."""
    match woven:
        case Step(id) | Loop(id):
            yield id
        case Sequence(parts) | Parallel(parts):
            for part in parts:
                yield from ids_in(part)
        case Await():
            return
        case _:
            for _, block in woven.blocks:
                yield from ids_in(block)


def all_in(woven: Weave) -> Iterator[Weave]:
    """A weave and everything in it, a loop's body included."""
    ahead = [woven]
    while ahead:
        part = ahead.pop()
        yield part
        ahead.extend(reversed(inside(part)))


def awaits_in(woven: Weave) -> "Iterator[Await]":
    """The awaits of one scope in a weave."""
    if isinstance(woven, Await):
        yield woven
    elif not isinstance(woven, Loop):
        for part in inside(woven):
            yield from awaits_in(part)


def inside(woven: Weave) -> "tuple[Weave, ...]":
    """What a part of a weave is made of."""
    match woven:
        case Step() | Await():
            return ()
        case Loop(_, body):
            return (body,)
        case Sequence(parts) | Parallel(parts):
            return parts
        case _:
            return tuple(block for _, block in woven.blocks)


def await_id(woven: Await) -> str:
    """The name of an await in plans and machines; ids hold no blanks. -> `parse await`"""
    return f"{woven.step} await"


def sequence(parts: "list[Weave]") -> Weave:
    """Parts one after another, flat. -> `sequence([a, Sequence((b, c))]) == Sequence((a, b, c))`"""
    flat = [each for part in parts for each in (part.parts if isinstance(part, Sequence) else (part,))]
    return flat[0] if len(flat) == 1 else Sequence(tuple(flat))


def parallel(parts: "list[Weave]") -> Weave:
    """Parts side by side."""
    return parts[0] if len(parts) == 1 else Parallel(tuple(parts))
