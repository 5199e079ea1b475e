"""What the API may call. `bootstrap` binds each to its ports, so that nothing here knows of storage."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from stepweave.api.uses.control import ControlUses
from stepweave.api.uses.direct import DirectUses
from stepweave.api.uses.events import EventUses
from stepweave.api.uses.keys import KeyUses
from stepweave.api.uses.rehearsals import RehearsalUses
from stepweave.api.uses.resources import ResourceUses
from stepweave.api.uses.runs import RunUses
from stepweave.api.uses.schedules import ScheduleUses
from stepweave.api.uses.signals import SignalUses
from stepweave.api.uses.templates import TemplateUses
from stepweave.api.uses.transfer import TransferUses
from stepweave.api.uses.triggers import TriggerUses
from stepweave.api.uses.versions import VersionUses
from stepweave.api.uses.workflow_files import WorkflowFileUses
from stepweave.api.uses.workflows import WorkflowUses
from stepweave.domain.api_key import Caller
from stepweave.services.census import Census


@dataclass(frozen=True)
class UseCases:
    """Bound use cases, by noun."""

    authenticate: Callable[[str], Caller]  # Unauthenticated, RateLimited
    census: Callable[[], Census]
    workflows: WorkflowUses
    versions: VersionUses
    runs: RunUses
    signals: SignalUses
    control: ControlUses
    templates: TemplateUses
    rehearsals: RehearsalUses
    events: EventUses
    schedules: ScheduleUses
    triggers: TriggerUses
    transfer: TransferUses
    direct: DirectUses
    resources: ResourceUses
    workflow_files: WorkflowFileUses
    keys: KeyUses


async def _use_cases(request: Request) -> UseCases:
    bound: UseCases = request.app.state.use_cases
    return bound


Api = Annotated[UseCases, Depends(_use_cases)]
"""The bound use cases, as a parameter of a handler."""
