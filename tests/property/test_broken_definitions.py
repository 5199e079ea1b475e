"""Whatever stands where in a definition, compiling it tells problems and never raises."""

import copy
import random
from typing import Any

from hypothesis import given

from random_definitions import RANDOMS, definitions
from stepweave.compiler.compile import compile_definition

ANYTHING: list[Any] = [
    None,
    True,
    -1,
    1.5,
    "",
    "a b",
    "s00",
    "{{ steps.s00.output }}",
    "{{ x",
    [],
    ["s01", 3],
    {},
    {"x": 1},
]


def _places(value: Any) -> list[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    return [place for key in keys for place in [(value, key), *_places(value[key])]]


def _break(source: Any, chosen: random.Random) -> None:
    around, key = chosen.choice(_places(source))
    match chosen.choice(["replace", "replace", "remove", "add"]):
        case "remove" if isinstance(around, dict):
            del around[key]
        case "add" if isinstance(around, dict):
            around["surplus"] = chosen.choice(ANYTHING)
        case _:
            around[key] = copy.deepcopy(chosen.choice(ANYTHING))


@given(definitions(most=6), RANDOMS)
def test_a_broken_definition_has_problems_in_what_was_sent(source: Any, chosen: random.Random) -> None:
    for _ in range(chosen.randint(1, 4)):
        _break(source, chosen)
    compiled = compile_definition(source)
    assert bool(compiled.problems) != (compiled.plan is not None)
    for problem in compiled.problems:
        assert "_unreadable" not in f"{problem}"
        value = source
        for part in problem.path.split("/")[1:-1]:
            value = value[int(part)] if isinstance(value, list) else value[part.replace("~1", "/").replace("~0", "~")]
