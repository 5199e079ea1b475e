"""Whole runs under random schedules: faults at any call, events late, twice or never, functions that die."""

import os

import pytest

from definitions import definition, loop, wait
from fakes.faults import KINDS
from fault_stage import Stage, effect, some_faults

IN_ALL = "2000" if os.environ.get("HYPOTHESIS_PROFILE") == "explore" else "8"
SCHEDULES = int(os.environ.get("FAULT_SCHEDULES", IN_ALL))
EACH = {"language": "shell", "source": "x", "input": "{{ run.id & ' each ' & $string(index) }}"}
FLAKY = {"retry": {"max_attempts": 10, "on": ["any"], "initial_interval": 1}}
"""Attempts that are cut off are used up; with ten of them a step comes through the worst of schedules."""

DEFINITIONS = {
    "chain": definition(effect("a"), effect("b", "a"), effect("c", "b")),
    "fork and join with an N": definition(effect("a"), effect("b"), effect("c", "a"), effect("d", "ab")),
    "loop": definition(loop("each", [], [effect("in") | {"config": EACH}], items="[1..3]"), effect("z", ["each"])),
    "wait": definition(effect("a"), wait("rest", ["a"], config={"seconds": 600}), effect("b", ["rest"])),
    "signal": definition(
        wait("ask", config={"signal": "go"}), wait("ask2", config={"signal": "go"}), effect("b", ["ask"])
    ),
    "a queue": definition(effect("a"), effect("b", "a"), config={"concurrency": {"limit": 1}}),
}


def patient(source):
    return source | {"steps": [step if step["type"] == "loop" else step | FLAKY for step in source["steps"]]}


def play(stage: Stage) -> None:
    chosen = stage.chosen
    stage.faults.next_fault = some_faults(chosen, chosen.choice([0.01, 0.03, 0.1]), KINDS)
    for number in range(chosen.randint(1, 3)):
        stage.start(f"key {number}")
        if chosen.random() < 0.3:
            stage.start(f"key {number}")
    for _ in range(chosen.randint(0, 6)):
        stage.go_on(events=chosen.random() < 0.7, moves=chosen.randint(1, 12))
        if stage.events and chosen.random() < 0.3:
            stage.events.append(chosen.choice(stage.events))
        if stage.events and chosen.random() < 0.3:
            stage.events.pop(chosen.randrange(len(stage.events)))
        if stage.accepted:
            run_id = chosen.choice(stage.accepted)
            action = chosen.choice([stage.pause, stage.resume, lambda run_id: stage.signal(run_id, "key"), None, None])
            if action:
                action(run_id)
        if chosen.random() < 0.2:
            stage.reconcile()


@pytest.mark.parametrize("share", range(4))
def test_no_schedule_loses_doubles_or_strands_anything(on_stage, share):
    for seed in range(share, SCHEDULES, 4):
        name = sorted(DEFINITIONS)[seed % len(DEFINITIONS)]

        def whole(stage: Stage, name=name) -> None:
            play(stage)
            stage.come_to_rest(signals=name == "signal")
            stage.check(limit=1 if name == "a queue" else 10, ends=frozenset({"completed"}))

        try:
            on_stage(patient(DEFINITIONS[name]), seed, whole)
        except AssertionError as error:
            raise AssertionError(f"seed {seed} ({name}): {error}") from error
