"""Random orders of steps, in four families: definitions of plain steps, each from a source of randomness."""

import random
from collections.abc import Callable

from definitions import Json, definition, script

Family = Callable[[int, random.Random], Json]


def hand_like(count: int, chosen: random.Random) -> Json:
    """As people write them: mostly one or two dependencies on steps near before, a few forks, a few that begin."""
    before: list[list[int]] = []
    for step in range(count):
        wanted = min(step, chosen.choices([0, 1, 2, 3], [6, 60, 26, 8])[0])
        near = range(max(0, step - 6), step)
        before.append(chosen.sample(near, min(wanted, len(near))))
    return _steps(before, chosen)


def sparse(count: int, chosen: random.Random) -> Json:
    """Each pair in order with a chance that gives three dependencies for two steps."""
    return _pairs(count, 3 / max(2, count), chosen)


def dense(count: int, chosen: random.Random, chance: float = 0.3) -> Json:
    return _pairs(count, chance, chosen)


def layered(count: int, chosen: random.Random) -> Json:
    """Layers of two to six steps, each step with one to three dependencies in the layer before."""
    before: list[list[int]] = []
    last: list[int] = []
    while len(before) < count:
        layer = range(len(before), min(count, len(before) + chosen.randint(2, 6)))
        before += [chosen.sample(last, min(len(last), chosen.randint(1, 3))) for _ in layer]
        last = list(layer)
    return _steps(before, chosen)


FAMILIES: dict[str, Family] = {"hand-like": hand_like, "sparse": sparse, "dense": dense, "layered": layered}


def _pairs(count: int, chance: float, chosen: random.Random) -> Json:
    return _steps([[each for each in range(step) if chosen.random() < chance] for step in range(count)], chosen)


def _steps(before: list[list[int]], chosen: random.Random) -> Json:
    """Names and places in the text say nothing of the order."""
    names = [f"s{number:03}" for number in range(len(before))]
    chosen.shuffle(names)
    steps = [script(names[step], [names[each] for each in each_before]) for step, each_before in enumerate(before)]
    chosen.shuffle(steps)
    return definition(*steps)
