"""Waiting for the end of a run: `?wait=SECONDS`.

The store is read, at pauses that double from 50 ms to 2 s: at most 18 reads of one item in 25 seconds. Nothing is held
meanwhile but the request itself: other requests of the same process go on.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from stepweave.api.uses.runs import RunUses, Shown

MAX_SECONDS = 25
"""API Gateway gives up after 30 seconds (HTTP API quotas), and the function behind it after 29."""
_FIRST_PAUSE, _LAST_PAUSE = 0.05, 2.0


class _Query(BaseModel):
    """Unknown parameters are refused, as everywhere."""

    model_config = ConfigDict(extra="forbid")

    wait: float | None = Field(
        default=None,
        gt=0,
        le=MAX_SECONDS,
        allow_inf_nan=False,
        description="Seconds to wait for the end of the run: then the answer is 200 with the run, else 202 as ever.",
    )


async def _wait(query: Annotated[_Query, Query()]) -> float | None:
    return query.wait


Wait = Annotated[float | None, Depends(_wait)]
"""For how many seconds the client waits, as a parameter of a handler; None when it does not."""


async def finished_run(
    run_id: str,
    seconds: float | None,
    runs: RunUses,
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Shown | None:
    """The run, once it has finished; None when it has not within so many seconds, or nobody waits."""
    if seconds is None or not await ends_within(run_id, seconds, runs, sleep=sleep, clock=clock):
        return None
    return await run_in_threadpool(runs.get, run_id, None)


async def ends_within(
    run_id: str,
    seconds: float,
    runs: RunUses,
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Whether a run finishes within so many seconds, as soon as that is known."""
    return await over_within(lambda: runs.is_over(run_id), seconds, sleep=sleep, clock=clock)


async def over_within(
    is_over: Callable[[], bool],
    seconds: float,
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Whether it is over within so many seconds; looked at least once."""
    ends_at, pause = clock() + seconds, _FIRST_PAUSE
    while not await run_in_threadpool(is_over):
        left = ends_at - clock()
        if left <= 0:
            return False
        await sleep(min(pause, left))
        pause = min(pause * 2, _LAST_PAUSE)
    return True
