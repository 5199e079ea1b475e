"""Timers that do not stand as their schedules want them, and rules whose schedule is gone."""

from collections.abc import Iterator

from stepweave.adapters.schedule_store import ScheduleStore
from stepweave.bootstrap.firing import timers
from stepweave.local.doctor.deployment import Deployment
from stepweave.local.doctor.finding import Finding, error, ok, warning

MOST = 1_000
"""Schedules that are looked at, and rules that are listed."""
RULES = 300
"""On a bus, unless raised (EventBridge quotas)."""
_EVER = "~"


def check(deployment: Deployment) -> Iterator[Finding]:
    schedules = ScheduleStore(deployment.stores.table).due(_EVER, MOST)
    setting = timers(deployment.stores)
    stale = [schedule.id for schedule in schedules if not setting.is_current(schedule)]
    if stale:
        yield error(
            f"{len(stale)} have no timer, or one that is not theirs: {', '.join(stale[:5])}",
            f"stepweave schedules migrate --stack {deployment.stack}",
        )
    else:
        yield ok(f"{len(schedules)} have the timers that they want")
    yield from _rules(deployment, {schedule.id for schedule in schedules})


def _rules(deployment: Deployment, known: set[str]) -> Iterator[Finding]:
    prefix = f"{deployment.settings.stack}-sched_"
    pages = deployment.clients("events").get_paginator("list_rules").paginate()
    names = [rule["Name"] for page in pages for rule in page["Rules"]]
    own = [name for name in names if name.startswith(prefix)]
    orphans = [name for name in own if _schedule_of(name, deployment.settings.stack) not in known]
    if orphans and len(known) < MOST:
        yield warning(
            f"{len(orphans)} rules are of no schedule, and start nothing: {', '.join(orphans[:5])}",
            "Delete these rules.",
        )
    if len(names) > RULES * 0.8:
        yield warning(
            f"the default bus has {len(names)} rules; it takes {RULES} unless that was raised",
            "Raise EventBridge's quota of rules (L-244521F2), or deploy with ScheduleBackend=scheduler.",
        )


def _schedule_of(name: str, stack: str) -> str:
    """-> `sched_01KA...` of `<stack>-sched_01KA...-0`"""
    return name.removeprefix(f"{stack}-").rpartition("-")[0]
