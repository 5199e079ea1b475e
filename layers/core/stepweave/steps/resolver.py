"""Host name -> addresses, within a time: the system's own look-up may hang far longer than a step may take."""

import socket
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from stepweave.errors import StepError
from stepweave.steps.address import Address

Resolve = Callable[[str, int, float], Sequence[Address]]
"""Addresses of a host and port, found within so many seconds; `StepError` of kind `connection` or `timeout`."""


def resolve_host(
    host: str, port: int, seconds: float, look_up: Callable[..., Sequence[Any]] = socket.getaddrinfo
) -> Sequence[Address]:
    """Asks the system, in a thread that is left behind when it takes too long."""
    answers: SimpleQueue[Sequence[Address] | OSError] = SimpleQueue()
    Thread(target=_ask, args=(host, port, look_up, answers), name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise StepError("timeout", f"The name '{host}' was not resolved in time.", kind="timeout") from None
    if isinstance(answer, OSError) or not answer:
        raise StepError(
            "connection_failed", f"The name '{host}' could not be resolved; check its spelling.", kind="connection"
        )
    return answer


def _ask(
    host: str, port: int, look_up: Callable[..., Sequence[Any]], answers: "SimpleQueue[Sequence[Address] | OSError]"
) -> None:
    try:
        found = look_up(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        answers.put(error if isinstance(error, OSError) else OSError(str(error)))
        return
    # A scope (`fe80::1%2`) is dropped: such an address is refused with or without it.
    answers.put([ip_address(str(entry[4][0]).partition("%")[0]) for entry in found])
