"""The definition: the JSON a user writes, as strict types; the union of the published shapes.

A definition is stored and answered as it came.
"""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from stepweave.domain.form import Duration, Model, StepId, Text, Texts
from stepweave.domain.step import Step

MAX_STEPS = 1_000
MAX_DEFINITION_BYTES = 512 * 1024
MAX_DEPTH = 64


class RetryPolicy(Model):
    """Retries of every step that names none of its own, in Compozy's words."""

    initial_interval: Duration = 1.0
    backoff_coefficient: float = Field(default=2.0, ge=1, le=100)
    maximum_attempts: int = Field(default=3, ge=1, le=100)
    maximum_interval: Duration = 60.0
    non_retryable_error_types: Texts = ()


class ErrorHandler(Model):
    """The goto of every step that has no `on_error` of its own."""

    next: StepId
    with_: dict[str, JsonValue] | None = Field(default=None, alias="with")


class Concurrency(Model):
    """How many runs at once, and what happens to one more; `key` makes the limit count per value of an expression."""

    limit: int | None = Field(default=None, ge=1, le=10_000)
    on_limit: Literal["queue", "reject", "skip", "cancel_oldest"] = "queue"
    key: Text | None = None


class WorkflowConfig(Model):
    """`schedule_to_start_timeout` and `heartbeat_timeout` are accepted and without effect (no worker is waited for)."""

    input: dict[str, JsonValue] | None = None
    env: dict[str, str] = {}
    retry_policy: RetryPolicy | None = None
    on_error: ErrorHandler | None = None
    start_to_close_timeout: Duration | None = None
    schedule_to_close_timeout: Duration | None = None
    schedule_to_start_timeout: Duration | None = None
    heartbeat_timeout: Duration | None = None
    run_timeout: Duration | None = None
    concurrency: Concurrency | None = None


class Schedule(Model):
    cron: Text
    timezone: str = "UTC"
    enabled: bool = True
    jitter: Duration | None = None
    overlap_policy: Literal["skip", "allow", "buffer_one", "cancel_other"] = "skip"
    start_at: str | None = None
    end_at: str | None = None
    input: dict[str, JsonValue] = {}


class SignalTrigger(Model):
    type: Literal["signal"]
    name: Text
    schema_: dict[str, JsonValue] | None = Field(default=None, alias="schema")


class WebhookVerification(Model):
    """How an inbound webhook proves itself; two secrets while one replaces the other."""

    strategy: Literal["none", "hmac", "stripe", "github", "slack", "standard"] = "none"
    secret: Text | None = None
    previous_secret: Text | None = None
    header: Text | None = None


class WebhookEvent(Model):
    """A kind of delivery; `name` is a label of the runs that it starts."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    filter: Text | None = None
    input: dict[str, JsonValue] | None = None
    schema_: dict[str, JsonValue] | None = Field(default=None, alias="schema")


class WebhookTrigger(Model):
    """`events` in place of `name`, `schema`, `filter` and `input`: the first whose filter is true takes a delivery."""

    type: Literal["webhook"]
    slug: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    name: Text | None = None
    schema_: dict[str, JsonValue] | None = Field(default=None, alias="schema")
    verify: WebhookVerification = WebhookVerification()
    filter: Text | None = None
    input: dict[str, JsonValue] | None = None
    dedupe: Text | None = None
    events: Annotated[tuple[WebhookEvent, ...], Field(strict=False, min_length=1, max_length=50)] = ()


class EventTrigger(Model):
    type: Literal["event"]
    pattern: dict[str, JsonValue]
    name: Text | None = None
    schema_: dict[str, JsonValue] | None = Field(default=None, alias="schema")
    input: dict[str, JsonValue] | None = None


Trigger = Annotated[SignalTrigger | WebhookTrigger | EventTrigger, Field(discriminator="type")]


class Person(Model):
    name: str | None = None
    email: str | None = None
    organization: str | None = None
    url: str | None = None


class Author(Person):
    contributors: Annotated[tuple[Person, ...], Field(strict=False)] = ()


class Source(Model):
    """The document of another kind that a definition was translated from; `digest` is that of the rest of it."""

    format: Literal["compozy"]
    document: dict[str, JsonValue]
    digest: Text


class Definition(Model):
    """A whole workflow."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=10_000)] | None = None
    version: Annotated[str, Field(max_length=200)] | None = None
    author: str | Author | None = None
    tags: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=100)], ...], Field(strict=False, max_length=20)
    ] = ()
    steps: Annotated[tuple[Step, ...], Field(strict=False, min_length=1)]
    outputs: dict[str, JsonValue] = {}
    config: WorkflowConfig = WorkflowConfig()
    schedule: Schedule | None = None
    triggers: Annotated[tuple[Trigger, ...], Field(strict=False)] = ()
    source: Source | None = None
