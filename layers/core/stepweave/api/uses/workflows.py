"""What may be done with workflows; the comment names what each raises."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stepweave.domain.api_key import Caller
from stepweave.domain.problem import Problem
from stepweave.domain.workflow import Version, Workflow
from stepweave.services.graphs import Form
from stepweave.services.listing import ListQuery
from stepweave.services.ports import Page
from stepweave.services.workflows import CreateWorkflow


@dataclass(frozen=True)
class WorkflowUses:
    create: Callable[[Caller, CreateWorkflow], tuple[Workflow, Version]]  # Invalid, Conflict
    get: Callable[[str], tuple[Workflow, Version]]  # NotFound
    page: Callable[[ListQuery], Page[Workflow]]  # Invalid
    validate: Callable[[object], Sequence[Problem]]
    draw_definition: Callable[[object, Form], str]  # Invalid
    draw: Callable[[str, Form], str]  # NotFound, Invalid
