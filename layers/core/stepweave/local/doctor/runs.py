"""Runs that the store and Step Functions tell differently, and runs that wait too long."""

from collections.abc import Iterator
from datetime import timedelta

from stepweave.domain.run import RunState, execution_name
from stepweave.local.doctor.deployment import Deployment
from stepweave.local.doctor.finding import Finding, error, ok, warning
from stepweave.services.moments import moment_of, text_of

MOST = 500
"""Runs that are looked at, the newest."""
LATE = timedelta(minutes=15)
"""What reconcile heals within."""
TOLD_WITHIN = timedelta(minutes=1)
"""For so long the event of an end may be under way."""


def check(deployment: Deployment) -> Iterator[Finding]:
    active = deployment.stores.runs.all_active(MOST)
    astray = [each.run_id for each in active if each.status == "running" and _is_over(each, deployment)]
    queued = [state.run_id for state in active if state.status == "queued" and _is_late(state, deployment)]
    overdue = deployment.stores.runs.due(text_of(deployment.clock() - LATE), MOST)
    if astray:
        yield warning(
            f"{len(astray)} are over in Step Functions and not in the store: {_some(astray)}",
            "Reconcile settles them within minutes; if it does not, read its log.",
        )
    if queued:
        yield warning(
            f"{len(queued)} have been queued for more than an hour: {_some(queued)}",
            "See what their workflows' runs under way wait for, or raise the limit of concurrent runs.",
        )
    if overdue:
        yield error(
            f"{len(overdue)} should have been looked after a quarter of an hour ago: "
            f"{_some([state.run_id for state in overdue])}",
            "Reconcile does not get through; read its log.",
        )
    if not (astray or queued or overdue):
        yield ok(f"{len(active)} are under way, queued or paused, as Step Functions says")


def _is_over(state: RunState, deployment: Deployment) -> bool:
    execution = deployment.stores.machines.execution(state.machine_arn, execution_name(state.run_id, state.execution))
    if execution is None or execution.status == "RUNNING":
        return execution is None
    return not execution.stopped_at or deployment.clock() - moment_of(execution.stopped_at) > TOLD_WITHIN


def _is_late(state: RunState, deployment: Deployment) -> bool:
    if state.run_at is not None:
        return deployment.clock() - moment_of(state.run_at) > timedelta(hours=1)
    run, _ = deployment.stores.runs.read(state.run_id, [])
    return deployment.clock() - moment_of(run.created_at) > timedelta(hours=1)


def _some(ids: list[str]) -> str:
    return ", ".join(ids[:5]) + (", ..." if len(ids) > 5 else "")
