"""Changing the one schedule of a workflow."""

from stepweave.api.use_cases import UseCases
from stepweave.errors import Fault, Invalid
from stepweave.services.schedules import ChangeSchedule
from stepweave.services.workflow_schedules import OneSchedule


def changed_schedule(ref: str, change: ChangeSchedule, api: UseCases) -> OneSchedule:
    """The schedule afterwards; what is wrong with a cron is told where this surface has it."""
    found = api.schedules.of_workflow(ref)
    try:
        api.schedules.change(found.shown.schedule.id, change)
    except Invalid as error:
        error.faults = tuple(
            Fault("/cron", fault.message) if fault.path == "/cron_expression" else fault for fault in error.faults
        )
        raise
    return api.schedules.of_workflow(ref)
