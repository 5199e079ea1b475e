"""What the API may call. `bootstrap` binds each to its ports, so that nothing here knows of storage."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from stepweave.domain.api_key import Caller
from stepweave.domain.problem import Problem
from stepweave.domain.run import RunState
from stepweave.domain.workflow import Version, Workflow
from stepweave.services.graphs import Form
from stepweave.services.listing import ListQuery
from stepweave.services.ports import Page
from stepweave.services.runs import StartRun, Whole
from stepweave.services.workflows import CreateWorkflow

Shown = Mapping[str, Any]
"""A run as the contract shows it."""


@dataclass(frozen=True)
class UseCases:
    """Bound use cases; the comment names what each raises."""

    authenticate: Callable[[str], Caller]  # Unauthenticated
    create_workflow: Callable[[Caller, CreateWorkflow], tuple[Workflow, Version]]  # Invalid, Conflict
    get_workflow: Callable[[str], tuple[Workflow, Version]]  # NotFound
    list_workflows: Callable[[ListQuery], Page[Workflow]]  # Invalid
    validate_definition: Callable[[object], Sequence[Problem]]
    draw_definition: Callable[[object, Form], str]  # Invalid
    draw_workflow: Callable[[str, Form], str]  # NotFound, Invalid
    start_run: Callable[[Caller, str, StartRun], RunState]  # NotFound, Conflict, Invalid
    list_runs: Callable[[str, ListQuery], Page[dict[str, Any]]]  # NotFound, Invalid
    get_run: Callable[[str], Shown]  # NotFound
    run_input: Callable[[str], Whole]  # NotFound
    run_output: Callable[[str], Whole]  # NotFound
    step_output: Callable[[str, str], Whole]  # NotFound


async def _use_cases(request: Request) -> UseCases:
    bound: UseCases = request.app.state.use_cases
    return bound


Api = Annotated[UseCases, Depends(_use_cases)]
"""The bound use cases, as a parameter of a handler."""
