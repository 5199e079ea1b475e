import socket
from collections.abc import Sequence
from ipaddress import ip_address
from threading import Event
from typing import Any

import pytest

from stepweave.errors import StepError
from stepweave.steps.resolver import resolve_host


def test_every_address_of_a_name_is_found() -> None:
    assert ip_address("127.0.0.1") in resolve_host("localhost", 80, 5)


def test_a_scope_is_dropped() -> None:
    entry = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::1%2", 80, 0, 2))
    assert resolve_host("a.example", 80, 5, look_up=lambda *_, **__: [entry]) == [ip_address("fe80::1")]


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("label too long"), OSError("down")])
def test_a_name_that_is_not_found_is_a_connection_failure(error: Exception) -> None:
    def fail(*_: Any, **__: Any) -> Sequence[Any]:
        raise error

    with pytest.raises(StepError) as caught:
        resolve_host("a.example", 80, 5, look_up=fail)
    assert (caught.value.code, caught.value.kind) == ("connection_failed", "connection")


def test_a_name_without_addresses_is_a_connection_failure() -> None:
    with pytest.raises(StepError) as caught:
        resolve_host("a.example", 80, 5, look_up=lambda *_, **__: [])
    assert caught.value.code == "connection_failed"


def test_a_slow_look_up_is_not_waited_for() -> None:
    goes_on = Event()

    def slow(*_: Any, **__: Any) -> Sequence[Any]:
        goes_on.wait(10)
        return []

    with pytest.raises(StepError) as caught:
        resolve_host("a.example", 80, 0.05, look_up=slow)
    goes_on.set()
    assert (caught.value.code, caught.value.kind) == ("timeout", "timeout")
