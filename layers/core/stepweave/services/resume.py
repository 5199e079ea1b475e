"""Resume: a run that is over or paused goes on as its next execution.

One conditional write decides it; all that could refuse it comes before. What has finished is not done again, by
memoised replay (`services.replay`); then the run waits for a slot like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from stepweave.domain.plan import Plan
from stepweave.domain.run import UNDER_WAY, Rerun, RunState, Value
from stepweave.domain.workflow import Version
from stepweave.errors import Conflict, Fault, Invalid, NotFound, VersionIncompatible
from stepweave.services.compatibility import finished_steps, incompatible_steps
from stepweave.services.dispatch import admit_run
from stepweave.services.finish import FinishPorts
from stepweave.services.inputs import checked_input
from stepweave.services.machines import MachinePorts, machine_of
from stepweave.services.moments import text_of
from stepweave.services.ports import Clock, Story
from stepweave.services.replay import coverage, replay_of

_FIRST_CHECK = timedelta(minutes=1)


@dataclass(frozen=True)
class Resume:
    """`from_step`: that step and all that depends on it run again. `version`: None is the one the run last ran on.
    `input_data`: in the place of the run's, while nothing that has used it is kept; what the version asks of a new
    run's input holds for it too."""

    from_step: str | None = None
    version: int | None = None
    input_data: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class ResumePorts:
    finish: FinishPorts
    machine: MachinePorts
    clock: Clock


def resume_run(run_id: str, request: Resume, ports: ResumePorts) -> RunState:
    """The run, queued or on its way again. Raises `NotFound`, `Conflict` while it is under way or when its workflow is
    gone, `VersionIncompatible`, and `Invalid` for a step or an input that cannot be."""
    runs = ports.finish.dispatch.runs
    story = runs.get(run_id, nested=0)
    if story is None:
        raise NotFound("run", run_id)
    if story.state.status in UNDER_WAY:
        raise _active(story.state)
    wanted = _next(story.state, request, ports)
    finished = _checked(story, wanted, request, ports)
    input_data = _input(wanted, request, finished, ports)
    now = ports.clock()
    due = text_of(now + _FIRST_CHECK)
    resumed = runs.resume(wanted, was=story.state, at=text_of(now), check_after=due, input_data=input_data)
    if resumed is None:
        raise _active(story.state)
    try:
        admit_run(resumed, ports.finish.dispatch)
    except Exception as error:
        # It is written, so it is accepted: reconcile starts it.
        ports.finish.dispatch.tell.fault("run_start_delayed", error, run_id=run_id)
    return resumed


def _active(state: RunState) -> Conflict:
    message = f"Run '{state.run_id}' is queued or under way; only one that is over or paused can be resumed."
    return Conflict(message, code="run_active")


def _next(state: RunState, request: Resume, ports: ResumePorts) -> RunState:
    """The state of the next execution, on the version that is asked for."""
    execution = state.execution + 1
    again = (Rerun(execution, request.from_step),) if request.from_step is not None else ()
    bare = replace(state, status="queued", execution=execution, reruns=(*state.reruns, *again), checks=0)
    cleared = replace(bare, completed_at=None, output=None, error=None)
    version = _version(state, request.version, ports)
    if version is None:
        return cleared
    machine = machine_of(version, ports.machine)
    return replace(cleared, workflow_version=version.number, machine_arn=machine.arn, plan_key=machine.plan_key)


def _version(state: RunState, number: int | None, ports: ResumePorts) -> Version | None:
    """Another version than the run's own; a machine that has vanished is made again when it is started."""
    workflows = ports.finish.dispatch.workflows
    if workflows.get(state.workflow_id) is None:
        message = f"The workflow of run '{state.run_id}' was deleted, so that it cannot go on."
        raise Conflict(message, code="workflow_deleted")
    if number is None or number == state.workflow_version:
        return None
    version = workflows.version(state.workflow_id, number)
    if version is None:
        raise NotFound("version", str(number))
    return version


def _checked(story: Story, wanted: RunState, request: Resume, ports: ResumePorts) -> set[str]:
    """The steps whose outcome is kept."""
    old = ports.finish.plans.get(wanted.workflow_id, story.state.plan_key)
    new = ports.finish.plans.get(wanted.workflow_id, wanted.plan_key)
    if request.from_step is not None and request.from_step not in new["steps"]:
        message = f"Version {wanted.workflow_version} has no step '{request.from_step}'."
        raise Invalid([Fault("/from_step", message)])
    finished = _finished(story, wanted, old, new)
    if request.from_step is not None:
        finished -= coverage(old, request.from_step).again
    if faults := incompatible_steps(finished, old, new):
        raise VersionIncompatible(wanted.workflow_version, faults)
    return finished


def _finished(story: Story, wanted: RunState, old: Plan, new: Plan) -> set[str]:
    """What the new execution would keep; of a step that the version lacks, what the old plan would."""
    before, after = replay_of(wanted, old), replay_of(wanted, new)
    replays = {step_id: after if step_id in new["steps"] else before for step_id in old["steps"]}
    kept = [record for record in story.steps if record.step_id in replays]
    kept = [record for record in kept if replays[record.step_id].of(record) != "again"]
    again = {step_id for step_id, replay in replays.items() if replay.runs_again(step_id)}
    return finished_steps(kept, old) - again


def _input(wanted: RunState, request: Resume, finished: set[str], ports: ResumePorts) -> Value | None:
    if request.input_data is None:
        return None
    if finished:
        named = ", ".join(f"'{each}'" for each in sorted(finished)[:5])
        message = (
            f"Finished steps would keep what they made of the input before: {named}. "
            "Name a first step in 'from_step', so that all run again, or start a new run."
        )
        raise Invalid([Fault("/input_data", message)])
    version = ports.finish.dispatch.workflows.version(wanted.workflow_id, wanted.workflow_version)
    if version is None:
        raise NotFound("version", str(wanted.workflow_version))
    key = f"runs/{wanted.run_id}/input-{wanted.execution}.json"
    return ports.finish.values.store(key, checked_input(version.definition, request.input_data))
