"""Schedules of a served stack whose clock is moved past their times."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stepweave.local.client import Client
from stepweave.local.stack import EmbeddedStack

ZONES = ("Asia/Kathmandu", "America/St_Johns", "UTC")
QUICK = {"id": "greet", "type": "script", "config": {"language": "shell", "source": "echo hello"}}
LONG = {"id": "rest", "type": "wait", "config": {"seconds": 600}}


class Served:
    def __init__(self, home: Path) -> None:
        self.now = datetime.now(UTC)
        self.stack = EmbeddedStack(home, clock=lambda: self.now)
        self.stack.start()
        self.client = Client(self.stack.url, self.stack.key())

    def workflow(self, step: dict[str, Any], **schedule: Any) -> str:
        definition = {"name": "Scheduled", "steps": [step]} | ({"schedule": schedule} if schedule else {})
        return str(self.client.post("/api/workflows", {"definition": definition})["id"])

    def schedule(self, workflow_id: str, **body: Any) -> str:
        return str(self.client.post(f"/api/workflows/{workflow_id}/schedules", body)["schedule_id"])

    def move(self, minutes: int) -> None:
        """As time goes by: minute after minute."""
        self.now += timedelta(minutes=minutes)
        self.stack.fire_rules()

    def runs(self, workflow_id: str) -> list[dict[str, Any]]:
        return list(self.client.get(f"/api/workflows/{workflow_id}/runs")["runs"])

    def completed(self, workflow_id: str) -> dict[str, Any]:
        """Its one run, once it has ended."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            (run,) = self.runs(workflow_id)
            if run["completed_at"]:
                return run
            time.sleep(0.02)
        raise AssertionError(f"the run does not end: {run}")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("home"))
    yield made
    made.stack.close()


def cron_of(moment: datetime) -> str:
    return f"{moment.minute} {moment.hour} * * *"


@pytest.mark.parametrize("zone", ZONES)
def test_a_schedule_starts_its_run_when_the_clock_passes_its_local_time(served: Served, zone: str) -> None:
    due = (served.now + timedelta(minutes=50)).astimezone(ZoneInfo(zone))
    workflow = served.workflow(QUICK)
    made = served.schedule(workflow, cron_expression=cron_of(due), timezone=zone, input_data={"n": 1})
    next_run_at = served.client.get(f"/api/workflows/schedules/{made}")["next_run_at"]
    served.move(49)
    assert served.runs(workflow) == []
    served.move(1)
    served.move(30)
    run = served.completed(workflow)
    assert (run["status"], run["trigger"], run["input_data"]) == ("completed", "schedule", {"n": 1})
    assert run["labels"] == {"schedule_id": made, "scheduled_at": next_run_at}
    shown = served.client.get(f"/api/workflows/schedules/{made}")
    told = (shown["last_run_id"], shown["last_fired_at"], shown["last_status"])
    assert told == (run["id"], next_run_at, "completed")


def test_what_is_switched_off_or_over_fires_nothing(served: Served) -> None:
    due = (served.now + timedelta(minutes=10)).replace(second=0, microsecond=0)
    disabled, over, archived = (served.workflow(QUICK) for _ in range(3))
    served.schedule(disabled, cron_expression=cron_of(due), enabled=False)
    window = {"start_at": (due - timedelta(minutes=2)).isoformat(), "end_at": due.isoformat()}
    served.schedule(over, rate="1m", overlap_policy="allow", **window)
    served.schedule(archived, cron_expression=cron_of(due))
    served.client.send("PATCH", f"/api/workflows/{archived}/status", {"status": "archived"})
    served.move(15)
    assert [served.runs(disabled), served.runs(archived)] == [[], []]
    fired = {datetime.fromisoformat(run["labels"]["scheduled_at"]) for run in served.runs(over)}
    assert fired == {due - timedelta(minutes=2), due - timedelta(minutes=1)}


def test_the_block_of_a_definition_fires_and_skips_while_its_run_is_active(served: Served) -> None:
    workflow = served.workflow(LONG, cron="*/10 * * * *", overlap_policy="skip")
    served.move(25)
    (run,) = served.runs(workflow)
    (schedule,) = served.client.get(f"/api/workflows/{workflow}/schedules")["schedules"]
    assert schedule["last_run_id"] == run["id"]
    assert schedule["last_skipped"]["reason"] == "last_run_active"
    assert schedule["last_skipped"]["at"] > schedule["last_fired_at"]
