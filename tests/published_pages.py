"""Published examples as test data, and how an answer is held against one, member by member.

An example is JSON as its page shows it: a text stands for any text, a number for any number, null for anything, an
object of `property1` and `property2` for one with any names, and the entry of a list for each of its entries.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_PAGES = Path(__file__).parent / "e2e" / "published"
ANY = "*"


def published(page: str) -> dict[str, dict[int, Any]]:
    """By request (`GET /agents`) and status, the examples of a page. `"=agent"` in its file is the form `agent`."""
    read = json.loads((_PAGES / f"{page}.json").read_text("utf-8"))
    forms = read.get("forms", {})
    return {
        request: {int(status): _whole(example, forms) for status, example in answers.items()}
        for request, answers in read["requests"].items()
    }


def _whole(value: Any, forms: Mapping[str, Any]) -> Any:
    match value:
        case str() if value.startswith("="):
            return _whole(forms[value[1:]], forms)
        case list():
            return [_whole(each, forms) for each in value]
        case dict():
            more = _whole(value["..."], forms) if "..." in value else {}
            return more | {name: _whole(each, forms) for name, each in value.items() if name != "..."}
    return value


def members(example: Any, at: str = "") -> Iterator[str]:
    """Where the members of an example are. -> `/data/agents/*/id`"""
    match example:
        case {"property1": each}:
            yield f"{at}/{ANY}"
            yield from members(each, f"{at}/{ANY}")
        case dict():
            for name, each in example.items():
                yield f"{at}/{name}"
                yield from members(each, f"{at}/{name}")
        case [each, *_]:
            yield f"{at}/{ANY}"
            yield from members(each, f"{at}/{ANY}")


def held(found: Any, example: Any, at: str = "") -> Iterator[tuple[str, str | None]]:
    """The members of the example that an answer has, each with what is wrong with it, or None; members of an answer
    that the example has not are additions, and no fault."""
    match example:
        case {"property1": each} if isinstance(found, dict):
            for value in found.values():
                yield from _held(value, each, f"{at}/{ANY}")
        case dict() if isinstance(found, dict):
            for name in example.keys() & found.keys():
                yield from _held(found[name], example[name], f"{at}/{name}")
        case [each, *_] if isinstance(found, list):
            for value in found:
                yield from _held(value, each, f"{at}/{ANY}")


def _held(found: Any, example: Any, at: str) -> Iterator[tuple[str, str | None]]:
    kind = _kind(example)
    is_right = kind in ("null", _kind(found))
    yield at, None if is_right else f"{at}: {json.dumps(found)[:100]} is no {kind}"
    yield from held(found, example, at)


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "text"
    return "list" if isinstance(value, list) else "object"
