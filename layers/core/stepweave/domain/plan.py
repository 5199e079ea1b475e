"""The plan: what a step's function needs to know of a definition, resolved at compile time, stored beside the version.

Plain JSON as `TypedDict`s: `run_step` reads it on every cold start and must not pay for parsing a definition (pydantic
alone costs 150 ms there). Every default is written in, every duration is seconds.
"""

from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypedDict

PLAN_FORMAT = 1
"""Raised when a plan of this release cannot be read by the functions of the release before it."""

MAX_ITEMS = 10_000
"""Of a loop; their positions pass through a state's output."""

BARE: Mapping[str, frozenset[str]] = {
    "condition": frozenset({"expression", "cases", "then", "else"}),
    "loop": frozenset({"items", "steps"}),
    "wait": frozenset({"condition"}),
}
"""Members of a config, by step type, that are an expression with or without braces, or hold ids or steps."""


class PlanRetry(TypedDict):
    """`pauses`: seconds after each failed attempt, in place of the growing interval."""

    max_attempts: int
    on: list[str]
    initial_interval: float
    backoff_coefficient: float
    maximum_interval: float
    pauses: NotRequired[list[float]]


class Naming(TypedDict):
    """A condition that names this step, and the branch it does so in (`then`, `else`, `cases/0`)."""

    condition: str
    branch: str


class PlanStep(TypedDict):
    """One step.

    depends_on: dependencies as written, in the same scope, without the edges that follow.
    named_by:   conditions that name it; skipped when none of them takes a branch that does.
    handles:    steps whose `on_error.goto` it is; skipped when none of them failed.
    blocks:     conditions whose Choice may jump over this step: such a condition's record lists it under `skipped`.
    reads:      steps that its expressions may read; all upstream of it, where one does not name them outright.
    secrets:    names of the secrets that its config refers to.
    tool_id:    the tool that it calls, as the document says that the definition was translated from.
    branches:   of a condition, branch -> the steps named by it.
    jumps:      of a condition, branch -> the steps inside blocks that are jumped over when *that branch is taken*.
    loops:      ids of the loops it is nested in, outermost first.
    opens:      awaits that wait for this step: it adds itself to their latches once it has settled. A failure that
                nothing handles opens none, for nothing starts after it.
    body:       of a loop, the steps right inside it in order; `config` is without them.
    on_error:   `fail`, `continue` or `goto`.
    attempt_timeout, step_timeout: seconds; `step_timeout` bounds all attempts with their pauses, a loop with its items.
    """

    id: str
    type: str
    config: dict[str, Any]
    depends_on: list[str]
    named_by: list[Naming]
    handles: list[str]
    blocks: list[str]
    reads: list[str]
    when: str | None
    retry: PlanRetry
    attempt_timeout: float
    step_timeout: float | None
    on_error: Literal["fail", "continue", "goto"]
    branches: dict[str, list[str]]
    jumps: dict[str, list[str]]
    loops: list[str]
    opens: list[str]
    body: list[str]
    secrets: NotRequired[list[str]]
    tool_id: NotRequired[str]


def waits_for_signal(step: PlanStep) -> bool:
    """Whether a step is a wait that a signal ends."""
    return step["type"] == "wait" and has_approval_link(step)


def has_approval_link(step: PlanStep) -> bool:
    """Whether a step is such a wait, or plays one in a rehearsal: no other config has a signal."""
    return step["config"].get("signal") is not None


def polls_condition(step: PlanStep) -> bool:
    """Whether a step is a wait that looks again and again whether its condition holds."""
    return step["type"] == "wait" and step["config"].get("condition") is not None


class PlanAwait(TypedDict):
    """A state that waits on a latch: until all of `waits_for` have added themselves, at the same position.

    id:        the name of the state.
    waits_for: steps that have it in their `opens`.
    loops:     ids of the loops it is nested in, outermost first.
    """

    id: str
    waits_for: list[str]
    loops: list[str]


class Plan(TypedDict):
    """A whole definition. `steps` is keyed by id and ordered so that a step follows all it waits for (ties by id);
    `awaits` by id; `forks` has for each Parallel of the machine the step that it begins with.
    """

    format: int
    steps: dict[str, PlanStep]
    awaits: dict[str, PlanAwait]
    forks: NotRequired[list[str]]
    outputs: dict[str, Any]
    env: dict[str, str]
    run_timeout: float | None
    max_concurrent_runs: int | None
