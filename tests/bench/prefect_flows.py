"""Runs in Prefect's own environment: a flow of ten tasks that do nothing, once a line read; prints milliseconds."""

import sys
from time import perf_counter

from prefect import flow, task

STEPS = 10


@task
def nothing(before: int) -> int:
    return before + 1


@flow
def ten() -> int:
    done = 0
    for _ in range(STEPS):
        done = nothing(done)
    return done


if __name__ == "__main__":
    ten()
    print("ready", flush=True)
    for _ in sys.stdin:
        begun = perf_counter()
        assert ten() == STEPS
        print((perf_counter() - begun) * 1000, flush=True)
