"""Short paths with a fault at each call of AWS in turn: before its effect, after it, twice, a process's last, or with
another process at work in between."""

import os

import pytest

from definitions import definition, loop, wait
from fakes.faults import KINDS
from fault_stage import Stage, effect, one_fault

STEP = 1 if os.environ.get("HYPOTHESIS_PROFILE") == "explore" else 40
"""Every call is tried in `explore`, a share of them otherwise."""

EACH = {"language": "shell", "source": "x", "input": "{{ run.id & ' in ' & $string(index) }}"}
ONE = definition(effect("a"))
ONE_AT_A_TIME = definition(effect("a"), config={"concurrency": {"limit": 1}})
ASKING = definition(wait("ask", config={"signal": "go"}), effect("b", ["ask"]))
WAITING = definition(effect("a"), wait("rest", ["a"], config={"seconds": 1000}), effect("b", ["rest"]))
FLAKY = definition(
    effect("a") | {"retry": {"max_attempts": 5, "on": ["any"], "initial_interval": 1}},
    effect("b", "a") | {"retry": {"max_attempts": 5, "on": ["any"], "initial_interval": 60, "maximum_interval": 60}},
)
JOIN = definition(effect("a"), effect("b"), effect("c", "a"), effect("d", "ab"))
LOOP = definition(loop("each", [], [effect("in") | {"config": EACH}], items="[1..2]"), effect("z", ["each"]))


def start_and_finish(stage: Stage) -> None:
    stage.start("key")
    stage.start("key")
    stage.go_on()


def queue(stage: Stage) -> None:
    stage.start("one")
    stage.start("two")
    stage.go_on()


def events_lost(stage: Stage) -> None:
    stage.start("one")
    stage.start("two")
    for _ in range(3):
        stage.go_on(events=False)
        stage.events.clear()
        stage.clock.sleep(301)
        stage.reconcile()
    stage.go_on()


def cancel(stage: Stage) -> None:
    stage.start("one")
    stage.go_on(moves=3)
    for each in stage.accepted:
        stage.cancel(each)
    stage.go_on()


def pause_and_resume(stage: Stage) -> None:
    stage.start("one")
    stage.go_on()
    for each in stage.accepted:
        stage.pause(each)
        stage.go_on()
        stage.resume(each)
    stage.go_on()


def signal(stage: Stage) -> None:
    stage.start("one")
    stage.go_on(moves=4)
    for each in stage.accepted:
        stage.signal(each, "key")
        stage.signal(each, "key")
    stage.go_on()


def delayed(stage: Stage) -> None:
    stage.start("one", delay=300)
    stage.go_on()


def fail_and_try_again(stage: Stage) -> None:
    stage.body.fails.update({"a": 1, "b": 1})
    start_and_finish(stage)


PATHS = {
    "start and finish": (ONE, start_and_finish, 10, {"completed"}),
    "queue": (ONE_AT_A_TIME, queue, 1, {"completed"}),
    "queue of the deployment": (ONE, queue, 1, {"completed"}),
    "events lost": (ONE_AT_A_TIME, events_lost, 1, {"completed"}),
    "cancel": (WAITING, cancel, 10, {"completed", "cancelled"}),
    "pause and resume": (WAITING, pause_and_resume, 10, {"completed"}),
    "signal": (ASKING, signal, 10, {"completed"}),
    "delayed start": (ONE, delayed, 10, {"completed"}),
    "retry": (FLAKY, fail_and_try_again, 10, {"completed"}),
    "join with latches": (JOIN, start_and_finish, 10, {"completed"}),
    "loop": (LOOP, start_and_finish, 10, {"completed"}),
}


CALLS: dict[str, int] = {}
"""Of each path without a fault, counted once."""
FIRST = 20


def first(path: str, kind: str) -> int:
    """Where a share begins: elsewhere for each path and kind."""
    return (3 * list(PATHS).index(path) + 5 * KINDS.index(kind)) % min(FIRST, STEP)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", PATHS)
def test_a_fault_at_any_call_leaves_nothing_lost_doubled_or_stuck(on_stage, path, kind):
    source, play, limit, ends = PATHS[path]
    in_all = 1 if path == "queue of the deployment" else 0
    if path not in CALLS:
        CALLS[path] = len(on_stage(source, 1, play, in_all=in_all).faults.calls)
    calls, broken = CALLS[path], []
    assert calls > FIRST
    for number in range(first(path, kind), calls, STEP):

        def faulted(stage: Stage, number=number) -> None:
            stage.faults.next_fault = one_fault(number, kind)
            play(stage)
            assert stage.faults.made, "the call was not made"
            stage.come_to_rest(signals=path == "signal")
            stage.check(limit=limit, ends=frozenset(ends))

        try:
            on_stage(source, 1, faulted, in_all=in_all)
        except AssertionError as error:
            broken.append(f"{kind} {number}: {error}")
    print(f"{path}: {calls} calls")
    assert not broken, "\n".join(broken)
