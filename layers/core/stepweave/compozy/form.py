"""The form of a workflow document: which members there are, and of which types. What they mean is judged elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, ValidationError
from pydantic_core import ErrorDetails

from stepweave.compiler.form import did_you_mean
from stepweave.domain.definition import ErrorHandler, RetryPolicy
from stepweave.domain.form import Duration, Model, Text
from stepweave.domain.problem import Problem, pointer

Json = dict[str, JsonValue]
TASK_TYPES = ("basic", "router", "parallel", "collection", "aggregate", "composite", "wait", "signal", "memory")


class Next(Model):
    next: Text | None = None
    with_: Json | None = Field(default=None, alias="with")


class Options(Model):
    retry_policy: RetryPolicy | None = None
    on_error: ErrorHandler | None = None
    start_to_close_timeout: Duration | None = None
    schedule_to_close_timeout: Duration | None = None
    schedule_to_start_timeout: Duration | None = None
    heartbeat_timeout: Duration | None = None


class Task(Model):
    """Every member that some type of task has; `task` and `tasks` are read when they are come to."""

    id: Text
    type: Literal["basic", "router", "parallel", "collection", "aggregate", "composite", "wait", "signal", "memory"] = (
        "basic"
    )
    resource: str | None = None
    config: Options = Options()
    agent: str | Json | None = None
    tool: str | Json | None = None
    action: Text | None = None
    prompt: Text | None = None
    model_config_: Json | None = Field(default=None, alias="model_config")
    tools: list[JsonValue] = []
    mcps: list[JsonValue] = []
    max_iterations: int | None = None
    input: Json | None = None
    output: Json | None = None
    with_: Json | None = Field(default=None, alias="with")
    outputs: Json | None = None
    env: dict[str, str] = {}
    on_success: Next | None = None
    on_error: Next | None = None
    sleep: Text | None = None
    final: bool | None = None
    retries: int | None = None
    timeout: str | None = None
    condition: str | None = None
    routes: dict[str, str | Json] | None = None
    strategy: Literal["wait_all", "fail_fast", "best_effort", "race"] = "wait_all"
    max_workers: int | None = None
    items: str | list[JsonValue] | None = None
    filter: str | None = None
    item_var: str | None = None
    index_var: str | None = None
    mode: Literal["parallel", "sequential"] = "parallel"
    batch: int | None = None
    task: Json | None = None
    tasks: list[JsonValue] | None = None
    wait_for: Text | None = None
    on_timeout: Text | None = None
    processor: Json | None = None
    signal: Json | None = None
    memory: JsonValue = None
    attachments: JsonValue = None
    knowledge: JsonValue = None
    operation: JsonValue = None
    memory_ref: JsonValue = None
    key_template: JsonValue = None
    payload: JsonValue = None
    batch_size: JsonValue = None
    max_keys: JsonValue = None
    flush_config: JsonValue = None
    health_config: JsonValue = None
    stats_config: JsonValue = None
    clear_config: JsonValue = None
    file_path: str | None = None


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
