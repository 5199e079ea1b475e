"""An embedded AWS with every function on it, per test."""

from collections.abc import Iterator

import pytest

from embedded_runs import EmbeddedRuns


@pytest.fixture
def runs() -> Iterator[EmbeddedRuns]:
    made = EmbeddedRuns()
    yield made
    made.close()
