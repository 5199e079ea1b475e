"""The definition: the JSON a user writes, as strict types.

The union of the published shapes. Unknown members are refused, nothing is coerced, and defaults live here and are never
written into what was sent: a definition is stored and answered as it came.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

from stepweave.domain.duration import seconds_of

MAX_STEPS = 1_000
MAX_DEFINITION_BYTES = 512 * 1024
MAX_DEPTH = 64
STEP_ID = r"[A-Za-z_][A-Za-z0-9_-]{0,63}"
MAX_ATTEMPT_SECONDS = 14 * 60
"""An attempt runs inside one Lambda invocation, which ends after 15 minutes; the last minute belongs to settling it."""


def _step_id(value: str) -> str:
    if not re.fullmatch(STEP_ID, value):
        raise ValueError("a step id is a letter or '_', then at most 63 letters, digits, '_' or '-'")
    return value


def _duration(value: str | float) -> str | float:
    seconds_of(value)
    return value


def _number_or_expression(value: str | float) -> str | float:
    if isinstance(value, str) and "{{" not in value:
        raise ValueError("write a number, or an expression between {{ and }}")
    if not isinstance(value, str) and value < 0:
        raise ValueError("must not be negative")
    return value


StepId = Annotated[str, AfterValidator(_step_id)]
Duration = Annotated[str | float, AfterValidator(_duration)]
Seconds = Annotated[str | float, AfterValidator(_number_or_expression)]
Text = Annotated[str, Field(min_length=1)]
# A JSON array arrives as a list; a tuple keeps the frozen model frozen. Only the container is lenient, not its items.
Texts = Annotated[tuple[str, ...], Field(strict=False)]
StepIds = Annotated[tuple[StepId, ...], Field(strict=False)]


class Model(BaseModel):
    """Frozen, strict, closed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


# What a step does ----------------------------------------------------------------------------------------------------


class Auth(Model):
    """Credentials of an HTTP request; the values are usually `{{ secrets.name }}`."""

    type: Literal["bearer", "basic", "header", "oauth2"]
    token: str | None = None
    username: str | None = None
    password: str | None = None
    name: str | None = None
    value: str | None = None
    token_url: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    scope: str | None = None

    @model_validator(mode="after")
    def _has_what_its_type_needs(self) -> Self:
        needed = {
            "bearer": ("token",),
            "basic": ("username", "password"),
            "header": ("name", "value"),
            "oauth2": ("token_url", "client_id", "client_secret"),
        }[self.type]
        missing = [name for name in needed if getattr(self, name) is None]
        if missing:
            raise ValueError(f"auth of type '{self.type}' needs {', '.join(missing)}")
        return self


class HttpRequestConfig(Model):
    """Output: `{status_code, headers, body}`, body parsed when it is JSON."""

    url: Text
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    query: dict[str, JsonValue] = {}
    headers: dict[str, str] = {}
    body: str | None = None
    json_body: JsonValue = Field(default=None, alias="json")
    form: dict[str, JsonValue] | None = None
    auth: Auth | None = None
    expect_status: int | Annotated[tuple[int, ...], Field(strict=False)] | None = None

    @model_validator(mode="after")
    def _has_one_body(self) -> Self:
        if len(self.model_fields_set & {"body", "json_body", "form"}) > 1:
            raise ValueError("give one of body, json and form")
        return self


class ScriptConfig(Model):
    """Output: `{exit_code, stdout, stderr, result}`."""

    language: Literal["python", "shell"]
    source: Text
    input: JsonValue = None
    env: dict[str, str] = {}


class AgentTaskConfig(Model):
    """Output: text, or an object when `output_schema` is given."""

    agent_id: Text
    goal: Text | None = None
    action: Text | None = None
    with_: JsonValue = Field(default=None, alias="with")
    output_schema: dict[str, JsonValue] | None = None

    @model_validator(mode="after")
    def _has_goal_or_action(self) -> Self:
        if (self.goal is None) == (self.action is None):
            raise ValueError("give one of goal and action")
        return self


class Case(Model):
    """One arm of a condition: taken when it is the first whose `when` is true."""

    when: Text
    then: StepIds


class ConditionConfig(Model):
    """Output: `{result, branch}`; branch is `then`, `else`, or `cases/<index>`."""

    expression: Text | None = None
    then: StepIds = ()
    else_: StepIds = Field(default=(), alias="else")
    cases: Annotated[tuple[Case, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _has_expression_or_cases(self) -> Self:
        if (self.expression is None) == (not self.cases):
            raise ValueError("give either expression (with then and else) or cases (with else)")
        if self.cases and self.then:
            raise ValueError("then belongs to expression; each of cases has its own then")
        return self


class LoopConfig(Model):
    """Output: a list with one entry per item."""

    items: Text | Annotated[tuple[JsonValue, ...], Field(strict=False)]
    steps: "Annotated[tuple[Step, ...], Field(strict=False, min_length=1)]"
    item_name: StepId = "item"
    max_concurrency: int = Field(default=10, ge=1, le=10_000)
    on_item_error: Literal["fail", "continue"] = "fail"


class WaitConfig(Model):
    """Output: `{waited_seconds}`, or the payload of the signal that ended it."""

    seconds: Seconds | None = None
    duration: str | None = None
    until: Text | None = None
    condition: Text | None = None
    signal: Text | None = None
    interval_seconds: float = Field(default=30, ge=1, le=86_400)
    timeout_seconds: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _has_one_end(self) -> Self:
        ends = [
            name for name in ("seconds", "duration", "until", "condition", "signal") if getattr(self, name) is not None
        ]
        if len(ends) != 1:
            raise ValueError("give exactly one of seconds, duration, until, condition and signal")
        if self.duration is not None and "{{" not in self.duration:
            seconds_of(self.duration)
        if "interval_seconds" in self.model_fields_set and self.condition is None:
            raise ValueError("interval_seconds belongs to condition")
        if self.timeout_seconds is not None and self.condition is None and self.signal is None:
            raise ValueError("timeout_seconds belongs to condition and signal")
        return self


class WebhookConfig(Model):
    """Output: `{status_code, delivery_id}`."""

    url: Text
    payload: JsonValue = None
    headers: dict[str, str] = {}
    secret: Text | None = None


# What every step may say ---------------------------------------------------------------------------------------------

RetryClass = Literal["timeout", "connection", "throttled", "server_error", "any"]


class Retry(Model):
    """Attempts in all, and the pauses between them: full jitter over a growing interval."""

    max_attempts: int = Field(default=3, ge=1, le=100)
    on: Annotated[tuple[RetryClass, ...], Field(strict=False)] = ("timeout", "connection", "throttled", "server_error")
    initial_interval: Duration = 1.0
    backoff_coefficient: float = Field(default=2.0, ge=1, le=100)
    maximum_interval: Duration = 60.0


class Goto(Model):
    goto: StepId


class StepBase(Model):
    id: StepId
    name: str | None = None
    depends_on: StepIds = ()
    when: Text | None = None
    retry: Retry | None = None
    timeout_seconds: float | None = Field(default=None, gt=0, le=MAX_ATTEMPT_SECONDS)
    on_error: Literal["fail", "continue"] | Goto = "fail"


class HttpRequestStep(StepBase):
    type: Literal["http_request"]
    config: HttpRequestConfig


class ScriptStep(StepBase):
    type: Literal["script"]
    config: ScriptConfig


class AgentTaskStep(StepBase):
    type: Literal["agent_task"]
    config: AgentTaskConfig


class ConditionStep(StepBase):
    type: Literal["condition"]
    config: ConditionConfig


class LoopStep(StepBase):
    type: Literal["loop"]
    config: LoopConfig


class WaitStep(StepBase):
    type: Literal["wait"]
    config: WaitConfig


class WebhookStep(StepBase):
    type: Literal["webhook"]
    config: WebhookConfig


Step = Annotated[
    HttpRequestStep | ScriptStep | AgentTaskStep | ConditionStep | LoopStep | WaitStep | WebhookStep,
    Field(discriminator="type"),
]
STEP_TYPES = ("http_request", "script", "agent_task", "condition", "loop", "wait", "webhook")


# What a workflow may say ---------------------------------------------------------------------------------------------


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


class WebhookTrigger(Model):
    type: Literal["webhook"]
    slug: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    name: Text | None = None
    schema_: dict[str, JsonValue] | None = Field(default=None, alias="schema")
    verify: WebhookVerification = WebhookVerification()
    filter: Text | None = None
    input: dict[str, JsonValue] | None = None
    dedupe: Text | None = None


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


def all_steps(steps: tuple[Any, ...], at: str = "/steps") -> Iterator[tuple[str, Any]]:
    """Every step with its JSON Pointer, a loop before the steps nested in it."""
    for index, step in enumerate(steps):
        yield f"{at}/{index}", step
        if isinstance(step, LoopStep):
            yield from all_steps(step.config.steps, f"{at}/{index}/config/steps")
