"""Links that decide a wait: looking changes nothing, deciding works once."""

from dataclasses import replace

import pytest

from fakes.plans import a_plan_step
from fakes.signals import LINKS, signal_ports, waiting
from stepweave.domain.api_key import Caller
from stepweave.domain.run import Rerun, Value
from stepweave.errors import Conflict, Gone, NotFound, Unavailable
from stepweave.services.approval_links import Approval, ApprovalLinks
from stepweave.services.approvals import Decision, decide_approval, open_approvals, see_approval
from stepweave.services.inboxes import change
from stepweave.services.sent_signals import SendSignal, send_signal

ASK = a_plan_step("ask", type="wait", config={"signal": "go"})
TOKEN = LINKS.token(Approval("run_1", "ask"))


@pytest.fixture
def ports():
    return signal_ports(ASK)


def see(ports, token=TOKEN):
    return see_approval(token, links=LINKS, ports=ports)


def decide(ports, approved=True, comment="", token=TOKEN):
    return decide_approval(token, Decision(approved, comment), links=LINKS, ports=ports)


def test_a_link_shows_what_is_asked_and_looking_changes_nothing(ports):
    waiting(ports, message="Release?")
    before = (dict(ports.inboxes.inboxes), dict(ports.inboxes.signals), dict(ports.runs.steps))
    asked = see(ports)
    assert (asked.status, asked.message, asked.key) == ("open", "Release?", "ask")
    assert before == (ports.inboxes.inboxes, ports.inboxes.signals, ports.runs.steps)


def test_a_decision_ends_the_wait_that_the_link_is_for_and_no_other():
    ports = signal_ports(ASK, {**ASK, "id": "older"})
    waiting(ports, "older", at="2026-11-02T08:00:00.000Z")
    waiting(ports)
    assert decide(ports, False, "No").decision == {"approved": False, "comment": "No"}
    assert ports.machines.sent == ["token of ask"]


def test_the_same_decision_again_is_answered_again_and_another_is_refused(ports):
    waiting(ports)
    assert decide(ports) == decide(ports)
    for other in (lambda: decide(ports, False), lambda: decide(ports, True, "with a comment")):
        with pytest.raises(Conflict) as refused:
            other()
        assert refused.value.code == "approval_used"
    assert len(ports.inboxes.signals) == 1


def test_what_a_signal_decided_cannot_be_decided_by_the_link(ports):
    waiting(ports)
    send_signal(Caller("key_1", "write"), "run_1", SendSignal("go", {"by": "signal"}), ports)
    assert (see(ports).status, see(ports).decision) == ("decided", {"by": "signal"})
    with pytest.raises(Conflict):
        decide(ports)


def test_a_link_that_is_opened_before_its_wait_is_entered_decides_nothing_yet(ports):
    assert see(ports).status == "not_yet"
    with pytest.raises(Conflict) as refused:
        decide(ports)
    assert refused.value.code == "approval_not_yet"


def test_between_its_record_and_its_place_in_the_inbox_a_wait_is_decided_when_asked_again(ports):
    waiting(ports)
    change(ports.inboxes, "run_1", "go", lambda inbox: replace(inbox, waits=()))
    with pytest.raises(Unavailable):
        decide(ports)


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled", "timed_out"])
def test_of_a_run_that_has_ended_nothing_is_decided_any_more(ports, status):
    waiting(ports)
    ports.runs.states["run_1"] = replace(ports.runs.states["run_1"], status=status)
    assert see(ports).status == "over"
    with pytest.raises(Gone):
        decide(ports)


def test_after_its_time_nothing_is_decided_any_more(ports):
    waiting(ports, due_at="2026-11-02T08:30:00.000Z")
    assert see(ports).status == "over"
    with pytest.raises(Gone):
        decide(ports)


def test_a_step_that_failed_or_is_no_wait_for_a_signal_is_decided_by_nobody(ports):
    record = waiting(ports)
    ports.runs.steps["run_1", "ask"] = replace(record, status="failed")
    assert see(ports).status == "over"
    ports.runs.steps["run_1", "ask"] = replace(record, signal=None, output=Value("1", size=1))
    assert see(ports).status == "not_yet"


def test_a_wait_that_is_to_run_again_has_another_link_and_its_first_decides_nothing_more(ports):
    first = waiting(ports, at="2026-11-02T08:00:00.000Z")
    decide(ports)
    ports.runs.steps["run_1", "ask"] = replace(first, status="completed")
    again = replace(ports.runs.states["run_1"], execution=2, reruns=(Rerun(2, "ask"),))
    ports.runs.states["run_1"] = again
    token = LINKS.token(Approval("run_1", "ask", 1))
    assert (see(ports).status, see(ports, token).status) == ("over", "not_yet")
    assert open_approvals("run_1", "", links=LINKS, ports=ports) == []

    ports.runs.steps.clear()
    record = waiting(ports)
    ports.runs.steps["run_1", "ask"] = replace(record, execution=2)
    with pytest.raises(Gone):
        decide(ports)
    (shown,) = open_approvals("run_1", "", links=LINKS, ports=ports)
    assert shown["url"].endswith(token)
    assert decide(ports, False, token=token).decision == {"approved": False, "comment": ""}
    assert see(ports).status == "over"


def other_end(token):
    return token[:-1] + ("A" if token[-1] != "A" else "E")


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "x",
        "ä.ö",
        TOKEN.partition(".")[0],
        TOKEN + "A",
        TOKEN + "=",
        other_end(TOKEN),
        LINKS.token(Approval("run_1", "other")).partition(".")[0] + "." + TOKEN.partition(".")[2],
        ApprovalLinks(lambda: b"another key", "").token(Approval("run_1", "ask")),
    ],
)
def test_what_was_not_made_here_is_no_link(ports, token):
    waiting(ports)
    assert LINKS.read(token) is None
    for use in (see, lambda ports, token: decide(ports, token=token)):
        with pytest.raises(NotFound):
            use(ports, token)


def test_a_link_says_what_it_is_for():
    ask = Approval("run_1", "ask")
    for each in (ask, Approval("run_1", "ask@0.3"), Approval("run_1", "ask", 2)):
        assert LINKS.read(LINKS.token(each)) == each
    assert LINKS.url(ask, "https://seen.example") == f"https://sw.example/approvals/{TOKEN}"
    assert ApprovalLinks(lambda: b"key", "").url(ask, "https://seen.example").startswith("https://seen")


def test_the_link_of_a_run_that_was_deleted_is_none(ports):
    with pytest.raises(NotFound):
        see(ports, LINKS.token(Approval("run_2", "ask")))


def test_the_waits_of_a_run_with_their_links(ports):
    waiting(ports, message="Go?", due_at="2026-11-03T08:30:00.000Z")
    assert open_approvals("run_1", "", links=LINKS, ports=ports) == [
        {
            "step_id": "ask",
            "iteration": None,
            "signal": "go",
            "message": "Go?",
            "asked_at": "2026-11-02T08:30:00.000Z",
            "expires_at": "2026-11-03T08:30:00.000Z",
            "url": f"https://sw.example/approvals/{TOKEN}",
        }
    ]
    ports.runs.states["run_1"] = replace(ports.runs.states["run_1"], status="failed")
    assert open_approvals("run_1", "", links=LINKS, ports=ports) == []
    with pytest.raises(NotFound):
        open_approvals("run_2", "", links=LINKS, ports=ports)
