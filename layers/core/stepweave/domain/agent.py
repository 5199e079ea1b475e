"""An agent: who answers a goal, with which instructions, model, actions and tools. Named by its client."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

AGENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
DEFAULT_PROJECT = "default"
MAX_AGENT_BYTES = 200_000
"""Of JSON: an item of DynamoDB holds 400 KB."""
HIDDEN = "********"
_SECRET_WORDS = ("secret", "token", "password", "passwd", "pwd", "apikey", "api_key", "private", "credential", "bearer")
_LEADING_DOT = re.compile(r"\{\{-?\s*\.(?=[A-Za-z_])")
_SECRET_HEADERS = ("authorization", "cookie", "api-key")


@dataclass(frozen=True)
class Agent:
    """`content` is the configuration as it was put, `etag` its digest."""

    id: str
    content: Mapping[str, Any]
    etag: str
    created_at: str
    updated_at: str
    project: str = DEFAULT_PROJECT


def etag_of(content: Mapping[str, Any]) -> str:
    """A digest that does not depend on the order of members."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def without_leading_dots(value: Any) -> Any:
    """Expressions as Compozy's clients write them, as ours: -> `"{{ input.city }}"` of `"{{ .input.city }}"`."""
    match value:
        case str():
            return _LEADING_DOT.sub("{{ ", value)
        case Mapping():
            return {name: without_leading_dots(each) for name, each in value.items()}
        case list():
            return [without_leading_dots(each) for each in value]
        case _:
            return value


def is_secret_name(name: str) -> bool:
    """Whether a variable or header of that name has a value that nobody is shown."""
    return any(word in name.lower() for word in (*_SECRET_WORDS, *_SECRET_HEADERS))


def hidden(content: Any) -> Any:
    """The configuration without its credentials; what names a secret (`{{ secrets.x }}`) holds none.

    -> `{"api_key": "********"}` of `{"api_key": "sk-1"}`
    """
    match content:
        case Mapping():
            return {name: HIDDEN if _is_credential(name, value) else hidden(value) for name, value in content.items()}
        case list():
            return [hidden(each) for each in content]
        case _:
            return content


def unhidden(content: Any, stored: Any) -> Any:
    """The configuration with what is hidden in it taken from the stored one: entries of lists are found by their id."""
    match content:
        case Mapping():
            before = stored if isinstance(stored, Mapping) else {}
            return {name: unhidden(value, before.get(name, value)) for name, value in content.items()}
        case list():
            known = {_id_of(each): each for each in stored} if isinstance(stored, list) else {}
            return [unhidden(each, known.get(_id_of(each), each)) for each in content]
        case _:
            return stored if content == HIDDEN else content


def _is_credential(name: str, value: Any) -> bool:
    return isinstance(value, str) and value != "" and "{{" not in value and is_secret_name(name)


def _id_of(entry: Any) -> str | None:
    found = entry.get("id") if isinstance(entry, Mapping) else None
    return found if isinstance(found, str) else None
