from dataclasses import replace

from stepweave.domain.inbox import Inbox, Signal
from stepweave.domain.run import Value

SIGNAL = Signal("sig_1", "run_1", "go", Value(inline="7", size=1), "2026-11-02T08:30:00.000Z", "key_1")


def test_an_inbox_is_written_only_as_it_was_read(stores):
    assert stores.inboxes.get("run_1", "go") == Inbox()
    first = Inbox(waits=("w1", "w2"), signals=("s1",), given={"w0": "s0"}, rev=1)
    assert stores.inboxes.put("run_1", "go", first, was=0)
    assert not stores.inboxes.put("run_1", "go", replace(first, waits=()), was=0)
    assert stores.inboxes.get("run_1", "go") == first
    second = replace(first, waits=(), rev=2)
    assert stores.inboxes.put("run_1", "go", second, was=1)
    assert not stores.inboxes.put("run_1", "go", replace(first, rev=2), was=1)
    assert stores.inboxes.get("run_1", "go") == second


def test_the_same_write_sent_twice_has_succeeded(stores):
    inbox = Inbox(waits=("w1",), rev=1)
    assert stores.inboxes.put("run_1", "go", inbox, was=0)
    assert stores.inboxes.put("run_1", "go", inbox, was=0)


def test_the_inboxes_of_a_run_by_their_names(stores):
    stores.inboxes.put("run_1", "a # b", Inbox(signals=("s1",), rev=1), was=0)
    stores.inboxes.put("run_1", "ä", Inbox(signals=("s2",), rev=1), was=0)
    stores.inboxes.put("run_2", "go", Inbox(rev=1), was=0)
    assert {name: inbox.signals for name, inbox in stores.inboxes.all("run_1").items()} == {
        "a # b": ("s1",),
        "ä": ("s2",),
    }


def test_a_signal_is_kept_as_it_first_came(stores):
    assert stores.inboxes.signal("run_1", "sig_1") is None
    assert stores.inboxes.keep(SIGNAL) == SIGNAL
    other = replace(SIGNAL, payload=Value(ref="runs/run_1/x.json", size=200_000))
    assert stores.inboxes.keep(other) == SIGNAL
    assert stores.inboxes.signal("run_1", "sig_1") == SIGNAL
    assert stores.inboxes.keep(replace(other, id="sig_2")).payload.ref == "runs/run_1/x.json"
