import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import pytest

from stepweave.compiler import interruption
from stepweave.compiler.interruption import TICK, Interrupted

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    return interruption.within(seconds, work, code=(__file__,))


def _endless() -> None:
    while True:
        with suppress(Exception):
            sum(range(100))


def test_work_that_ends_in_time_gives_its_value_and_its_errors() -> None:
    assert within(5, lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 / 0)


def test_work_that_lasts_too_long_is_interrupted_though_it_swallows_errors() -> None:
    began = time.monotonic()
    with pytest.raises(Interrupted):
        within(0.1, _endless)
    assert time.monotonic() - began < 0.1 + TICK + 1


def test_nothing_is_raised_once_the_work_has_ended() -> None:
    """Works that end at the very moment of their interruption, one after the other."""
    outcomes = set()
    for _ in range(3):
        ends_at = time.monotonic() + TICK
        try:
            within(0.0, lambda until=ends_at: [sum(range(10)) for _ in iter(lambda: time.monotonic() < until, False)])
            outcomes.add("ended")
        except Interrupted:
            outcomes.add("interrupted")
        until = time.monotonic() + 2 * TICK
        while time.monotonic() < until:
            sum(range(10))
    assert outcomes <= {"ended", "interrupted"}


def test_only_the_thread_that_lasts_too_long_is_interrupted() -> None:
    outcomes: dict[str, str] = {}

    def run(name: str, seconds: float, until: float) -> None:
        def work() -> None:
            while time.monotonic() < until:
                sum(range(100))

        try:
            within(seconds, work)
            outcomes[name] = "ended"
        except Interrupted:
            outcomes[name] = "interrupted"

    until = time.monotonic() + 1.5
    threads = [threading.Thread(target=run, args=args) for args in (("short", 0.1, until), ("long", 60.0, until))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"short": "interrupted", "long": "ended"}


def test_an_interruption_that_the_work_swallowed_is_made_good() -> None:
    sent = interruption._Watch(threading.get_ident(), 0.0, ())
    with pytest.raises(Interrupted):
        interruption._end(sent)
