"""Schedules and triggers of a server, over HTTP and by the command line, and after it was killed."""

import hashlib
import hmac
import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from served import COMMAND, Served, environment, serve, stepweave

TRIGGERS = [
    {"type": "signal", "name": "paid"},
    {"type": "webhook", "slug": "Orders", "verify": {"strategy": "github", "secret": "{{ secrets.hook }}"}},
]
DEFINITION = {
    "name": "Scheduled",
    "steps": [{"id": "greet", "type": "script", "config": {"language": "shell", "source": "echo hello"}}],
    "triggers": TRIGGERS,
}
SECRET = "long-enough-to-be-one"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    server = serve(tmp_path)
    yield server
    server.end()


def told(home: Path, *arguments: str) -> str:
    """What a command that succeeds prints."""
    ended = stepweave(*arguments, home=home)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def delivered(url: str, body: bytes, delivery: str, secret: str = SECRET) -> tuple[int, Any]:
    signed = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-hub-signature-256": f"sha256={signed}", "x-github-delivery": delivery}
    answer = urllib3.request("POST", f"{url}/hooks/orders", body=body, headers=headers, timeout=20)
    return answer.status, answer.json()


def test_a_schedule_from_its_making_to_its_end(served: Served) -> None:
    home = served.home
    workflow = served.client.post("/api/workflows", {"definition": DEFINITION, "slug": "daily"})["id"]
    made = told(home, "schedules", "create", "daily", "--cron", "30 2 * * *", "--timezone", "Europe/Berlin").strip()
    (row,) = json.loads(told(home, "schedules", "list", workflow, "--json"))
    assert (row["id"], row["cron_expression"], row["enabled"]) == (made, "30 2 * * *", True)
    times = told(home, "schedules", "next", made, "--count", "2").split()
    assert [time[10:16] for time in times] == ["T02:30", "T02:30"]
    assert told(home, "schedules", "fire", made).startswith("run_")
    told(home, "schedules", "disable", made)
    assert json.loads(told(home, "schedules", "get", made, "--json"))["enabled"] is False
    stretch = ("--from", "2026-01-01T00:00:00Z", "--to", "2026-01-03T00:00:00Z")
    assert len(told(home, "schedules", "backfill", made, *stretch).split()) == 2
    told(home, "schedules", "delete", made)
    gone = stepweave("schedules", "get", made, home=home)
    assert (gone.returncode, gone.stdout) == (1, "")


@pytest.mark.embedded
def test_triggers_outlive_a_server_that_is_killed(tmp_path: Path) -> None:
    command = [*COMMAND, "secrets", "set", "hook", "--home", str(tmp_path)]
    subprocess.run(command, input=SECRET, text=True, env=environment(), timeout=60, check=True, capture_output=True)
    server = serve(tmp_path)
    server.client.post("/api/workflows", {"definition": DEFINITION})
    assert delivered(server.url, b'{"n": 1}', "a")[0] == 202
    server.end(signal.SIGKILL)
    again = serve(tmp_path)
    try:
        status, problem = delivered(again.url, b'{"n": 1}', "a")
        assert (status, problem["code"]) == (409, "duplicate_delivery")
        assert delivered(again.url, b'{"n": 2}', "b", secret="wrong")[0] == 401
        assert delivered(again.url, b'{"n": 2}', "b")[0] == 202
        again.client.post("/api/v0/events", {"name": "paid", "payload": {"n": 3}})
        runs = again.client.get("/api/workflows/runs")["runs"]
        assert sorted(run["trigger"] for run in runs) == ["signal", "webhook", "webhook"]
    finally:
        again.end()
