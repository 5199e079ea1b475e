"""Finish: what the end of an execution makes of its run."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stepweave.compiler.expressions import render
from stepweave.compiler.references import references
from stepweave.domain.plan import Plan
from stepweave.domain.run import UNDER_WAY, Fail, Run, RunState, StepRun, Value, execution_name, parse_execution_name
from stepweave.errors import ExpressionError, StepError, Unavailable
from stepweave.services.dispatch import dispatch_all
from stepweave.services.executions import DispatchPorts
from stepweave.services.moments import moment_of, seconds_between
from stepweave.services.ports import Execution, Plans, Story, Values
from stepweave.services.replay import replay_of
from stepweave.services.run_views import ANSWER_BYTES
from stepweave.services.scopes import scope
from stepweave.services.settling import Seen
from stepweave.services.slots import free_slots

Wake = Callable[[RunState], int]
"""Wakes the waits of a run that a signal was given to and that sleep on; how many there were."""
Ended = Callable[[Run], object]
"""Told of each run whose execution has ended it; may miss one that was cut off, so nothing may depend on it alone."""


@dataclass(frozen=True)
class FinishPorts:
    dispatch: DispatchPorts
    plans: Plans
    values: Values
    wake: Wake
    ended: Ended = lambda _run: None


def finish_run(name: str, execution: Execution, ended_at: str, ports: FinishPorts) -> None:
    """Settles the run of an execution that has ended, frees its slot and starts the next one.

    Conditional on the execution being current and the run active: once, however late or often the news comes. An
    execution that is no run's, or a run that is gone, changes nothing.
    """
    parsed = parse_execution_name(name)
    story = ports.dispatch.runs.get(parsed[0], nested=0) if parsed else None
    if parsed is None or story is None:
        return
    state = story.state
    # The slot goes first: it belongs to the execution, which has ended. Should this be cut off before the run is
    # finished, the run still has its check, and reconcile comes back; the other way round a slot could leak unseen.
    waiting = free_slots(state, name, ports.dispatch)
    _finish(story, parsed[1], execution, ended_at, ports)
    dispatch_all(waiting, ports.dispatch)


_TRIES = 4
"""Each but the last was overtaken by an intent, of which a run gets two at most."""


def _finish(found: Story, number: int, execution: Execution, ended_at: str, ports: FinishPorts) -> None:
    story: Story | None = found
    for _ in range(_TRIES):
        if story is None or story.state.execution != number or story.state.status not in UNDER_WAY:
            return
        if end_run(final_state(story, execution, ended_at, ports.plans, ports.values), ports, steps=len(story.steps)):
            ports.ended(story.run)
            return
        story = ports.dispatch.runs.get(found.run.id, nested=0)
    raise Unavailable("The run store")


def end_run(final: RunState, ports: FinishPorts, *, steps: int, paused: bool = False) -> bool:
    """Writes the state in which a run ends or pauses, and tells it, unless it was overtaken."""
    ended = ports.dispatch.runs.finish(final, paused=paused)
    if ended:
        _tell(final, steps, ports)
    return ended


def stopped(state: RunState, at: str) -> RunState:
    """What the intent on a run makes of it."""
    if state.intent is None:
        raise ValueError(f"{state.run_id} is not to stop")
    if state.intent.kind == "pause":
        return replace(state, status="paused")
    return replace(state, status="cancelled", completed_at=at, error=state.intent.why)


def final_state(story: Story, execution: Execution, ended_at: str, plans: Plans, values: Values) -> RunState:
    """A run that was to be cancelled is, even if it came to its end meanwhile. One that was to be paused keeps an end
    that was its own."""
    intent = story.state.intent
    if intent is not None and (intent.kind == "cancel" or _was_stopped(execution)):
        return stopped(story.state, ended_at)
    state = replace(story.state, completed_at=ended_at, started_at=story.state.started_at or ended_at)
    match execution.status:
        case "SUCCEEDED":
            return _completed(story, state, plans, values)
        case "TIMED_OUT":
            limit = Fail("run_timeout", "The run did not end within its run_timeout.")
            return replace(state, status="timed_out", error=limit)
        case "ABORTED":
            outside = Fail("execution_stopped", "The execution was stopped outside Stepweave.")
            return replace(state, status="cancelled", error=outside)
        case _:
            plan = plans.get(state.workflow_id, state.plan_key)
            steps = replay_of(state, plan).kept(story.steps)
            return replace(state, status="failed", error=_failure(steps, plan, execution))


def _was_stopped(execution: Execution) -> bool:
    """From outside, or by a step that was not admitted."""
    return execution.status == "ABORTED" or execution.error == "RunStopped"


def _completed(story: Story, state: RunState, plans: Plans, values: Values) -> RunState:
    plan = plans.get(state.workflow_id, state.plan_key)
    try:
        output = _output(story, plan, values)
        stored = values.store(f"runs/{state.run_id}/output-{state.execution}.json", output)
    except ExpressionError as error:
        fail = Fail("output_expression", f"The run's outputs could not be evaluated: {error.message}", error.details)
        return replace(state, status="failed", error=fail)
    except StepError as error:
        fail = Fail(error.code, f"The run's output could not be stored: {error.message}", error.details)
        return replace(state, status="failed", error=fail)
    return replace(state, status="completed", output=stored)


def _output(story: Story, plan: Plan, values: Values) -> Any:
    """The definition's `outputs`, evaluated without secrets; without them, the output of every completed step."""
    steps = replay_of(story.state, plan).kept(story.steps)
    if not plan["outputs"]:
        done = [step for step in steps if step.status == "completed" and "@" not in step.key]
        return _outputs_of(story.run.id, sorted(done, key=lambda step: (step.completed_at or "", step.step_id)), values)
    seen = Seen(plan, {step.key: step for step in steps}, "")
    read = references(plan["outputs"])
    outside = [each for each, step in plan["steps"].items() if not step["loops"]]
    visible = outside if read.dynamic else [each for each in outside if each in read.steps]
    everything = scope(story.run, plan, seen, visible, values, story.state.workflow_version)
    return render(plan["outputs"], everything, now=moment_of(story.run.created_at))


def _outputs_of(run_id: str, steps: Iterable[StepRun], values: Values) -> dict[str, Any]:
    """By step; by reference what is large, and what would make the whole too large to be answered."""
    outputs: dict[str, Any] = {}
    room = ANSWER_BYTES
    for step in steps:
        value = step.output or Value(inline="null", size=4)
        room -= value.size
        if value.ref is not None or room < 0:
            url = f"/api/workflows/runs/{run_id}/steps/{step.key}/output"
            outputs[step.step_id] = {"output": None, "output_url": url}
        else:
            outputs[step.step_id] = {"output": values.load(value)}
    return outputs


def _failure(steps: Sequence[StepRun], plan: Plan, execution: Execution) -> Fail:
    """The first step that failed without a handler; where none did, what Step Functions says.

    A failure inside a loop is the loop's to tell, or to handle.
    """
    failed = sorted((step for step in steps if step.status == "failed"), key=lambda step: step.completed_at or "")
    for step in failed:
        told = plan["steps"][step.step_id]
        if step.error is not None and told["on_error"] == "fail" and not told["loops"]:
            details = {**step.error.details, "step_id": step.step_id}
            return Fail(step.error.code, f"Step '{step.step_id}' failed: {step.error.message}", details)
    return Fail(
        "execution_failed",
        f"The execution ended with {execution.error or 'an unknown error'} before a step could say why.",
        {"error": execution.error},
    )


def _tell(final: RunState, steps: int, ports: FinishPorts) -> None:
    if final.status == "paused":
        ports.dispatch.tell("run_paused", run_id=final.run_id, workflow_id=final.workflow_id)
        return
    ports.dispatch.tell(
        "run_finished",
        run_id=final.run_id,
        workflow_id=final.workflow_id,
        execution=execution_name(final.run_id, final.execution),
        status=final.status,
        code=final.error.code if final.error else None,
        steps=steps,
        seconds=seconds_between(final.started_at, final.completed_at) if final.started_at and final.completed_at else 0,
    )
