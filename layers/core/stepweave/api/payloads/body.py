"""Reading a body: strict, closed, all faults at once."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from stepweave.domain.problem import pointer
from stepweave.errors import Fault, Invalid


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


T = TypeVar("T", bound=Body)
Open = TypeVar("Open", bound=BaseModel)

UNKNOWN_MEMBER = "Unknown member."
_NOT_AN_OBJECT = Fault("", "The body must be a JSON object.")


def object_body(body: object) -> dict[str, Any]:
    """The body as the object it must be; raises `Invalid`."""
    if not isinstance(body, dict):
        raise Invalid([_NOT_AN_OBJECT])
    return body


def read(model: type[T], body: object) -> T:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise Invalid(faults_in(error)) from error


def read_open(model: type[Open], body: object) -> Open:
    """A body of a form that passes over members which it does not know."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise Invalid(faults_in(error)) from error


def faults_in(error: ValidationError) -> list[Fault]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [Fault(_place(each["loc"]), _sentence(each["type"], each["msg"], is_body=not each["loc"])) for each in found]


def _place(loc: tuple[str | int, ...]) -> str:
    """pydantic marks a fault in a member's name by a last part `[key]`."""
    return pointer(*(part for part in loc if part != "[key]"))


def _sentence(kind: str, message: str, *, is_body: bool) -> str:
    match kind:
        case "missing":
            return "This member is required."
        case "extra_forbidden":
            return UNKNOWN_MEMBER
        case "model_type":
            return _NOT_AN_OBJECT.message if is_body else "An object is needed."
        case "value_error":
            return f"{message.removeprefix('Value error, ').capitalize()}."
    return f"{message}."
