"""The source of a definition: the document that it was translated from, kept in it as the member `source`.

It goes where the definition goes: into versions, rollbacks, exports and imports. `digest` is that of the rest of the
definition, so that a document is never shown for a definition which somebody has changed since.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from stepweave.domain.credential import hidden

Json = dict[str, Any]
_HELD = ("agents", "tools", "mcps")


def with_source(definition: Mapping[str, Any], document: Mapping[str, Any]) -> Json:
    """The definition with the document, without the credentials of agents and tools in it."""
    kept = {"format": "compozy", "document": _without_credentials(document), "digest": _digest(definition)}
    return {**definition, "source": kept}


def source_of(definition: Mapping[str, Any]) -> Json | None:
    """The document that a definition was translated from; None when there is none, or the definition was changed."""
    source = definition.get("source")
    if not isinstance(source, Mapping) or source.get("format") != "compozy":
        return None
    rest = {name: value for name, value in definition.items() if name != "source"}
    return dict(source["document"]) if source["digest"] == _digest(rest) else None


def _digest(definition: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(_plain(definition), sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """With whole numbers written as such, however they were: 300.0 is 300, in JSON as in a digest."""
    match value:
        case Mapping():
            return {name: _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case float() if value.is_integer():
            return int(value)
    return value


def _without_credentials(document: Mapping[str, Any]) -> Json:
    """The document as it may be kept with the definition, which everybody with a key can read."""
    kept = {name: hidden(value) if name in _HELD else value for name, value in document.items()}
    return {**kept, "tasks": _without(document.get("tasks"))}


def _without(value: Any) -> Any:
    match value:
        case dict():
            held = ("agent", "tool", "tools", "mcps", "model_config")
            return {name: hidden(each) if name in held else _without(each) for name, each in value.items()}
        case list():
            return [_without(each) for each in value]
    return value
