"""Whole runs under random schedules: faults at any call, events late, twice or never, functions that die."""

import os

import pytest

from definitions import definition, loop, wait
from fakes.faults import KINDS
from fault_stage import Stage, effect, some_faults

SHARES = 4
DRAWN = tuple(kind for kind in KINDS if kind != "reconcile meanwhile")
"""Time passes before reconcile comes; several times within one request would be longer than a request can last."""
IN_ALL = "2000" if os.environ.get("HYPOTHESIS_PROFILE") == "explore" else "20"
SCHEDULES = int(os.environ.get("FAULT_SCHEDULES", IN_ALL))
FIRST = int(os.environ.get("FAULT_FIRST", "0"))
EACH = {"language": "shell", "source": "x", "input": "{{ run.id & ' each ' & $string(index) }}"}
RETRY = {"retry": {"max_attempts": 12, "on": ["any"], "initial_interval": 1}}
"""Attempts that are cut off are used up; with so many of them a step comes through the worst of schedules."""

DEFINITIONS = {
    "chain": definition(effect("a"), effect("b", "a"), effect("c", "b")),
    "fork and join with an N": definition(effect("a"), effect("b"), effect("c", "a"), effect("d", "ab")),
    "loop": definition(loop("each", [], [effect("in") | {"config": EACH}], items="[1..3]"), effect("z", ["each"])),
    "retry": definition(effect("a"), effect("b", "a")),
    "wait": definition(effect("a"), wait("rest", ["a"], config={"seconds": 600}), effect("b", ["rest"])),
    "signal": definition(
        wait("ask", config={"signal": "go"}), wait("ask2", config={"signal": "go"}), effect("b", ["ask"])
    ),
    "a queue of the deployment": definition(effect("a"), effect("b", "a")),
    "a queue": definition(effect("a"), effect("b", "a"), config={"concurrency": {"limit": 1}}),
}


def patient(source):
    return source | {"steps": [step if step["type"] == "loop" else step | RETRY for step in source["steps"]]}


def play(stage: Stage) -> None:
    chosen = stage.chosen
    stage.faults.next_fault = some_faults(chosen, chosen.choice([0.01, 0.03, 0.1]), DRAWN)
    for number in range(chosen.randint(1, 3)):
        delay = chosen.choice([None, None, None, 90.0])
        for _ in range(chosen.choice([1, 1, 2])):
            stage.start(f"key {number}", delay=delay)
    for _ in range(chosen.randint(0, 6)):
        stage.go_on(events=chosen.random() < 0.7, moves=chosen.randint(1, 12))
        distort_events(stage)
        act(stage)
        if chosen.random() < 0.2:
            stage.clock.sleep(chosen.choice([1, 30, 120, 1_000]))
        if chosen.random() < 0.2:
            stage.reconcile()


def distort_events(stage: Stage) -> None:
    """Some come twice, some never; in which order, and when, `go_on` draws."""
    chosen = stage.chosen
    if stage.events and chosen.random() < 0.3:
        stage.events.append(chosen.choice(stage.events))
    if stage.events and chosen.random() < 0.3:
        stage.events.pop(chosen.randrange(len(stage.events)))


def act(stage: Stage) -> None:
    """A client wants something of a run, or nothing."""
    chosen = stage.chosen
    if not stage.accepted:
        return
    run_id = chosen.choice(stage.accepted)
    match chosen.choice(["pause", "resume", "signal", "cancel", "", "", "", ""]):
        case "pause":
            stage.pause(run_id)
        case "resume":
            stage.resume(run_id)
        case "signal":
            stage.signal(run_id, "key")
        case "cancel" if chosen.random() < 0.3:
            stage.cancel(run_id)


@pytest.mark.parametrize("share", range(SHARES))
def test_no_schedule_loses_doubles_or_strands_anything(on_stage, share):
    broken, calls, faults = [], 0, 0
    for seed in range(FIRST + share, FIRST + SCHEDULES, SHARES):
        name = sorted(DEFINITIONS)[seed % len(DEFINITIONS)]

        def whole(stage: Stage, name=name) -> None:
            if name == "retry":
                stage.body.fails.update({"a": stage.chosen.randint(0, 2), "b": stage.chosen.randint(0, 2)})
            play(stage)
            stage.come_to_rest(signals=name == "signal")
            stage.check(limit=1 if name.startswith("a queue") else 10, ends=frozenset({"completed", "cancelled"}))

        try:
            stage = on_stage(patient(DEFINITIONS[name]), seed, whole, in_all=int(name.endswith("deployment")))
            calls, faults = calls + len(stage.faults.calls), faults + len(stage.faults.made)
        except AssertionError as error:
            broken.append(f"seed {seed} ({name}): {error}")
    print(f"{SCHEDULES // SHARES} schedules, {calls} calls, {faults} faults, {len(broken)} broken")
    assert not broken, f"{len(broken)} of {SCHEDULES // SHARES} are broken:\n" + "\n".join(broken)
