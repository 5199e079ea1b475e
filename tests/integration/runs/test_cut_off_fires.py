"""Fires of a laptop's stack that a kill cut off: there nobody delivers them again."""

import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stepweave.adapters.schedule_store import ScheduleStore
from stepweave.adapters.table import Table
from stepweave.bootstrap.clients import new_ids
from stepweave.domain.schedule import Fire
from stepweave.local import embedded
from stepweave.local.client import Client
from stepweave.local.stack import EmbeddedStack
from stepweave.services.moments import text_of
from stepweave.services.schedule_records import write

STEP = {"id": "greet", "type": "script", "config": {"language": "shell", "source": "echo hello"}}


def begin_fire(schedule_id: str) -> str:
    """What stands when a process dies between the two writes of a fire. -> the id that its run is to have"""
    now = datetime.now(UTC)
    schedules = ScheduleStore(Table(embedded.client("dynamodb"), embedded.TABLE_NAME))
    found = schedules.get(schedule_id)
    assert found is not None
    begun = Fire(text_of(now), new_ids()("run"))
    assert write(replace(found, last=begun), schedules, now)
    return begun.run_id


def ended(client: Client, run_id: str) -> dict[str, Any]:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        run: dict[str, Any] = client.get(f"/api/workflows/runs/{run_id}")["run"]
        if run["completed_at"]:
            return run
        time.sleep(0.02)
    raise AssertionError("the run does not end")


def test_a_fire_that_was_cut_off_before_its_run_was_made_is_made_at_the_next_start(tmp_path: Path) -> None:
    with closing(EmbeddedStack(tmp_path)) as stack:
        stack.start()
        client = Client(stack.url, stack.key())
        workflow = client.post("/api/workflows", {"definition": {"name": "Yearly", "steps": [STEP]}})["id"]
        made = client.post(f"/api/workflows/{workflow}/schedules", {"cron_expression": "0 0 1 1 *"})["schedule_id"]
        run_id = begin_fire(made)
    with closing(EmbeddedStack(tmp_path)) as stack:
        stack.start()
        run = ended(Client(stack.url, stack.key()), run_id)
    assert (run["status"], run["labels"]["schedule_id"]) == ("completed", made)
