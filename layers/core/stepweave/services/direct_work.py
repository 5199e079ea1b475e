"""Doing a direct execution: what happens each time its state machine calls the function.

As with a step, the record takes owner and lease by a conditional write, then comes the work, then a conditional write
of the same owner. One that is over answers so; a live lease of another keeps others out, one that ran out is an attempt
that was cut off.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from stepweave.compiler.expressions import evaluate
from stepweave.domain.direct_execution import OVER, DirectRequest, DirectState, become, noted
from stepweave.domain.origin import Origin, headers_for, trace_of
from stepweave.domain.plan import PlanRetry
from stepweave.domain.run import Fail
from stepweave.errors import StepError, Unavailable
from stepweave.services.direct_diary import DirectDiary, write_direct
from stepweave.services.direct_executions import value_key
from stepweave.services.filling import fill
from stepweave.services.masking import Mask
from stepweave.services.moments import moment_of, seconds_between, text_of
from stepweave.services.ports import Clock, Done, Random, Secrets, Sleep, StepBody, StepContext, Tell, Values
from stepweave.services.ports.direct import DirectExecutions
from stepweave.services.retries import may_retry, pause
from stepweave.services.secrets import Bearer
from stepweave.services.signals import SIGNALS, StepBusy
from stepweave.services.visits import Invocation
from stepweave.services.work import SETTLE_SECONDS, tellable

RETRY = PlanRetry(
    max_attempts=3,
    on=["timeout", "connection", "throttled", "server_error"],
    initial_interval=1,
    backoff_coefficient=2,
    maximum_interval=60,
)
"""That of a step which says nothing of retries."""


@dataclass(frozen=True)
class Prepared:
    """What does an execution, as a step of that type with that config would be done."""

    type: str
    body: StepBody
    config: Mapping[str, Any]


Prepare = Callable[[DirectRequest, Mapping[str, Any]], Prepared]
"""From a request and what was asked; `StepError` when nothing can do it."""


@dataclass(frozen=True)
class DirectWorkPorts:
    executions: DirectExecutions
    values: Values
    secrets: Secrets
    prepare: Prepare
    clock: Clock
    sleep: Sleep
    random: Random
    tell: Tell


def enter_direct(exec_id: str, invocation: Invocation, ports: DirectWorkPorts) -> None:
    """Brings an execution to its end, unless it is over or gone. `StepBusy` while another has it."""
    found = ports.executions.get(exec_id)
    if found is None or found[1].status in OVER:
        return
    request, state = found
    if state.status == "running" and moment_of(state.lease_until) > ports.clock():
        raise StepBusy
    if state.attempt >= RETRY["max_attempts"]:
        fail = Fail("cut_off", f"All of its {state.attempt} attempts were cut off before they could settle.")
        _end(_failed(state, fail, ports), state, ports)
        return
    try:
        claimed = _claimed(state, request, invocation, ports.clock())
        claimed = write_direct(claimed, was=state, executions=ports.executions)
        mask = Mask()
        diary = DirectDiary(claimed, mask, ports.executions, ports.clock)
        final = _outcome(_Talk(request, invocation, diary, mask, ports))
        _end(final, diary.stored, ports)
    except Unavailable:
        _give_back(exec_id, invocation, ports)
        raise


@dataclass(frozen=True)
class _Talk:
    """One invocation at work on an execution."""

    request: DirectRequest
    invocation: Invocation
    diary: DirectDiary
    mask: Mask
    ports: DirectWorkPorts


def _claimed(state: DirectState, request: DirectRequest, invocation: Invocation, now: datetime) -> DirectState:
    """The lease covers the work, and ends at the latest 5 seconds after the invocation is cut off."""
    wanted = now + timedelta(seconds=request.seconds + SETTLE_SECONDS)
    again = {"message": "The work was cut off and begins anew"}
    is_first = state.status == "pending"
    return replace(
        become(state, "running", text_of(now)) if is_first else noted(state, "log", text_of(now), again),
        attempt=state.attempt + 1,
        owner=invocation.owner,
        lease_until=text_of(min(wanted, invocation.ends_at + timedelta(seconds=5))),
        started_at=state.started_at or text_of(now),
    )


def _give_back(exec_id: str, invocation: Invocation, ports: DirectWorkPorts) -> None:
    """This invocation ends without a word: the next need not wait for its lease to run out, if that can be told."""
    with suppress(Unavailable, StepBusy):
        state = ports.executions.state(exec_id)
        if state is not None and state.status == "running" and state.owner == invocation.owner:
            given = replace(state, lease_until=text_of(ports.clock()))
            write_direct(given, was=state, executions=ports.executions)


def _outcome(talk: _Talk) -> DirectState:
    """The state in which it ends; failures that pass by themselves are tried again while there is time."""
    ports, invocation = talk.ports, talk.invocation
    work_ends = ports.clock() + timedelta(seconds=talk.request.seconds)
    ends_at = min(work_ends, invocation.ends_at - timedelta(seconds=SETTLE_SECONDS))
    for attempt in range(1, RETRY["max_attempts"] + 1):
        try:
            output = talk.mask.value(_attempt(talk, attempt, ends_at))
            stored = ports.values.store(value_key(talk.request.id, f"output-{invocation.owner}"), output)
            return replace(become(talk.diary.state, "completed", text_of(ports.clock())), output=stored)
        except StepError as error:
            fail = Fail(error.code, error.message, error.details)
            left = (ends_at - ports.clock()).total_seconds()
            if error.kind == "timeout" and left <= _MOMENT:
                return replace(become(talk.diary.state, "timed_out", text_of(ports.clock())), error=fail)
            seconds = pause(RETRY, attempt, error, ports.random())
            if not may_retry(RETRY, attempt, error.kind) or seconds >= left:
                return _failed(talk.diary.state, fail, ports)
            talk.diary.log("An attempt failed and is made again", {"code": error.code, "error": error.message})
            ports.sleep(seconds)
    raise AssertionError("the last attempt returns")


_MOMENT = 1.0
"""Seconds before the end in which a wait that was to last until then may give up."""


def _failed(state: DirectState, fail: Fail, ports: DirectWorkPorts) -> DirectState:
    return replace(become(state, "failed", text_of(ports.clock())), error=fail)


def _attempt(talk: _Talk, attempt: int, ends_at: datetime) -> Any:
    ports, request, mask = talk.ports, talk.request, talk.mask
    try:
        asked = ports.values.load(request.asked)
        prepared = ports.prepare(request, asked)
        done = prepared.body(_context(talk, prepared, asked.get("with") or {}, attempt, ends_at))
        if not isinstance(done, Done):
            raise StepError("not_done", "It waits, which only a step of a workflow can.")
        return done.output
    except (*SIGNALS, Unavailable):
        raise  # this invocation has no say any more, or no store
    except StepError as error:
        raise mask.error(error) from error.__cause__
    except Exception as error:
        ports.tell.fault("step_crashed", tellable(error, mask), exec_id=request.id)
        message = "The execution failed in a way that Stepweave did not expect; its log has the details."
        raise StepError("internal", message) from error


def _context(talk: _Talk, prepared: Prepared, given: Mapping[str, Any], attempt: int, ends_at: datetime) -> StepContext:
    """That of a step in a run that is nobody's: no workflow, no labels, no other steps."""
    request, diary, mask, now = talk.request, talk.diary, talk.mask, talk.ports.clock()
    number = (diary.stored.attempt - 1) * RETRY["max_attempts"] + attempt
    origin = Origin("", request.correlation_id or "")
    run = {"id": request.id, "trigger": "direct", "labels": {}, "created_at": request.created_at}
    scope = {"input": given, "env": {}, "secrets": {}, "steps": {}, "run": run}
    return StepContext(
        run_id=request.id,
        workflow_id="",
        step_id=request.of,
        config=prepared.config,
        raw=prepared.config,
        evaluate=partial(evaluate, scope=scope, now=now),
        env={},
        timeout_seconds=max(0.1, (ends_at - now).total_seconds()),
        idempotency_key=request.id,
        attempt=number,
        first_entered=moment_of(diary.stored.started_at or text_of(now)),
        now=now,
        conceal=mask.add,
        masked=mask.value,
        fill=partial(fill, Bearer(talk.ports.secrets, "", prepared.type), mask, now),
        log=diary.log,
        spend=diary.spend,
        correlation=headers_for(origin, request.id, f"{request.id} {number}"),
        origin=replace(origin, request_id=request.id, trace=trace_of(origin, request.id)),
    )


def _end(final: DirectState, was: DirectState, ports: DirectWorkPorts) -> None:
    """Writes the last word, unless another has had it."""
    settled = write_direct(replace(final, lease_until=""), was=was, executions=ports.executions)
    tell_end(settled, ports.tell)


def tell_end(final: DirectState, tell: Tell) -> None:
    began, ended = final.started_at, final.completed_at
    tell(
        "direct_execution_finished",
        exec_id=final.exec_id,
        kind=final.kind,
        status=final.status,
        attempt=final.attempt,
        code=final.error.code if final.error else None,
        seconds=seconds_between(began, ended) if began and ended else 0,
    )
