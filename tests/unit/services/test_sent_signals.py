"""Sending signals: who gets them, what happens to those that nobody waits for, and to those that are cut off."""

from dataclasses import replace
from functools import partial

import pytest

from fakes.plans import a_plan_step
from fakes.signals import signal_ports, waiting
from stepweave.domain.api_key import Caller
from stepweave.domain.inbox import MOST_HELD, Inbox, wait_name
from stepweave.domain.run import Fail, StepRun, Value
from stepweave.errors import Conflict, NotFound, Unavailable
from stepweave.services.idempotency import Once
from stepweave.services.inboxes import change
from stepweave.services.sent_signals import SendSignal, send_signal, wake_given

ME = Caller("key_1", "write")
ASK = a_plan_step("ask", type="wait", config={"signal": "go"})


def send(ports, payload=None, name="go", key=None):
    return send_signal(ME, "run_1", SendSignal(name, payload, Once("s", key) if key else None), ports)


def test_the_oldest_wait_gets_it_and_goes_on():
    ports = signal_ports(ASK, {**ASK, "id": "ask2"})
    waiting(ports, "ask2", at="2026-11-02T08:31:00.000Z")
    waiting(ports, "ask", at="2026-11-02T08:30:00.000Z")
    sent = send(ports, {"n": 1})
    assert (sent.delivered, ports.machines.sent) == (True, ["token of ask"])
    assert ports.values.load(ports.inboxes.signal("run_1", sent.signal_id).payload) == {"n": 1}
    send(ports)
    assert ports.machines.sent == ["token of ask", "token of ask2"]


def test_another_name_wakes_nobody():
    ports = signal_ports(ASK)
    waiting(ports)
    assert send(ports, name="stop").delivered is False
    assert ports.machines.sent == []


def test_a_run_that_is_over_or_unknown_takes_none():
    ports = signal_ports(ASK)
    ports.runs.states["run_1"] = replace(ports.runs.states["run_1"], status="failed")
    with pytest.raises(Conflict) as refused:
        send(ports)
    assert refused.value.code == "run_finished"
    with pytest.raises(NotFound):
        send_signal(ME, "run_2", SendSignal("go"), ports)


def test_a_signal_sent_again_with_its_key_is_one_signal():
    ports = signal_ports(ASK, {**ASK, "id": "ask2"})
    waiting(ports, "ask")
    waiting(ports, "ask2", at="2026-11-02T08:31:00.000Z")
    first, again = send(ports, 1, key="k"), send(ports, 1, key="k")
    assert (first.signal_id, first.replayed, again.replayed) == (again.signal_id, False, True)
    assert set(ports.machines.sent) == {"token of ask"}
    with pytest.raises(Conflict) as refused:
        send(ports, 2, key="k")
    assert refused.value.code == "idempotency_conflict"


def test_a_full_inbox_takes_no_more():
    ports = signal_ports(ASK)
    ports.inboxes.inboxes["run_1", "go"] = Inbox(signals=tuple(map(str, range(MOST_HELD))), rev=1)
    with pytest.raises(Conflict) as refused:
        send(ports)
    assert refused.value.code == "too_many_signals"


IN_LOOP = {**ASK, "id": "inside", "loops": ["each"]}
EACH = a_plan_step("each", type="loop", body=["inside", "beside"])
BESIDE = a_plan_step("beside", loops=["each"])


@pytest.mark.parametrize(
    "ended",
    [
        StepRun("run_1", "beside@0", "beside", "failed", 1, error=Fail("x", "x")),
        StepRun("run_1", "each", "each", "failed", 1, error=Fail("x", "x")),
    ],
)
def test_a_wait_that_ended_with_its_iteration_or_its_loop_gets_none(ended):
    ports = signal_ports(IN_LOOP, EACH, BESIDE, ASK)
    waiting(ports, "inside@0")
    ports.runs.put_step(ended, was=None)
    waiting(ports, "ask", at="2026-11-02T08:31:00.000Z")
    assert send(ports).delivered
    assert ports.machines.sent == ["token of ask"]


def test_a_failure_in_another_iteration_ends_no_wait():
    ports = signal_ports(IN_LOOP, EACH, BESIDE)
    waiting(ports, "inside@0")
    ports.runs.put_step(StepRun("run_1", "beside@1", "beside", "failed", 1), was=None)
    send(ports)
    assert ports.machines.sent == ["token of inside@0"]


def test_a_wait_whose_step_runs_again_is_another_wait():
    ports = signal_ports(ASK)
    old = waiting(ports)
    ports.runs.steps["run_1", "ask"] = replace(old, started_at="2026-11-02T09:00:00.000Z")
    assert send(ports).delivered is False
    assert ports.inboxes.get("run_1", "go").waits == ()


class Cut(BaseException):
    pass


class CutAfter:
    """A port all of whose calls count; the one that uses up what is left is made and its answer is lost."""

    def __init__(self, port, left):
        self.port, self.left = port, left

    def __getattr__(self, name):
        def call(*arguments, **named):
            answer = getattr(self.port, name)(*arguments, **named)
            self.left[0] -= 1
            if self.left[0] < 0:
                raise Cut
            return answer

        return call


def test_wherever_a_sender_is_cut_off_an_accepted_signal_wakes_its_wait():
    for calls in range(40):
        ports = signal_ports(ASK)
        record = waiting(ports)
        ports.runs.checks["run_1"] = "2026-12-01T00:00:00.000Z"
        left = [calls]
        names = ("runs", "inboxes", "latches", "machines", "values", "keys")
        cut = replace(ports, **{name: CutAfter(getattr(ports, name), left) for name in names})
        try:
            send(cut)
        except Cut:
            accepted = wait_name(record) in ports.inboxes.get("run_1", "go").given
            # The check comes in a minute, and not in a month.
            assert not accepted or ports.runs.checks["run_1"] == "2026-11-02T08:31:00.000Z"
            wake_given(ports.runs.state("run_1"), ports.runs, ports.inboxes, ports.latches, ports.machines)
            assert bool(ports.machines.sent) == accepted
        else:
            assert calls > 8
            return
    raise AssertionError("it never came to its end")


def test_nothing_is_woken_where_nothing_was_given_or_it_has_gone_on():
    ports = signal_ports(ASK)
    record = waiting(ports)
    about = (ports.runs, ports.inboxes, ports.latches, ports.machines)
    state = ports.runs.state("run_1")
    assert wake_given(state, *about) == 0
    send(ports)
    assert wake_given(state, *about) == 1
    ports.runs.steps["run_1", "ask"] = replace(record, status="completed", output=Value("1", size=1))
    assert wake_given(state, *about) == 0


def test_whoever_is_always_overtaken_gives_up():
    class Overtaken:
        def get(self, run_id, name):
            return Inbox()

        def put(self, run_id, name, inbox, *, was):
            return False

    with pytest.raises(Unavailable):
        change(Overtaken(), "run_1", "go", partial(replace, signals=("s",)))
