"""Asking a model again when it has no room, or something between broke."""

from collections.abc import Callable
from dataclasses import replace

from stepweave.errors import StepError
from stepweave.services.ports import Random, Sleep
from stepweave.services.ports.models import Model, Question, Reply

MAX_TRIES = 5
"""Of one turn: a whole attempt anew would do again what its tools have done."""
_LONGEST_PAUSE = 30.0
_SHORTEST_ASKED = 0.5
_PASSING = frozenset({"throttled", "timeout", "server_error", "connection"})


def ask(model: Model, question: Question, left: Callable[[], float], sleep: Sleep, random: Random) -> Reply:
    """The reply within the seconds that are `left`; pauses are as `Retry-After` asks, else grow, with full jitter."""
    for number in range(1, MAX_TRIES + 1):
        try:
            return model.reply(replace(question, timeout_seconds=seconds_of(left)))
        except StepError as error:
            pause = error.retry_after if error.retry_after is not None else min(_LONGEST_PAUSE, 2.0**number) * random()
            if error.kind not in _PASSING or number == MAX_TRIES or pause + _SHORTEST_ASKED > left():
                raise
            sleep(pause)
    raise AssertionError("the last try returns or raises")


def seconds_of(left: Callable[[], float]) -> float:
    """What is left of an attempt; `StepError` `timeout` when nothing is."""
    seconds = left()
    if seconds <= 0:
        raise StepError("timeout", "The agent was still at work at the end of the attempt.", kind="timeout")
    return seconds
