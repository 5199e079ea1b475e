"""What AWS sends a function, as what a use case takes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from stepweave.services.moments import text_of
from stepweave.services.ports import Execution
from stepweave.services.visits import AwaitEntry, Entry, Invocation, SignalEntry


class Context(Protocol):
    """The part of the Lambda context that is used."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int: ...


def entry_of(event: Mapping[str, Any]) -> Entry | AwaitEntry | SignalEntry:
    """A Task state's payload: `{"run": <the execution's input>, "step": "fetch"}`, with `"collect": true` when a loop's
    iterations have ended or a signal has come, with `"token"` while a wait is parked for one, or
    `{"run", "await": "<state>", "token"}`."""
    run = event["run"]
    if "await" in event:
        return AwaitEntry(
            run_id=run["run_id"],
            execution=run["execution"],
            workflow_id=run["workflow_id"],
            plan=run["plan"],
            position=run["position"],
            await_id=event["await"],
            token=event["token"],
        )
    if "token" in event:
        return SignalEntry(
            run_id=run["run_id"],
            execution=run["execution"],
            workflow_id=run["workflow_id"],
            plan=run["plan"],
            position=run["position"],
            step=event["step"],
            token=event["token"],
        )
    return Entry(
        run_id=run["run_id"],
        execution=run["execution"],
        workflow_id=run["workflow_id"],
        version=run["version"],
        plan=run["plan"],
        position=run["position"],
        step=event["step"],
        collects=event.get("collect", False),
    )


def invocation_of(context: Context, now: datetime) -> Invocation:
    return Invocation(context.aws_request_id, now + timedelta(milliseconds=context.get_remaining_time_in_millis()))


def ended_execution(event: Mapping[str, Any]) -> tuple[str, Execution, str]:
    """Name, outcome and time of a "Step Functions Execution Status Change" event (EventBridge, source aws.states)."""
    detail = event["detail"]
    ended = datetime.fromtimestamp(detail["stopDate"] / 1000, UTC)
    return detail["name"], Execution(detail["status"], detail.get("error"), detail.get("cause")), text_of(ended)
