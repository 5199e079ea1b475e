"""The ticker works at once, again and again, and ends when told."""

import threading

from stepweave.local.ticker import Ticker


def test_it_works_at_once_and_again_even_after_a_failure() -> None:
    times: list[int] = []
    enough = threading.Event()

    def work() -> None:
        times.append(1)
        if len(times) == 3:
            enough.set()
        raise ValueError("no")

    ticker = Ticker(work, seconds=0.01)
    ticker.start()
    assert enough.wait(20)
    ticker.stop()
    count = len(times)
    assert count >= 3
    assert not threading.Event().wait(0.05)
    assert len(times) == count
