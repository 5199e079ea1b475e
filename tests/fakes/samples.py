"""Things to test with, valid unless a test says otherwise."""

from dataclasses import replace
from typing import Any

from stepweave.domain.run import Run, RunState, StepRun, Value
from stepweave.domain.workflow import Version, Workflow

NOW = "2026-11-02T08:30:00.000Z"


def a_workflow(**changes: Any) -> Workflow:
    sample = Workflow(
        id="wf_1",
        name="Fetch",
        version=1,
        status="active",
        trigger_type="manual",
        created_at=NOW,
        updated_at=NOW,
        created_by="key_1",
        updated_by="key_1",
        tags=("etl",),
    )
    return replace(sample, **changes)


def a_version(**changes: Any) -> Version:
    definition = {
        "name": "Fetch",
        "steps": [{"id": "a", "type": "script", "config": {"ratio": 0.5, "z": 1, "b": None}}],
    }
    return replace(Version("wf_1", 1, definition, "Initial version", NOW, "key_1"), **changes)


def a_run(**changes: Any) -> Run:
    return replace(
        Run("run_1", "wf_1", Value(inline='{"n":1.5}', size=9), "manual", NOW, "key_1", {"team": "a"}), **changes
    )


def a_state(**changes: Any) -> RunState:
    state = RunState("run_1", "wf_1", 1, "arn:machine", "plan1", "queued", limit=2)
    return replace(state, **changes)


def a_step(**changes: Any) -> StepRun:
    return replace(
        StepRun("run_1", "fetch", "fetch", "running", 1, owner="me", lease_until=NOW, started_at=NOW), **changes
    )
