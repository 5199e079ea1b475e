"""The words of Compozy's surface for ours."""

from collections.abc import Mapping

from stepweave.domain.run import RunStatus

STATUS: Mapping[str, str] = {
    "queued": "PENDING",
    "pending": "PENDING",
    "running": "RUNNING",
    "waiting": "WAITING",
    "paused": "PAUSED",
    "completed": "SUCCESS",
    "failed": "FAILED",
    "timed_out": "TIMED_OUT",
    "cancelled": "CANCELED",
}
"""Of runs and of step runs."""
RUN_STATUSES: Mapping[str, RunStatus] = {
    "PENDING": "queued",
    "RUNNING": "running",
    "WAITING": "waiting",
    "PAUSED": "paused",
    "SUCCESS": "completed",
    "FAILED": "failed",
    "TIMED_OUT": "timed_out",
    "CANCELED": "cancelled",
}
COMPONENTS: Mapping[str, tuple[str, str]] = {
    "http_request": ("task", "basic"),
    "script": ("task", "basic"),
    "webhook": ("task", "basic"),
    "agent_task": ("agent", "basic"),
    "condition": ("task", "router"),
    "loop": ("task", "collection"),
    "wait": ("task", "wait"),
}
"""Step type -> component and execution type of a task."""
