"""Inboxes: one signal ends one wait, the oldest first, whatever comes first and however often."""

import random
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.samples import a_step
from stepweave.domain.inbox import (
    LONGEST_NAME,
    MOST_HELD,
    Inbox,
    bad_signal_name,
    give,
    join,
    key_of_wait,
    leave,
    post,
    wait_name,
)

W1, W2 = "2026-11-02T08:30:00.000Z a", "2026-11-02T08:30:01.000Z b@0.1"


def test_the_oldest_wait_gets_the_signal_that_comes():
    inbox = post(join(join(Inbox(), W2), W1), "s1")
    assert inbox == Inbox(waits=(W2,), given={W1: "s1"})
    assert (inbox.wait_of("s1"), inbox.wait_of("s2")) == (W1, None)


def test_signals_that_come_early_are_kept_in_order():
    inbox = post(post(Inbox(), "s1"), "s2")
    assert inbox.signals == ("s1", "s2")
    assert join(inbox, W1) == Inbox(signals=("s2",), given={W1: "s1"})


def test_a_wait_that_has_left_gets_nothing_and_what_it_was_given_stays():
    assert leave(join(Inbox(), W1), W1) == Inbox()
    given = post(join(Inbox(), W1), "s1")
    assert leave(given, W1) == given
    assert give(Inbox(), W1, "s1") == Inbox()


def test_a_signal_for_one_wait_passes_the_older_ones():
    both = join(join(Inbox(), W1), W2)
    assert give(both, W2, "s1") == Inbox(waits=(W1,), given={W2: "s1"})
    assert give(give(both, W2, "s1"), W2, "s2") == Inbox(waits=(W1,), given={W2: "s1"})


def test_an_inbox_is_full_when_it_holds_as_many_as_it_may():
    signals = tuple(map(str, range(MOST_HELD)))
    assert Inbox(signals=signals).is_full
    assert not Inbox(signals=signals[1:]).is_full


def test_a_wait_is_named_by_its_entry_and_its_key():
    record = a_step(key="ask@2", started_at="2026-11-02T08:30:00.000Z")
    assert wait_name(record) == "2026-11-02T08:30:00.000Z ask@2"
    assert key_of_wait(wait_name(record)) == "ask@2"


@pytest.mark.parametrize("name", ["go", "order 12 paid", "ä" * LONGEST_NAME])
def test_names_of_signals(name):
    assert bad_signal_name(name) == ""


@pytest.mark.parametrize("name", ["", " go", "go ", "a\nb", "\x00", "a" * (LONGEST_NAME + 1), "\ud800"])
def test_names_that_no_signal_has(name):
    assert bad_signal_name(name)


@given(st.integers(0, 6), st.integers(0, 6), st.randoms(use_true_random=False))
def test_every_order_with_repeats_gives_each_signal_to_one_wait(waits: int, signals: int, chosen: random.Random):
    changes = [partial(join, wait=f"w{each}") for each in range(waits)]
    changes += [partial(post, signal=f"s{each}") for each in range(signals)]
    changes = chosen.sample(changes, len(changes))
    inbox = Inbox()
    for done, each in enumerate(changes, 1):
        for again in [each, *chosen.sample(changes[:done], chosen.randrange(done))]:
            inbox = again(inbox)
        assert not (inbox.waits and inbox.signals)
    assert len(inbox.given) == min(waits, signals) == len(set(inbox.given.values()))
    assert len(inbox.waits) + len(inbox.given) == waits
    assert len(inbox.signals) + len(inbox.given) == signals
