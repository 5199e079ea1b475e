"""What may be done with schedules; the comment names what each raises."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from stepweave.domain.api_key import Caller
from stepweave.domain.schedule import Schedule
from stepweave.services.backfill import Backfilled
from stepweave.services.fires import Fired
from stepweave.services.listing import ListQuery
from stepweave.services.ports import Page
from stepweave.services.schedules import ChangeSchedule, CreateSchedule, Shown
from stepweave.services.workflow_schedules import OneSchedule


@dataclass(frozen=True)
class ScheduleUses:
    create: Callable[[Caller, str, CreateSchedule], Schedule]  # NotFound, Invalid, Conflict, Unavailable
    get: Callable[[str], Shown]  # NotFound
    page_of: Callable[[str, ListQuery], Page[Shown]]  # NotFound, Invalid
    of_workflow: Callable[[str], OneSchedule]  # NotFound
    of_all: Callable[[], Sequence[OneSchedule]]
    change: Callable[[str, ChangeSchedule], Shown]  # NotFound, Invalid, Conflict
    delete: Callable[[str], None]  # NotFound
    next_times: Callable[[str, int], list[str]]  # NotFound
    fire: Callable[[str], Fired]  # NotFound, Unavailable
    backfill: Callable[[str, datetime, datetime, int], Backfilled]  # NotFound, Invalid
