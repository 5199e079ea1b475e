"""Event triggers from the API to the run, on the embedded AWS: the rule, what it makes of an event, the function."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from stepweave.adapters.table import TABLE
from stepweave.bootstrap.api import api_handler
from stepweave.bootstrap.fire_schedule import fire_schedule_handler
from stepweave.local import keys
from stepweave.local.current import Function
from stepweave.local.embedded import BUCKET_NAME, REGION, TABLE_NAME, EmbeddedAws, client
from stepweave.local.rules import Rules
from stepweave.local.stack import settings_of

SAMPLE = json.loads((Path(__file__).parents[3] / "events" / "fire_schedule" / "event.json").read_text())
TRIGGER = {"type": "event", "pattern": {"source": ["shop"]}, "input": {"order": "{{ event.detail.order_id }}"}}
STEP = {"id": "a", "type": "script", "config": {"language": "shell", "source": "true"}}


class Service:
    """The API with a key, and the bus with the function that its rules call."""

    def __init__(self, role: Any = "admin") -> None:
        settings = settings_of("")
        self.api = api_handler(settings)
        _, self.key = keys.new_key(keys.key_store(client("dynamodb"), TABLE_NAME), "test", role)
        fire = fire_schedule_handler(settings)
        self.bus = Rules(REGION, {settings.fire_schedule_arn: lambda event: fire(event, None)})

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"host": "test", "authorization": f"Bearer {self.key}"},
            "requestContext": {"http": {"method": method, "path": path, "sourceIp": "127.0.0.1"}, "stage": "$default"},
            "body": json.dumps(body) if body is not None else None,
            "isBase64Encoded": False,
        }
        answer = self.api(event, None)
        return answer["statusCode"], json.loads(answer["body"]) if answer.get("body") else None

    def runs(self) -> list[Any]:
        return list(self("GET", "/api/workflows/runs")[1]["runs"])


@pytest.fixture
def aws() -> Iterator[None]:
    functions = {"stepweave-local-run-step": Function(lambda *_: None)}
    opened = EmbeddedAws(table=TABLE_NAME, table_shape=TABLE, bucket=BUCKET_NAME, functions=functions)
    boto3.setup_default_session(region_name=REGION)
    # Mangum takes the loop of its thread, which Lambda's runtime has.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        asyncio.set_event_loop(None)
        loop.close()
        opened.close()


def definition(*triggers: Any) -> dict[str, Any]:
    return {"definition": {"name": "Shop", "steps": [STEP], "triggers": list(triggers)}}


@pytest.mark.usefixtures("aws")
def test_an_event_starts_a_run_once_until_its_trigger_goes() -> None:
    service = Service()
    workflow = service("POST", "/api/workflows", definition(TRIGGER))[1]["id"]
    assert [service.bus.publish(SAMPLE["event"]) for _ in range(2)] == [1, 1]
    [run] = service.runs()
    assert (run["trigger"], run["input_data"], run["workflow_id"]) == ("event", {"order": 4711}, workflow)
    assert run["labels"] == {"event_id": SAMPLE["event"]["id"], "event_source": "shop"}
    assert service("PUT", f"/api/workflows/{workflow}", definition())[0] == 200
    assert service.bus.publish(SAMPLE["event"] | {"id": "another"}) == 0
    assert client("events").list_rules()["Rules"] == []


@pytest.mark.usefixtures("aws")
def test_events_take_admin() -> None:
    service = Service("write")
    status, problem = service("POST", "/api/workflows", definition(TRIGGER))
    assert (status, problem["code"]) == (403, "event_source_not_allowed")
    assert "EVENT_SOURCES" in problem["detail"]


@pytest.mark.usefixtures("aws")
def test_the_sample_event_is_what_a_rule_delivers() -> None:
    service, came = Service(), []
    workflow = service("POST", "/api/workflows", definition(TRIGGER))[1]["id"]
    [target] = client("events").list_targets_by_rule(Rule=f"stepweave-local-trig_{workflow[3:]}-0")["Targets"]
    Rules(REGION, {target["Arn"]: came.append}).publish(SAMPLE["event"])
    assert came == [SAMPLE | {"workflow_id": workflow}]
