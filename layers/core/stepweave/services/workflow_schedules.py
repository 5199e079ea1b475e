"""The one schedule of a workflow, for surfaces where a workflow has one: that of its definition, else its oldest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stepweave.domain.schedule import Schedule
from stepweave.domain.workflow import Version, Workflow
from stepweave.errors import NotFound
from stepweave.services.definition_schedules import request_of
from stepweave.services.schedules import SchedulePorts, Shown, shown, written

MOST = 1_000
"""Schedules of all workflows together that are looked at."""
_ANY_TIME = "~"
"""After every moment: each schedule is due for a look some time."""


@dataclass(frozen=True)
class OneSchedule:
    """block: what its definition says, of a schedule that follows it."""

    workflow: Workflow
    shown: Shown
    block: Mapping[str, Any] | None

    @property
    def is_override(self) -> bool:
        """Whether it was changed since it was made from the definition."""
        return self.block is not None and _facts(self.shown.schedule) != _told(self.block)


def schedule_of(ref: str, *, ports: SchedulePorts) -> OneSchedule:
    """Raises `NotFound`, of a schedule: for an unknown workflow, too."""
    workflow_id = ports.workflows.resolve(ref)
    found = ports.workflows.get(workflow_id) if workflow_id else None
    schedule = _one(ports.schedules.of(found.workflow.id)) if found else None
    if found is None or schedule is None:
        raise NotFound("schedule", ref)
    return _of(found.workflow, found.version, schedule, ports)


def schedules_of_all(*, ports: SchedulePorts) -> list[OneSchedule]:
    """By workflow, in the order of their names; one that was made a moment ago may be missing."""
    by_workflow: dict[str, list[Schedule]] = {}
    for schedule in ports.schedules.due(_ANY_TIME, MOST):
        by_workflow.setdefault(schedule.workflow_id, []).append(schedule)
    rows = []
    for workflow_id, schedules in by_workflow.items():
        found, one = ports.workflows.get(workflow_id), _one(schedules)
        if found is not None and one is not None:
            rows.append(_of(found.workflow, found.version, one, ports))
    return sorted(rows, key=lambda row: row.workflow.slug or row.workflow.id)


def _one(schedules: Iterable[Schedule]) -> Schedule | None:
    return min(schedules, key=lambda each: (each.source != "definition", each.id), default=None)


def _of(workflow: Workflow, version: Version, schedule: Schedule, ports: SchedulePorts) -> OneSchedule:
    block = version.definition.get("schedule") if schedule.source == "definition" else None
    return OneSchedule(workflow, shown(schedule, ports), block)


def _facts(schedule: Schedule) -> tuple[Any, ...]:
    when = written(schedule)
    policy = (schedule.overlap_policy, schedule.jitter_seconds, dict(schedule.input_data))
    return (schedule.written, when.timezone, schedule.enabled, *policy)


def _told(block: Mapping[str, Any]) -> tuple[Any, ...]:
    asked = request_of(block)
    policy = (asked.overlap_policy, asked.jitter_seconds, dict(asked.input_data))
    return (asked.when.text, asked.when.timezone, asked.enabled, *policy)
