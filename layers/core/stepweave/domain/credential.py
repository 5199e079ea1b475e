"""Credentials in a configuration: values that nobody is shown, told by the names that they have."""

from collections.abc import Iterable, Mapping
from typing import Any

from stepweave.domain.problem import pointer

HIDDEN = "********"
_SECRET_WORDS = ("secret", "token", "password", "passwd", "pwd", "apikey", "api_key", "private", "credential", "bearer")
_SECRET_HEADERS = ("authorization", "cookie", "api-key")


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
            known = _by_id(stored)
            return [unhidden(each, known.get(_id_of(each), each)) for each in content]
        case _:
            return stored if content == HIDDEN else content


def without_credentials(content: Any) -> Any:
    """The configuration with its credentials left out. -> `{}` of `{"api_key": "sk-1"}`"""
    match content:
        case Mapping():
            return {
                name: without_credentials(value) for name, value in content.items() if not _is_credential(name, value)
            }
        case list():
            return [without_credentials(each) for each in content]
        case _:
            return content


def with_credentials(content: Any, stored: Any) -> Any:
    """The configuration with the credentials of the stored one that it lacks, entries of lists found by their id."""
    match content:
        case Mapping():
            before = stored if isinstance(stored, Mapping) else {}
            kept = {
                name: value for name, value in before.items() if name not in content and _is_credential(name, value)
            }
            return {**{name: with_credentials(value, before.get(name)) for name, value in content.items()}, **kept}
        case list():
            known = _by_id(stored)
            return [with_credentials(each, known.get(_id_of(each))) for each in content]
        case _:
            return content


def places_hidden(content: Any, place: str = "") -> list[str]:
    """JSON Pointers of the values that are hidden."""
    match content:
        case Mapping():
            return [found for name, value in content.items() for found in places_hidden(value, f"{place}/{name}")]
        case list():
            return [found for number, each in enumerate(content) for found in places_hidden(each, f"{place}/{number}")]
        case _:
            return [place] if content == HIDDEN else []


def places_of_credentials(content: Any, place: str = "") -> list[str]:
    """JSON Pointers of the credentials, whether they are written out or hidden."""
    match content:
        case Mapping():
            members: Iterable[tuple[str | int, Any]] = content.items()
        case list():
            members = enumerate(content)
        case _:
            return []
    return [
        found
        for name, value in members
        for at in [place + pointer(name)]
        for found in ([at] if _is_credential(str(name), value) else places_of_credentials(value, at))
    ]


def _is_credential(name: str, value: Any) -> bool:
    return isinstance(value, str) and value != "" and "{{" not in value and is_secret_name(name)


def _by_id(stored: Any) -> dict[str | None, Any]:
    return {_id_of(each): each for each in stored} if isinstance(stored, list) else {}


def _id_of(entry: Any) -> str | None:
    found = entry.get("id") if isinstance(entry, Mapping) else None
    return found if isinstance(found, str) else None
