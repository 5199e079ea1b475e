"""Stages on one embedded AWS per test."""

import random
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from fakes.faults import faulty
from fault_stage import Stage
from stepweave.adapters.table import TABLE
from stepweave.local.embedded import BUCKET_NAME, TABLE_NAME, EmbeddedAws

MakeStage = Callable[..., Stage]


@pytest.fixture
def on_stage() -> MakeStage:
    """`on_stage(definition, seed, play)`: what `play(stage)` does, on AWS as it is new; gives the stage."""

    def make(definition: Any, seed: int, play: Callable[[Stage], None]) -> Stage:
        with ExitStack() as stack:
            aws = EmbeddedAws(table=TABLE_NAME, table_shape=TABLE, bucket=BUCKET_NAME, functions={})
            stack.callback(aws.close)
            stage = Stage(definition, random.Random(seed))  # noqa: S311 - schedules are drawn, no secrets
            stack.enter_context(faulty(stage.faults))
            stage.wire()
            stage.faults.calls.clear()
            play(stage)
        return stage

    return make
