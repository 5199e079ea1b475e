"""The samples of `events/`, as use cases take them."""

import json
from pathlib import Path
from typing import Any

import pytest

from stepweave.adapters.lambda_events import entry_of
from stepweave.services.visits import AwaitEntry, Entry

EVENTS = Path(__file__).parents[3] / "events" / "run_step"


def sample(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


@pytest.mark.parametrize(
    ("name", "position", "collects"), [("script", "", False), ("in_a_loop", "0.3", False), ("collect", "", True)]
)
def test_a_task_enters_a_step_at_its_position(name: str, position: str, collects: bool) -> None:
    event = sample(name)
    entry = entry_of(event)
    assert isinstance(entry, Entry)
    assert (entry.step, entry.position, entry.collects) == (event["step"], position, collects)
    assert (entry.run_id, entry.plan) == (event["run"]["run_id"], event["run"]["plan"])


def test_an_await_brings_its_name_and_its_token() -> None:
    event = sample("await")
    entry = entry_of(event)
    assert isinstance(entry, AwaitEntry)
    assert (entry.await_id, entry.token, entry.position) == (event["await"], event["token"], "")
