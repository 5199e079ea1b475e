"""Servers that are ended after each test."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from served import Served, serve


@pytest.fixture
def start_server() -> Iterator[Callable[..., Served]]:
    """Starts servers; those that still run afterwards are ended."""
    made: list[Served] = []

    def start(home: Path, **variables: str) -> Served:
        made.append(serve(home, **variables))
        return made[-1]

    yield start
    for served in made:
        if served.process.poll() is None:
            served.end(signal.SIGKILL)
