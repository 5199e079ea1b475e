"""Deciding a wait by its link: looking changes nothing, deciding works once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from stepweave.domain.inbox import Signal, give, wait_name
from stepweave.domain.plan import waits_for_signal
from stepweave.domain.run import ACTIVE_RUN, RunState, StepRun
from stepweave.errors import Conflict, Gone, NotFound, Unavailable
from stepweave.services.approval_links import Approval, ApprovalLinks, digest
from stepweave.services.inboxes import change
from stepweave.services.moments import text_of
from stepweave.services.replay import Replay, replay_of
from stepweave.services.sent_signals import SignalPorts, look_soon
from stepweave.services.signal_waits import wake

Status = Literal["not_yet", "open", "decided", "over"]
_SENT_BY = "approval link"


@dataclass(frozen=True)
class Decision:
    approved: bool
    comment: str = ""

    def payload(self) -> dict[str, Any]:
        return {"approved": self.approved, "comment": self.comment}


@dataclass(frozen=True)
class Asked:
    """What a link shows. not_yet: the run has not come to the wait. over: it was not decided, and cannot be any more.

    decision: the payload of the signal that ended the wait.
    """

    run_id: str
    workflow_id: str
    key: str
    status: Status
    message: str = ""
    asked_at: str | None = None
    expires_at: str | None = None
    decision: Any = None


@dataclass(frozen=True)
class _Found:
    approval: Approval
    state: RunState
    record: StepRun | None
    is_old: bool = False
    """The wait was asked to run again since: it has another link."""
    given: Mapping[str, str] = field(default_factory=dict)


def see_approval(token: str, *, links: ApprovalLinks, ports: SignalPorts) -> Asked:
    """What is asked, or what was decided. Raises `NotFound`."""
    return _asked(_find(token, links, ports), ports)


def decide_approval(token: str, decision: Decision, *, links: ApprovalLinks, ports: SignalPorts) -> Asked:
    """Ends the wait with the decision as its output; the same decision sent again is answered again.

    Raises `NotFound`, `Conflict` (`approval_used`, `approval_not_yet`), `Gone` (`approval_over`), `Unavailable`.
    """
    found = _find(token, links, ports)
    record, run_id = found.record, found.approval.run_id
    id = _id(token, decision)
    status = _asked(found, ports).status
    if status == "over":
        raise Gone("The time to decide is over, the run has ended, or the question was put anew.", code="approval_over")
    if status == "not_yet" or record is None:
        raise Conflict("The run has not come to this question yet. Open the link again later.", code="approval_not_yet")
    if status == "open":
        sent_at = text_of(ports.clock())
        payload = ports.values.store(f"runs/{run_id}/signals/{id}.json", decision.payload())
        ports.inboxes.keep(Signal(id, run_id, record.signal or "", payload, sent_at, _SENT_BY))
        look_soon(found.state, ports.runs, ports.clock)
        change(ports.inboxes, run_id, record.signal or "", partial(give, wait=wait_name(record), signal=id))
    _refuse_unless_given(id, record, ports)
    wake(run_id, found.state.execution, record.key, ports.latches, ports.machines)
    return _asked(_find(token, links, ports), ports)


def _refuse_unless_given(signal: str, record: StepRun, ports: SignalPorts) -> None:
    given = ports.inboxes.get(record.run_id, record.signal or "").given.get(wait_name(record))
    if given is None:
        # It is between its record and its place in the inbox, or its time is just over.
        raise Unavailable("The wait")
    if given != signal:
        raise Conflict("This was decided before: a link works once.", code="approval_used")


def _id(token: str, decision: Decision) -> str:
    """Another decision by the same link is another signal, of which the inbox gives the wait only the first."""
    said = json.dumps([digest(token), decision.approved, decision.comment])
    return f"approval_{digest(said)[:40]}"


def _find(token: str, links: ApprovalLinks, ports: SignalPorts) -> _Found:
    approval = links.read(token)
    state = ports.runs.state(approval.run_id) if approval else None
    if approval is None or state is None:
        raise NotFound("approval", "link")
    record = ports.runs.read(approval.run_id, [approval.key])[1].get(approval.key)
    is_old = False
    if replay := _replay(state, ports):
        is_old = approval.generation != replay.generation(approval.key.partition("@")[0])
        record = record if record is not None and replay.of(record) == "kept" else None
    if record is None or record.signal is None:
        return _Found(approval, state, None, is_old)
    return _Found(approval, state, record, is_old, ports.inboxes.get(approval.run_id, record.signal).given)


def _replay(state: RunState, ports: SignalPorts) -> Replay | None:
    """What of a run counts that is under way again; None where all does."""
    if state.execution == 1 or state.status not in ACTIVE_RUN:
        return None
    return replay_of(state, ports.plans.get(state.workflow_id, state.plan_key))


def _asked(found: _Found, ports: SignalPorts) -> Asked:
    state, record = found.state, found.record
    place = (state.run_id, state.workflow_id, found.approval.key)
    if found.is_old:
        return Asked(*place, "over")
    if record is None:
        return Asked(*place, "not_yet" if state.status in ACTIVE_RUN else "over")
    about = (record.message, record.started_at, record.due_at)
    given = found.given.get(wait_name(record))
    if given is not None and record.status in ("waiting", "completed"):
        signal = ports.inboxes.signal(state.run_id, given)
        return Asked(*place, "decided", *about, ports.values.load(signal.payload) if signal else None)
    expired = record.due_at is not None and record.due_at <= text_of(ports.clock())
    is_open = record.status == "waiting" and state.status in ACTIVE_RUN and not expired
    return Asked(*place, "open" if is_open else "over", *about)


def open_approvals(run_id: str, base: str, *, links: ApprovalLinks, ports: SignalPorts) -> list[dict[str, Any]]:
    """The waits for signals that a run is in, each with its link. Raises `NotFound`.

    base: where the API was reached, for a deployment that was not told its address.
    """
    story = ports.runs.get(run_id, nested=1_000)
    if story is None:
        raise NotFound("run", run_id)
    if story.state.status not in ACTIVE_RUN:
        return []
    plan = ports.plans.get(story.state.workflow_id, story.state.plan_key)
    replay = replay_of(story.state, plan)
    waits = [each for each in replay.kept(story.steps) if each.status == "waiting" and each.signal is not None]
    return [
        {
            "step_id": each.step_id,
            "iteration": each.key.partition("@")[2] or None,
            "signal": each.signal,
            "message": each.message,
            "asked_at": each.started_at,
            "expires_at": each.due_at,
            "url": links.url(Approval(run_id, each.key, replay.generation(each.step_id)), base),
        }
        for each in sorted(waits, key=wait_name)
        if waits_for_signal(plan["steps"][each.step_id])
    ]
