"""The form of a workflow document, but for its tasks: which members there are, and of which types."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, ValidationError
from pydantic_core import ErrorDetails

from stepweave.compiler.form import did_you_mean
from stepweave.domain.form import Duration, Model, Text
from stepweave.domain.problem import Problem, pointer

Json = dict[str, JsonValue]


class Event(Model):
    name: Text
    filter: Text
    input: Json
    schema_: Json | None = Field(default=None, alias="schema")


class Verify(Model):
    strategy: Literal["none", "hmac", "stripe", "github"] = "none"
    secret: str | None = None
    header: Text | None = None
    skew: Duration | None = None


class Dedupe(Model):
    enabled: bool = False
    ttl: Duration | None = None
    key: Text | None = None


class Webhook(Model):
    slug: Text
    method: str = "POST"
    events: Annotated[list[Event], Field(min_length=1)]
    verify: Verify = Verify()
    dedupe: Dedupe | None = None


class Trigger(Model):
    type: Literal["signal", "webhook"]
    name: Text | None = None
    schema_: Json | None = Field(default=None, alias="schema")
    webhook: Webhook | None = None


class Workflow(Model):
    """What is taken over as it is (`author`, `config`, `schedule`) is checked with the definition that comes of it."""

    id: Text
    resource: str | None = None
    version: JsonValue = None
    description: JsonValue = None
    author: JsonValue = None
    config: Json = {}
    schemas: list[JsonValue] = []
    tools: list[Json] = []
    agents: list[Json] = []
    mcps: list[JsonValue] = []
    knowledge_bases: list[JsonValue] = []
    knowledge: list[JsonValue] = []
    triggers: list[Json] = []
    tasks: Annotated[list[JsonValue], Field(min_length=1)]
    outputs: Json | None = None
    schedule: JsonValue = None


def read_form(model: type[Model], value: object, at: str, problems: list[Problem]) -> Any:
    """The value as that model; None where it is none, and its problems are told. `at`: its JSON Pointer."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems += _problems(model, error.errors(include_url=False), value, at)
        return None


def _problems(model: type[Model], errors: Sequence[ErrorDetails], value: object, at: str) -> list[Problem]:
    found: dict[str, Problem] = {}
    for error in errors:
        place = at + pointer(*_place(error, value))
        name = place.removeprefix(at).removeprefix("/").replace("/", ".") or "The value"
        if error["type"] == "missing":
            problem = Problem("missing_member", place, f"{name} is missing")
        elif error["type"] == "extra_forbidden":
            known = [each.alias or key for key, each in model.model_fields.items()]
            problem = Problem("unknown_member", place, f"{name} is unknown", did_you_mean(str(error["loc"][-1]), known))
        else:
            why = str(error["ctx"]["error"]) if error["type"] == "value_error" else error["msg"]
            problem = Problem("invalid_value", place, f"{name}: {why}")
        found.setdefault(place, problem)
    return list(found.values())


def _place(error: ErrorDetails, value: Any) -> list[str | int]:
    """The place in what was sent; pydantic adds the names of a union's members."""
    place: list[str | int] = []
    for index, part in enumerate(error["loc"]):
        if isinstance(value, Mapping) and part in value:
            value = value[str(part)]
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        elif not (error["type"] == "missing" and index == len(error["loc"]) - 1):
            continue
        place.append(part)
    return place
