"""Reading a step's evaluated config: an expression may have yielded any type, so every member is checked here.

Definitions are checked when they are stored; what an expression yields is known only now. A complaint names the member
by its JSON Pointer in the step.
"""

import json
from collections.abc import Mapping
from typing import Any

from stepweave.domain.json_value import well_formed
from stepweave.errors import StepError

_SHOWN_CHARACTERS = 300


def invalid_config(pointer: str, reason: str) -> StepError:
    """-> `invalid_config("/config/url", "must be text")`. What it names may come from an expression, in any size."""
    path = well_formed(pointer[:_SHOWN_CHARACTERS])
    return StepError("invalid_config", f"At {path}: {reason[:_SHOWN_CHARACTERS]}.", details={"path": path})


def check_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The config, or `StepError` for one that holds what no JSON in UTF-8 can carry: neither a request nor a process
    could be given it."""
    try:
        json.dumps(config, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError as error:
        reason = "the text holds half of a surrogate pair, which no UTF-8 can carry"
        raise invalid_config(_place_of_half(config, "/config") or "/config", reason) from error
    except (ValueError, RecursionError) as error:
        raise invalid_config("/config", "it holds a number that JSON has not, or is nested too deep") from error
    return config


def _place_of_half(value: Any, pointer: str) -> str | None:
    match value:
        case str():
            return pointer if value != well_formed(value) else None
        case Mapping():
            places = (
                _place_of_half(name, f"{pointer}/{name}") or _place_of_half(each, f"{pointer}/{name}")
                for name, each in value.items()
            )
        case list() | tuple():
            places = (_place_of_half(each, f"{pointer}/{index}") for index, each in enumerate(value))
        case _:
            return None
    return next((place for place in places if place is not None), None)


def text_at(config: Mapping[str, Any], name: str, *, within: str = "/config") -> str:
    """A member that has to be text."""
    value = config.get(name)
    if not isinstance(value, str):
        raise invalid_config(f"{within}/{name}", f"text is needed; the value is {kind_of(value)}")
    return value


def object_at(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A member that has to be an object; a missing one is empty."""
    value = config.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise invalid_config(f"/config/{name}", f"an object is needed; the value is {kind_of(value)}")
    return value


def texts_at(config: Mapping[str, Any], name: str) -> dict[str, str]:
    """A member that has to be an object of texts; numbers and booleans become text as JSON writes them."""
    return {key: scalar_text(value, f"/config/{name}/{key}") for key, value in object_at(config, name).items()}


def scalar_text(value: Any, pointer: str) -> str:
    """-> `"x"` for "x", `"5"` for 5, `"true"` for True"""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise invalid_config(pointer, f"text, a number or a boolean is needed; the value is {kind_of(value)}")


def kind_of(value: Any) -> str:
    """JSON's word for a value's type."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case Mapping():
            return "an object"
        case _:
            return "an array"
