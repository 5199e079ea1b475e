"""Stages on one embedded AWS per module, emptied before each."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.dynamodb.models import dynamodb_backends

from fakes.faults import FaultySession, faulty_session
from fault_stage import Stage
from stepweave.adapters.table import TABLE
from stepweave.local.embedded import ACCOUNT, BUCKET_NAME, REGION, TABLE_NAME, EmbeddedAws

MakeStage = Callable[..., Any]


@pytest.fixture(scope="module")
def session() -> Iterator[FaultySession]:
    aws = EmbeddedAws(table=TABLE_NAME, table_shape=TABLE, bucket=BUCKET_NAME, functions={})
    try:
        with faulty_session() as session:
            yield session
    finally:
        aws.close()


@pytest.fixture
def on_stage(session: FaultySession) -> MakeStage:
    """`on_stage(definition, seed, play)`: what `play(stage)` does, on a table that is empty; gives the stage.

    `made_by`: another kind of stage. `in_all`: how many runs the deployment allows at once, 0 for any number.
    """

    def make(definition: Any, seed: int, play: Callable[[Any], None], in_all: int = 0, made_by: Any = Stage) -> Any:
        dynamodb_backends[ACCOUNT][REGION].get_table(TABLE_NAME).items.clear()
        session.faults = None
        stage = made_by(definition, random.Random(seed))  # noqa: S311 - schedules are drawn, no secrets
        stage.wire(in_all)
        session.faults = stage.faults
        play(stage)
        return stage

    return make
