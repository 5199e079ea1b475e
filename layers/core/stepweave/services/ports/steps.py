"""What a step does when it runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from stepweave.domain.origin import NO_ORIGIN, Origin

Stopped = Callable[[], bool]
"""Whether work is not wanted any more; may be asked often, from any thread."""
Stops = Callable[[str], Stopped]
"""Makes that sign for the work on a run."""


def never_stopped(_run_id: str) -> Stopped:
    """For work that nobody stops."""
    return lambda: False


def _nothing_to_hide(_text: str) -> None:
    """For a step that nobody masks."""


def _nobody_listens(_message: str, _facts: Mapping[str, Any]) -> None:
    """For a step whose story nobody tells."""


def _nobody_counts(_model: str, _input_tokens: int, _output_tokens: int) -> None:
    """For a step whose usage nobody records."""


@dataclass(frozen=True)
class Filled:
    """A value whose expressions are evaluated, and, of each secret in it that is bound to hosts, these."""

    value: Any
    hosts: tuple[tuple[str, ...], ...] = ()


def _as_it_is(value: Any, _scope: Mapping[str, Any]) -> Filled:
    """For a step without secrets and expressions."""
    return Filled(value)


def _unmasked(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class StepContext:
    """What a step body gets. `config` has its expressions evaluated; `raw` is the config as written, for the types that
    evaluate themselves (`condition`) through `evaluate(expression)`.

    timeout_seconds: how long this attempt may take. idempotency_key: the same across attempts and executions.
    first_entered: when the step was first entered; due_at: what an earlier entry fixed.
    workflow_id: whose scripts never share an execution environment with those of another.
    secret_hosts: of each secret in `config` that is bound to hosts, these; the step's requests go nowhere else.
    conceal: masks a text from now on in all that the step yields: a credential that it was given on the way.
    masked: a JSON value without what is masked, for where it is to go.
    fill: evaluates the expressions in a value over a scope and the secrets that it names, which the step may have.
    log: tells a message with small facts, masked, as an event of the run, at once.
    spend: records tokens that were used of a model; written with whatever is written next.
    correlation: headers by which others find what a request was sent for; sent unless the config sets them itself.
    origin: of the run.
    stopped: whether the run was cancelled meanwhile; a step that ends its work for it raises `StepStopped`.
    """

    run_id: str
    workflow_id: str
    step_id: str
    config: Mapping[str, Any]
    raw: Mapping[str, Any]
    evaluate: Callable[[str], Any]
    env: Mapping[str, str]
    timeout_seconds: float
    idempotency_key: str
    attempt: int
    first_entered: datetime
    now: datetime
    due_at: datetime | None = None
    secret_hosts: tuple[tuple[str, ...], ...] = ()
    conceal: Callable[[str], None] = _nothing_to_hide
    masked: Callable[[Any], Any] = _unmasked
    fill: Callable[[Any, Mapping[str, Any]], Filled] = _as_it_is
    log: Callable[[str, Mapping[str, Any]], None] = _nobody_listens
    spend: Callable[[str, int, int], None] = _nobody_counts
    stopped: Stopped | None = None
    correlation: Mapping[str, str] = field(default_factory=dict)
    origin: Origin = NO_ORIGIN


@dataclass(frozen=True)
class Done:
    """The step's work is done. `branch` is set by a condition."""

    output: Any
    branch: str | None = None


@dataclass(frozen=True)
class Wait:
    """The step waits, costing nothing, until that moment; it is then entered again."""

    until: datetime


class StepBody(Protocol):
    """What a step type does. Raises `StepError` when its work is not done."""

    def __call__(self, context: StepContext) -> Done | Wait: ...


class Scripts(Protocol):
    """Runs untrusted script text where it can do no harm. `run_id` of the request tells whose end ends it too, where
    that can be; the outcome then has `stopped`."""

    def run(self, request: Mapping[str, Any], timeout_seconds: float) -> Mapping[str, Any]: ...
