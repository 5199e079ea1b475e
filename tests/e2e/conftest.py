"""Servers that are ended after each test."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from served import Served, is_deployed, serve


@pytest.fixture
def start_server() -> Iterator[Callable[..., Served]]:
    """Starts servers; those that still run afterwards are ended."""
    made: list[Served] = []

    def start(home: Path, **variables: str) -> Served:
        made.append(serve(home, **variables))
        return made[-1]

    yield start
    for served in made:
        if served.process is None or served.process.poll() is None:
            served.end(signal.SIGKILL)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a deployed stack, leaves out what needs a server of its own."""
    if not is_deployed():
        return
    left_out = [item for item in items if item.get_closest_marker("embedded")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
