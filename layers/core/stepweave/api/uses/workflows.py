"""What may be done with workflows; the comment names what each raises."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.domain.problem import Problem
from stepweave.domain.workflow import Version, Workflow
from stepweave.services.graphs import Form
from stepweave.services.listing import ListQuery, WorkflowFilters
from stepweave.services.named_workflows import Put
from stepweave.services.ports import NamedPage, Page
from stepweave.services.preconditions import IfMatch
from stepweave.services.workflow_creation import Created
from stepweave.services.workflow_deletion import DeleteWorkflow
from stepweave.services.workflow_replacement import ReplaceWorkflow
from stepweave.services.workflow_status import SetStatus
from stepweave.services.workflows import CreateWorkflow

Replace = Callable[[Caller, str, ReplaceWorkflow], tuple[Workflow, Version]]


@dataclass(frozen=True)
class WorkflowUses:
    create: Callable[[Caller, CreateWorkflow], Created]  # Invalid, Conflict, NotFound
    get: Callable[[str], tuple[Workflow, Version]]  # NotFound
    name: Callable[[str], str]  # of an id: what other surfaces call it
    named: Callable[[str, int, str | None], NamedPage]  # BadRequest; of a prefix, a limit, a cursor
    put: Callable[[Caller, str, Mapping[str, Any], IfMatch], Put]  # Invalid, BadRequest, PreconditionFailed
    page: Callable[[WorkflowFilters, ListQuery], Page[Workflow]]  # Invalid
    replace: Replace  # NotFound, Invalid, PreconditionFailed, Conflict
    set_status: Callable[[Caller, str, SetStatus], tuple[Workflow, Version]]  # NotFound, PreconditionFailed
    delete: Callable[[Caller, str, DeleteWorkflow], None]  # NotFound, PreconditionFailed, Conflict
    validate: Callable[[object], Sequence[Problem]]
    draw_definition: Callable[[object, Form], str]  # Invalid
    draw: Callable[[str, Form], str]  # NotFound, Invalid
