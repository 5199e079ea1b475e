"""When a loop's time is over for the steps inside it: its `timeout_seconds`, counted from when it was first entered.

Map states take no time-out (Amazon States Language), so the steps of the items keep to it: none begins, goes on or
waits past the end of a loop around it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from stepweave.domain.plan import PlanStep
from stepweave.domain.run import Fail, StepRun
from stepweave.services.moments import moment_of
from stepweave.services.records import Answer, admit, settle
from stepweave.services.signals import LoopOver, StepBusy
from stepweave.services.visits import Visit


def end_of(loop: PlanStep, record: StepRun | None) -> datetime | None:
    """The moment at which the time of a loop ends; None for one without a bound."""
    if record is None or record.started_at is None or loop["step_timeout"] is None:
        return None
    return moment_of(record.started_at) + timedelta(seconds=loop["step_timeout"])


def end_around(visit: Visit) -> datetime | None:
    """The first moment at which the time of a loop around the visit's step ends; None without any bound."""
    loops = [(visit.plan["steps"][each], visit.seen.record(each)) for each in visit.step["loops"]]
    ends = [end for step, record in loops if (end := end_of(step, record)) is not None]
    return min(ends, default=None)


def is_over(visit: Visit) -> bool:
    end = end_around(visit)
    return end is not None and visit.ports.clock() >= end


def enter_late(visit: Visit) -> Answer:
    """What has begun and rests, fails; what has not is never entered. Raises `LoopOver`; `StepBusy` while it works."""
    mine = visit.mine
    if mine is None or (mine.items is not None and not visit.entry.collects):
        admit(visit, draw=False)
        raise LoopOver
    if mine.items is None and mine.status == "running" and moment_of(mine.lease_until) > visit.ports.clock():
        raise StepBusy
    number = admit(visit, draw=True)
    fail = Fail("timeout", "The time of a loop around the step is over.", {"attempt": mine.attempt})
    return settle(visit, replace(mine, status="failed", error=fail, lease_until="", due_at=None), number, was=mine)
