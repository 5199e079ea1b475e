"""Signals and approvals, in memory."""

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

from fakes.plans import a_plan, a_plan_step
from fakes.samples import a_run, a_state
from fakes.stores import FakeIdempotencyKeys, FakeInboxes, FakeLatches, FakePlans, FakeRuns, FakeValues
from fakes.world import FakeClock, FakeMachines
from stepweave.api.uses.signals import SignalUses
from stepweave.domain.inbox import join, wait_name
from stepweave.domain.run import StepRun
from stepweave.services.approval_links import ApprovalLinks
from stepweave.services.approvals import decide_approval, open_approvals, see_approval
from stepweave.services.inboxes import change
from stepweave.services.sent_signals import SignalPorts, send_signal

LINKS = ApprovalLinks(lambda: b"key", "https://sw.example")
ASKED_AT = "2026-11-02T08:30:00.000Z"


def signal_ports(*steps: Any) -> SignalPorts:
    """Ports on which one run of a plan of those steps is under way."""
    numbers = count(1)
    runs, plans = FakeRuns(), FakePlans()
    runs.create(a_run(), a_state(status="running"))
    plans.put("wf_1", "plan1", a_plan(*steps))
    return SignalPorts(
        runs=runs,
        plans=plans,
        values=FakeValues(),
        inboxes=FakeInboxes(),
        latches=FakeLatches(),
        machines=FakeMachines(),
        keys=FakeIdempotencyKeys(),
        new_id=lambda prefix: f"{prefix}_{next(numbers)}",
        clock=FakeClock(),
    )


def waiting(ports: SignalPorts, key: str = "ask", signal: str = "go", *, at: str = ASKED_AT, **more: Any) -> StepRun:
    """A wait that is parked with the token `token of <key>`."""
    step, _, position = key.partition("@")
    record = StepRun("run_1", key, step, "waiting", 1, started_at=at, signal=signal, **more)
    ports.runs.put_step(record, was=None)
    ports.latches.arm("run_1", 1, position, f"{step} signal", f"token of {key}")
    change(ports.inboxes, "run_1", signal, partial(join, wait=wait_name(record)))
    return record


def fake_signal_uses(fail: Callable[[], None] = lambda: None) -> SignalUses:
    """The use cases themselves, on one run that waits; `fail` may raise instead of each."""
    ports = signal_ports(a_plan_step("ask", type="wait", config={"signal": "go"}))
    waiting(ports, message="Go?")

    def guarded(use: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            fail()
            return use(*arguments)

        return call

    about: dict[str, Any] = {"links": LINKS, "ports": ports}
    return SignalUses(
        send=guarded(lambda caller, _run_id, request: send_signal(caller, "run_1", request, ports)),
        approvals=guarded(lambda _run_id, base: open_approvals("run_1", base, **about)),
        see=guarded(partial(see_approval, **about)),
        decide=guarded(partial(decide_approval, **about)),
    )
