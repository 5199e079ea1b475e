"""Steps: what each type is told to do, and what every step may say."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, model_validator

from stepweave.domain.duration import MAX_SECONDS
from stepweave.domain.form import Duration, DurationText, Model, Seconds, StepId, StepIds, Text

MAX_ATTEMPT_SECONDS = 14 * 60
"""An attempt runs inside one Lambda invocation, which ends after 15 minutes; the last minute belongs to settling it."""


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


class Bytes(Model):
    """A body of bytes, as an http_request yields one that is no text."""

    base64: str


class HttpRequestConfig(Model):
    """Output: `{status_code, headers, body}`, body parsed when it is JSON."""

    url: Text
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    query: dict[str, JsonValue] = {}
    headers: dict[str, str] = {}
    body: str | Bytes | None = None
    json_body: JsonValue = Field(default=None, alias="json")
    form: dict[str, JsonValue] | None = None
    multipart: dict[str, JsonValue] | None = None
    auth: Auth | None = None
    expect_status: int | Annotated[tuple[int, ...], Field(strict=False)] | None = None
    connect_timeout_seconds: float | None = Field(default=None, gt=0, le=MAX_ATTEMPT_SECONDS)
    read_timeout_seconds: float | None = Field(default=None, gt=0, le=MAX_ATTEMPT_SECONDS)

    @model_validator(mode="after")
    def _has_one_body(self) -> Self:
        if len(self.model_fields_set & {"body", "json_body", "form", "multipart"}) > 1:
            raise ValueError("give one of body, json, form and multipart")
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
    with_: dict[str, JsonValue] | str | None = Field(default=None, alias="with")
    output_schema: dict[str, JsonValue] | None = None

    @model_validator(mode="after")
    def _has_goal_or_action(self) -> Self:
        if (self.goal is None) == (self.action is None):
            raise ValueError("give one of goal and action")
        if isinstance(self.with_, str) and "{{" not in self.with_:
            raise ValueError("with is an object, or an expression between {{ and }} that yields one")
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
    duration: DurationText | None = None
    until: Text | None = None
    condition: Text | None = None
    signal: Text | None = None
    message: str | None = None
    interval_seconds: float = Field(default=30, ge=1, le=86_400)
    timeout_seconds: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _has_one_end(self) -> Self:
        ends = [
            name for name in ("seconds", "duration", "until", "condition", "signal") if getattr(self, name) is not None
        ]
        if len(ends) != 1:
            raise ValueError("give exactly one of seconds, duration, until, condition and signal")
        if "interval_seconds" in self.model_fields_set and self.condition is None:
            raise ValueError("interval_seconds belongs to condition")
        if self.timeout_seconds is not None and self.condition is None and self.signal is None:
            raise ValueError("timeout_seconds belongs to condition and signal")
        if self.message is not None and self.signal is None:
            raise ValueError("message belongs to signal")
        return self


class WebhookConfig(Model):
    """Output: `{status_code, delivery_id}`."""

    url: Text
    payload: JsonValue = None
    headers: dict[str, str] = {}
    secret: Text | None = None
    previous_secret: Text | None = None

    @model_validator(mode="after")
    def _has_a_secret_before_a_previous_one(self) -> Self:
        if self.previous_secret is not None and self.secret is None:
            raise ValueError("previous_secret stands beside secret, while receivers change over")
        return self


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
    timeout_seconds: float | None = Field(default=None, gt=0, le=MAX_SECONDS)


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


def all_steps(steps: tuple[Any, ...], at: str = "/steps") -> Iterator[tuple[str, Any]]:
    """Every step with its JSON Pointer, a loop before the steps nested in it."""
    for index, step in enumerate(steps):
        yield f"{at}/{index}", step
        if isinstance(step, LoopStep):
            yield from all_steps(step.config.steps, f"{at}/{index}/config/steps")
