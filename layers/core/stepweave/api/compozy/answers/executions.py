"""Executions as Compozy shows them: runs whose tasks are the steps that have begun."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from starlette.responses import Response

from stepweave.api.compozy.answers.task_states import task_states
from stepweave.api.compozy.answers.usage import with_usage
from stepweave.api.compozy.envelope import envelope, failure
from stepweave.api.compozy.listing import link_header
from stepweave.api.compozy.pages import page_member
from stepweave.api.compozy.words import STATUS
from stepweave.api.idempotency import REPLAYED
from stepweave.domain.origin import CORRELATION_ID
from stepweave.errors import StepweaveError
from stepweave.services.detailed_runs import DetailedRun
from stepweave.services.ports import Page
from stepweave.services.sent_signals import Sent
from stepweave.services.start import Started

Json = dict[str, Any]


def path_of(run_id: str) -> str:
    return f"/api/v0/executions/workflows/{run_id}"


def started(run: Started, workflow_id: str, created_at: str | None) -> Response:
    """202, the same for every request with the same key; `workflow_id`: what clients call the workflow."""
    run_id = run.state.run_id
    data = {
        "exec_id": run_id,
        "exec_url": path_of(run_id),
        "workflow_id": workflow_id,
        "status": "PENDING",
        **({"created_at": created_at, "updated_at": created_at} if created_at else {}),
    }
    headers = {"location": path_of(run_id), **(REPLAYED if run.replayed else {})}
    return envelope("Workflow execution started successfully", data, status=202, headers=headers)


def execution_json(run: DetailedRun, workflow_id: str) -> Json:
    """`workflow_id`: what clients call its workflow. A value that is too large is null, and at its `_url`."""
    view = run.view
    return {
        "workflow_id": workflow_id,
        "workflow_exec_id": view["id"],
        "exec_id": view["id"],
        "status": STATUS[view["status"]],
        **_value("input", view, "input_data"),
        **_value("output", view, "output"),
        **({"error": view["error"]} if view["error"] else {}),
        **with_usage(*(step["usage"] for step in view["step_runs"] if "usage" in step)),
        "tasks": task_states(run, workflow_id),
        "created_at": view["created_at"],
        "updated_at": updated_at(view),
    }


def _value(name: str, view: Mapping[str, Any], ours: str) -> Json:
    """Left out while there is none."""
    if url := view.get(f"{ours}_url"):
        return {name: None, f"{name}_url": url}
    return {} if view[ours] is None else {name: view[ours]}


def updated_at(view: Mapping[str, Any]) -> str:
    """The newest moment that the run tells."""
    steps = [step[name] for step in view["step_runs"] for name in ("started_at", "completed_at")]
    moments: list[str | None] = [view["created_at"], view["started_at"], view["completed_at"], *steps]
    return max(filter(None, moments))


def one_execution(run: DetailedRun, workflow_id: str) -> Response:
    """With the correlation id that it was started under."""
    correlation = run.view.get("correlation_id")
    headers = {CORRELATION_ID: correlation} if correlation else None
    return envelope("Workflow execution retrieved", execution_json(run, workflow_id), headers=headers)


def outputs(run: DetailedRun, workflow_id: str) -> Response:
    shown = execution_json(run, workflow_id)
    names = ("exec_id", "workflow_id", "status", "output", "output_url", "error")
    return envelope("Workflow outputs retrieved", {name: shown[name] for name in names if name in shown})


def finished(run: DetailedRun, workflow_id: str, *, replayed: bool) -> Response:
    """200 whatever has become of it: clients read `workflow.status`."""
    workflow = execution_json(run, workflow_id)
    output: Json = {name: workflow[name] for name in ("output", "output_url") if name in workflow}
    data: Json = {"workflow": workflow, **output, "exec_id": run.view["id"]}
    headers = {"location": path_of(run.view["id"]), **(REPLAYED if replayed else {})}
    return envelope("Workflow execution completed", data, headers=headers)


class TimedOut(StepweaveError):
    """408: the execution goes on."""

    status, title = 408, "execution timeout"

    def __init__(self, run_id: str, seconds: float) -> None:
        super().__init__(
            f"The execution has not ended within {seconds:g} s and goes on; follow it at {path_of(run_id)}.",
            code="execution_timeout",
        )


def still_running(run: DetailedRun, workflow_id: str, seconds: float) -> Response:
    """408 with what to go on with: the only answer with `data` and `error`."""
    run_id = run.view["id"]
    data = {"exec_id": run_id, "workflow": execution_json(run, workflow_id)}
    return failure(
        TimedOut(run_id, seconds), 408, data=data, message="execution timeout", headers={"location": path_of(run_id)}
    )


def listed(rows: Sequence[Mapping[str, Any]], found: Page[Any], limit: int, request: Request) -> Response:
    """The last changed of the page first; `limit`: how many were asked for at most."""
    newest = sorted(rows, key=lambda row: str(row["updated_at"]), reverse=True)
    page = page_member(limit, found.total, found.next_cursor)
    headers = link_header(request, [("next", found.next_cursor)])
    return envelope("Workflow executions retrieved", {"executions": newest, "page": page}, headers=headers)


def signalled(sent: Sent) -> Response:
    headers = REPLAYED if sent.replayed else None
    return envelope("Signal sent successfully", {"message": "Signal sent successfully"}, headers=headers)
