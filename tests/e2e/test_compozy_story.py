"""A client of Compozy's from its first workflow to its last execution, against a server of its own; what it makes is
read on the two other surfaces."""

import json
import time

import pytest
import urllib3

from served import Served

DOCUMENT = """\
id: greeting
version: "1.0.0"
description: Greets and waits for an answer
config:
  input: {type: object, required: [name], properties: {name: {type: string}}}
tasks:
  - id: look
    type: router
    condition: "workflow.input.name == 'Ada' ? 'known' : 'new'"
    routes: {known: ask, new: done}
  - {id: ask, type: wait, wait_for: answered, timeout: 5m, on_success: {next: done}}
  - {id: done, type: aggregate, outputs: {hello: "Hello {{ .workflow.input.name }}"}}
outputs: {said: "{{ .tasks.done.output.hello }}"}
triggers:
  - {type: signal, name: visitor.came}
  - type: webhook
    webhook:
      slug: visits
      events:
        - {name: visited, filter: "payload.kind == 'visit'", input: {name: "{{ .payload.who }}"}}
        - name: called
          filter: "payload.kind == 'call' && headers['x-line'] == 'a'"
          input: {name: "{{ .payload.caller }}"}
          schema: {type: object, properties: {name: {type: string, minLength: 2}}}
schedule: {cron: "0 0 9 * * *", input: {name: Cron}}
"""


class Client:
    """Sends as a client of Compozy's does, with a base path and a key."""

    def __init__(self, served: Served) -> None:
        self.url, self.http = served.url, urllib3.PoolManager()
        self.headers = {"Authorization": f"Bearer {served.key}"}

    def __call__(self, method: str, path: str, body=None, **headers: str):
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.request(method, f"{self.url}{path}", body=data, headers=sent, timeout=40, retries=False)

    def data(self, method: str, path: str, body=None, **headers: str):
        answer = self(method, path, body, **headers)
        assert answer.status < 300, (path, answer.data)
        assert answer.json()["status"] == answer.status
        return answer.json().get("data")

    def until(self, exec_id: str, status: str):
        for _ in range(200):
            found = self.data("GET", f"/api/v0/executions/workflows/{exec_id}")
            if found["status"] == status:
                return found
            time.sleep(0.05)
        raise AssertionError((status, found))


@pytest.fixture
def client(start_server, tmp_path):
    return Client(start_server(tmp_path))


def test_the_story_of_a_client(client):
    made = client("PUT", "/api/v0/workflows/greeting", DOCUMENT.encode(), Content_Type="application/yaml")
    assert (made.status, made.headers["Location"]) == (201, "/api/v0/workflows/greeting"), made.data
    etag = made.headers["ETag"].strip('"')
    (row,) = client.data("GET", "/api/v0/workflows?q=greet")["workflows"]
    assert (row["etag"], row["task_ids"]) == (etag, ["look", "ask", "done"])

    refused = client("POST", "/api/v0/workflows/greeting/executions", {"input": {}})
    assert (refused.status, refused.json()["error"]["code"]) == (400, "BAD_REQUEST")
    started = client.data(
        "POST",
        "/api/v0/workflows/greeting/executions",
        {"input": {"name": "Ada"}},
        X_Correlation_ID="story-1",
        X_Idempotency_Key="once",
    )
    exec_id = started["exec_id"]
    again = client("POST", "/api/v0/workflows/greeting/executions", {"input": {"name": "Ada"}}, Idempotency_Key="once")
    assert (again.json()["data"], again.headers["Idempotent-Replayed"]) == (started, "true")

    waiting = client.until(exec_id, "WAITING")
    assert waiting["tasks"]["ask"]["status"] == "WAITING"
    assert waiting["created_at"] == started["created_at"]
    assert client("GET", started["exec_url"]).headers["X-Correlation-ID"] == "story-1"
    assert client("GET", f"{started['exec_url']}/outputs").status == 409
    kept = client("DELETE", "/api/v0/workflows/greeting").json()
    assert kept["references"] == [{"resource": "executions", "ids": [exec_id]}]

    native = client("GET", f"/api/workflows/runs/{exec_id}").json()["run"]
    assert (native["status"], native["correlation_id"]) == ("waiting", "story-1")
    other = client("GET", f"/workflows/greeting/executions/{exec_id}").json()
    assert (other["status"], other["workflow_id"]) == ("running", "greeting")

    client.data("POST", f"{started['exec_url']}/pause")
    client.until(exec_id, "PAUSED")
    client.data("POST", f"{started['exec_url']}/resume")
    client.until(exec_id, "WAITING")
    client.data("POST", f"{started['exec_url']}/signals", {"signal_name": "answered", "payload": {"by": "Bo"}})
    client.until(exec_id, "SUCCESS")
    outputs = client.data("GET", f"{started['exec_url']}/outputs")
    assert (outputs["status"], outputs["output"]) == ("SUCCESS", {"said": "Hello Ada"})

    stream = client("GET", f"{started['exec_url']}/stream?events=workflow_start,workflow_status,complete")
    told = [line.removeprefix("event: ") for line in stream.data.decode().splitlines() if line.startswith("event: ")]
    assert (told[0], told[-1]) == ("workflow_start", "complete")
    last = [line for line in stream.data.decode().splitlines() if line.startswith("id: ")][-1].removeprefix("id: ")
    assert client("GET", f"{started['exec_url']}/stream", Last_Event_ID=last).status == 204

    sync = client.data("POST", "/api/v0/workflows/greeting/executions/sync", {"input": {"name": "Bo"}, "timeout": 20})
    assert (sync["workflow"]["status"], sync["output"]) == ("SUCCESS", {"said": "Hello Bo"})
    late = client("POST", "/api/v0/workflows/greeting/executions/sync", {"input": {"name": "Ada"}, "timeout": 1})
    assert (late.status, late.json()["error"]["code"]) == (408, "REQUEST_TIMEOUT")
    pending = late.json()["data"]["exec_id"]
    client.data("POST", f"/api/v0/executions/workflows/{pending}/cancel")
    client.until(pending, "CANCELED")
    assert client("POST", f"/api/v0/executions/workflows/{pending}/cancel").status == 409


@pytest.mark.embedded  # it counts the executions of everybody
def test_runs_that_others_start_are_executions_and_schedules_are_overridden(client):
    client.data("PUT", "/api/v0/workflows/greeting", DOCUMENT.encode(), Content_Type="application/yaml")
    event = client.data("POST", "/api/v0/events", {"name": "visitor.came", "payload": {"name": "Eve"}})
    assert event["message"] == "event received"
    hook = client("POST", "/api/v0/hooks/visits", {"kind": "visit", "who": "Hal"})
    assert (hook.status, hook.json()["data"]) == (202, {"status": "accepted", "event": "visited"})
    assert client("POST", "/api/v0/hooks/visits", {"kind": "other"}).json()["data"]["status"] == "no_matching_event"
    called = client("POST", "/api/v0/hooks/visits", {"kind": "call", "caller": "Cy"}, X_Line="a")
    assert (called.status, called.json()["data"]) == (202, {"status": "accepted", "event": "called"})
    [of_call] = client("GET", "/api/workflows/runs?label=event:called").json()["runs"]
    assert called.headers["Location"].endswith(of_call["id"])
    assert client("POST", "/api/v0/hooks/visits", {"kind": "call", "caller": "x"}, X_Line="a").status == 422
    client("POST", "/api/workflows/greeting/run", {"input_data": {"name": "Nat"}})
    client("POST", "/workflows/greeting/execute", {"inputs": {"name": "Syn"}})
    rows = client.data("GET", "/api/v0/workflows/greeting/executions")["executions"]
    assert sorted(row["input"]["name"] for row in rows) == ["Cy", "Eve", "Hal", "Nat", "Syn"]
    for row in rows:
        assert client.until(row["exec_id"], "SUCCESS")["output"] == {"said": f"Hello {row['input']['name']}"}
    assert len(client.data("GET", "/api/v0/executions/workflows?status=SUCCESS&limit=3")["executions"]) == 3

    changed = client.data("PATCH", "/api/v0/schedules/greeting", {"enabled": False})
    assert (changed["enabled"], changed["is_override"], changed["yaml_config"]["cron"]) == (False, True, "0 0 9 * * *")
    (listed,) = client.data("GET", "/api/v0/schedules")["schedules"]
    assert listed == changed
    assert client("DELETE", "/api/v0/schedules/greeting").status == 204
    assert client("GET", "/api/v0/schedules/greeting").status == 404
    assert client("DELETE", "/api/v0/workflows/greeting").status == 204
    assert client("GET", "/api/v0/workflows/greeting").status == 404
