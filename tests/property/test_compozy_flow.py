"""Random documents of Compozy's, translated and rehearsed, against a walk through them."""

import os
import random
from datetime import UTC, datetime
from itertools import count
from typing import Any

from hypothesis import given, settings

from compozy_walk import Json, Walk
from random_definitions import RANDOMS, all_steps
from random_documents import documents, fate
from stepweave.compiler.compile import compile_definition
from stepweave.compozy.definition import translate
from stepweave.services.ports import Done, StepContext
from stepweave.services.rehearsal import Rehearsal, RehearsalPorts, rehearse_definition
from stepweave.services.rehearsal_mocks import Mock, MockError
from stepweave.steps.condition import condition
from stepweave.steps.wait import wait

EXAMPLES = 60 if os.environ.get("HYPOTHESIS_PROFILE", "steady") == "steady" else 2_000
BROKEN = MockError("broken", "It is broken.", "permanent")
LATE = MockError("timeout", "Nobody sent it.", "permanent")


def echo(context: StepContext) -> Done:
    """What an aggregate's script does."""
    return Done({"exit_code": 0, "stdout": "", "stderr": "", "result": context.config["input"]})


def rehearsed(definition: Any, fate: Walk) -> Any:
    numbers = count(1)
    ports = RehearsalPorts(
        bodies={"condition": condition(), "wait": wait(), "script": echo},
        new_id=lambda kind: f"{kind}_{next(numbers)}",
        clock=lambda: datetime(2026, 11, 2, 8, 30, tzinfo=UTC),
        seconds=lambda: 0.0,
    )
    items = {name: list(range(most)) for name, most in fate.counts.items()}
    given_input = {"n": 1, "picks": dict(fate.picks), "items": items}
    waits = {step["id"] for step in all_steps(definition["steps"]) if step["type"] == "wait"}
    mocks = {key: Mock(error=LATE if key.split("@")[0] in waits else BROKEN) for key in sorted(fate.fails)}
    return rehearse_definition(definition, Rehearsal(given_input, mocks), ports)["run"]


@settings(max_examples=EXAMPLES)
@given(documents(), RANDOMS)
def test_a_translated_workflow_goes_the_way_of_the_document(document: Json, chosen: random.Random) -> None:
    definition = translate(document).definition
    assert compile_definition(definition).problems == ()
    walk = fate(document, chosen).go(document)
    run = rehearsed(definition, walk)
    assert run["status"] == ("completed" if walk.ended_well else "failed")
    rows = {
        f"{row['step_id']}@{row['iteration']}" if "iteration" in row else row["step_id"]: row
        for row in run["step_runs"]
    }
    for key, row in rows.items():
        if key in walk.done:
            assert row["status"] == ("completed" if walk.done[key] else "failed"), key
    worked = {key for key, row in rows.items() if row["status"] in ("completed", "failed")}
    tasks = {each.split("@")[0] for each in walk.done} | {key.split("@")[0] for key in walk.fails}
    assert {key for key in worked if key.split("@")[0] in tasks} == set(walk.done)
    starts = [rows[name]["started_at"] for name in walk.walked if name in rows and rows[name]["started_at"]]
    assert starts == sorted(starts)


@settings(max_examples=20)
@given(documents())
def test_the_same_document_gives_the_same_definition(document: Json) -> None:
    assert translate(document) == translate(document)
