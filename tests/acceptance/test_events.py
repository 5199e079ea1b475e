"""What comes from outside: ends of executions, fires of schedules, events that triggers wait for, webhooks."""

import hashlib
import hmac
import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import urllib3

from acceptance.deployment import Deployment
from acceptance.emulator import ROOT
from definitions import definition, script

SECRET = "long-enough-to-be-one"


def eventually(look: Callable[[], Any], seconds: float) -> Any:
    """What `look` finds as soon as it finds something."""
    ends_at = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < ends_at
        time.sleep(0.2)
    return found


@pytest.fixture(scope="module", autouse=True)
def every_minute(api: Any) -> str:
    """A workflow that is to run every minute, made first, so that the others' time is not lost for it."""
    workflow = api.create(definition(script("a")))
    body = {"cron_expression": "* * * * *", "timezone": "Europe/Berlin"}
    api.post(f"/api/workflows/{workflow}/schedules", body)
    return str(workflow)


def test_the_end_of_an_execution_is_told_and_settles_its_run(api: Any, deployment: Deployment) -> None:
    run = api.over(api.start(definition(script("a"))))
    assert run["status"] == "completed"
    settled = datetime.fromisoformat(run["step_runs"][0]["completed_at"])
    assert (datetime.fromisoformat(run["completed_at"]) - settled).total_seconds() < 20
    logs = deployment.emulator.client("logs")
    lines = logs.filter_log_events(logGroupName=f"/aws/lambda/{deployment.stack}-track-run")["events"]
    assert any(run["id"] in line["message"] for line in lines), "it was not the function of that event that settled it"


def test_an_event_starts_the_workflow_that_waits_for_it(api: Any, deployment: Deployment) -> None:
    pattern = {"source": ["shop"], "detail-type": ["Order placed"], "detail": {"total": [{"numeric": [">", 10]}]}}
    trigger = {"type": "event", "name": "orders", "pattern": pattern}
    workflow = api.create(definition(script("a"), triggers=[trigger]))
    entries = [
        {"Source": "shop", "DetailType": "Order placed", "Detail": json.dumps({"total": total})} for total in (5, 50)
    ]
    assert deployment.emulator.client("events").put_events(Entries=entries)["FailedEntryCount"] == 0
    [run] = eventually(lambda: api.get(f"/api/workflows/{workflow}/runs")["runs"], 40)
    run = api.over(run["id"])
    assert (run["status"], run["trigger"], run["input_data"]["detail"]) == ("completed", "event", {"total": 50})


def test_a_webhook_is_let_in_by_its_signature_alone(api: Any, deployment: Deployment) -> None:
    set_secret = ["secrets", "set", "hook", "--stack", deployment.stack]
    subprocess.run(
        [sys.executable, "-m", "stepweave.local.cli", *set_secret],
        input=SECRET,
        text=True,
        env=deployment.emulator.environment,
        cwd=ROOT,
        timeout=60,
        check=True,
    )
    verify = {"strategy": "github", "secret": "{{ secrets.hook }}"}
    api.create(definition(script("a"), triggers=[{"type": "webhook", "slug": "acceptance", "verify": verify}]))

    def delivered(secret: str) -> tuple[int, Any]:
        body = b'{"n": 1}'
        signed = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"x-hub-signature-256": f"sha256={signed}", "x-github-delivery": secret}
        url = f"{deployment.url}/hooks/acceptance"
        answer = urllib3.request("POST", url, body=body, headers=headers, timeout=30, retries=False)
        return answer.status, answer.json()

    assert delivered("wrong")[0] == 401
    status, answer = delivered(SECRET)
    assert status == 202, answer
    assert api.over(answer["run_id"])["status"] == "completed"


def test_a_schedule_of_every_minute_fires(api: Any, every_minute: str) -> None:
    runs = eventually(lambda: api.get(f"/api/workflows/{every_minute}/runs")["runs"], 100)
    run = api.over(runs[-1]["id"])
    assert (run["status"], run["trigger"]) == ("completed", "schedule")
