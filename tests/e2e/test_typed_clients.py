"""Clients that are generated from the documents of the compatible surfaces drive the whole story of each, and read and
cancel on one what was started on another."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import yaml

from model_server import ModelServer, model_server, said
from served import Served, serve
from typed_client import TypedClient

# They list and export all that there is: not on a stack that other tests work on.
pytestmark = pytest.mark.embedded

GREETING = """\
id: greeting
version: "1.0.0"
config:
  input: {type: object, required: [name], properties: {name: {type: string}, task: {type: string}}}
tasks:
  - {id: fetch, tool: weather, with: {city: "{{ .workflow.input.name }}"}, on_success: {next: look}}
  - id: look
    type: router
    condition: "workflow.input.name == 'Ada' ? 'known' : 'new'"
    routes: {known: ask, new: greet}
  - {id: ask, type: wait, wait_for: answered, timeout: 5m, on_success: {next: greet}}
  - {id: greet, agent: host, action: greet, with: {city: "{{ .workflow.input.name }}"}}
outputs: {said: "{{ .tasks.greet.output }}"}
schedule: {cron: "0 9 * * *", enabled: false, input: {name: Cron}}
triggers:
  - {type: signal, name: visitor.came}
  - type: webhook
    webhook: {slug: visits, events: [{name: visited, filter: "true", input: {name: "{{ .payload.who }}"}}]}
"""


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with model_server() as server:
        server.says(said("Hello."))
        server.tools = {"/weather": lambda _: {"celsius": 21}}
        yield server


@pytest.fixture(scope="module")
def served(model: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = serve(tmp_path_factory.mktemp("home"), HTTP_ALLOWED_HOSTS=model.host)
    yield server
    server.end()


@pytest.fixture(scope="module")
def compozy(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TypedClient]:
    client = TypedClient(served, "/api/v0/openapi.json", "typed_compozy", tmp_path_factory.mktemp("compozy"))
    yield client
    client.close()


@pytest.fixture(scope="module")
def syntropic137(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TypedClient]:
    client = TypedClient(
        served, "/workflows/openapi.json", "typed_syntropic137", tmp_path_factory.mktemp("syntropic137")
    )
    yield client
    client.close()


@pytest.fixture(scope="module", autouse=True)
def resources(compozy: TypedClient, model: ModelServer) -> None:
    """The agent, tool and workflow of the story."""
    config = {"provider": "test", "model": "m-1", "api_url": f"{model.url}/v1", "api_key": "key"}
    host = {"model": {"config": config}, "actions": [{"id": "greet", "prompt": "Greet {{ .input.city }}"}]}
    compozy("tools.put_tool", "weather", body={"config": {"url": f"{model.url}/weather", "method": "POST"}}, status=201)
    compozy("agents.put_agent", "host", body=host, status=201)
    made = compozy("workflows.put_workflow", "greeting", body=yaml.safe_load(GREETING), status=201)
    assert made.data.task_ids == ["fetch", "look", "ask", "greet"]


def until(look: Callable[[], Any], is_so: Callable[[Any], bool]) -> Any:
    ends_at = time.monotonic() + 30
    while not is_so(found := look()):
        assert time.monotonic() < ends_at, found
        time.sleep(0.05)
    return found


def execution_in(compozy: TypedClient, exec_id: str, status: str) -> Any:
    return until(lambda: compozy("executions.get_execution", exec_id).data, lambda found: found.status == status)


def test_workflows_and_executions_of_compozy(compozy: TypedClient) -> None:
    (row,) = compozy("workflows.list_workflows", q="greet", limit=5).data.workflows
    found = compozy("workflows.get_workflow", "greeting").data
    assert compozy.headers["etag"] == f'"{row.etag}"'
    assert (found.id, found.task_count) == ("greeting", 4)
    document = yaml.safe_load(GREETING)
    compozy("workflows.put_workflow", "greeting", body=document, if_match="other", status=412)
    compozy("workflows.put_workflow", "greeting", body=document, if_match=row.etag)
    for noun in ("task", "agent", "tool"):
        compozy(f"workflows.list_workflow_{noun}s", "greeting")
    compozy("workflows.get_workflow_task", "greeting", "greet")

    refused = compozy("executions.execute_workflow", "greeting", body={"input": {}}, status=400)
    assert refused.error.code == "BAD_REQUEST"
    compozy("executions.execute_workflow", "nobody", body={}, status=404)
    ada = {"input": {"name": "Ada"}}
    started = compozy("executions.execute_workflow", "greeting", body=ada, x_idempotency_key="once", status=202).data
    again = compozy("executions.execute_workflow", "greeting", body=ada, idempotency_key="once", status=202).data
    assert started.exec_id == again.exec_id
    waiting = execution_in(compozy, started.exec_id, "WAITING")
    assert waiting.tasks.additional_properties["fetch"].tool_id == "weather"
    compozy("executions.get_outputs", started.exec_id, status=409)
    kept = compozy("workflows.delete_workflow", "greeting", status=409)
    assert kept.references[0].ids == [started.exec_id]
    compozy("executions.pause_execution", started.exec_id)
    execution_in(compozy, started.exec_id, "PAUSED")
    compozy("executions.resume_execution", started.exec_id)
    execution_in(compozy, started.exec_id, "WAITING")
    compozy("executions.signal_execution", started.exec_id, body={"signal_name": "answered", "payload": {}})
    execution_in(compozy, started.exec_id, "SUCCESS")
    outputs = compozy("executions.get_outputs", started.exec_id).data
    assert outputs.output.to_dict() == {"said": "Hello."}
    assert "event: complete" in compozy("executions.stream_execution", started.exec_id)

    sync = compozy("executions.execute_workflow_sync", "greeting", body={"input": {"name": "Bo"}, "timeout": 30}).data
    assert (sync.workflow.status, sync.output.to_dict()) == ("SUCCESS", {"said": "Hello."})
    late = compozy("executions.execute_workflow_sync", "greeting", body={**ada, "timeout": 1}, status=408)
    exec_id = late.data.additional_properties["exec_id"]
    compozy("executions.cancel_execution", exec_id)
    execution_in(compozy, exec_id, "CANCELED")
    compozy("executions.cancel_execution", exec_id, status=409)
    for listed in (compozy("executions.list_workflow_executions", "greeting"), compozy("executions.list_executions")):
        assert started.exec_id in [each.exec_id for each in listed.data.executions]


def test_agents_tasks_and_tools_of_compozy(compozy: TypedClient) -> None:
    assert compozy("agents.get_agent", "host").data.model.config.api_key == "********"
    etag = compozy.headers["etag"].strip('"')
    (row,) = compozy("agents.list_agents", workflow_id="greeting").data.agents
    assert row.etag == etag
    wanted = {"action": "greet", "with": {"city": "Bern"}, "timeout": 20}
    done = compozy("agents.execute_agent", "host", body=wanted, x_idempotency_key="host-once").data
    assert done.output.to_dict() == {"response": "Hello."}
    started = compozy("agents.start_agent_execution", "host", body={"prompt": "Hi"}, status=202).data
    of_it = ("agents.get_agent_execution", started.exec_id)
    look = until(lambda: compozy(*of_it).data, lambda found: found.status == "SUCCESS")
    assert look.component == "agent"
    assert "event: complete" in compozy("agents.stream_agent_execution", started.exec_id)
    assert compozy("agents.delete_agent", "host", status=409).references[0].ids == ["greeting"]

    compozy("tasks.put_task", "hello", body={"type": "basic", "agent": "host", "prompt": "Hi"}, status=201)
    assert [each.id for each in compozy("tasks.list_tasks").data.tasks] == ["hello"]
    assert compozy("tasks.get_task", "hello").data.type_ == "basic"
    assert compozy("tasks.execute_task", "hello", body={}).data.output.to_dict() == {"response": "Hello."}
    compozy("tasks.start_task_execution", "hello", body={}, status=202)
    compozy("tasks.delete_task", "hello", status=204)
    compozy("tasks.get_task", "hello", status=404)

    compozy("tools.put_tool", "spare", body={"description": "None"}, status=201)
    assert [each.id for each in compozy("tools.list_tools", q="sp").data.tools] == ["spare"]
    assert compozy("tools.get_tool", "spare").data.description == "None"
    compozy("tools.delete_tool", "spare", status=204)
    assert compozy("tools.delete_tool", "weather", status=409).references[0].resource == "workflows"
    assert compozy("agents.export_agents").data.written == 1
    assert compozy("agents.import_agents", body={}).data.skipped == 1


def test_schedules_events_hooks_keys_and_health_of_compozy(compozy: TypedClient, served: Served) -> None:
    changed = compozy("schedules.update_schedule", "greeting", body={"cron": "0 8 * * *"}).data
    assert (changed.cron, changed.is_override) == ("0 8 * * *", True)
    assert compozy("schedules.list_schedules").data.total == 1
    assert compozy("schedules.get_schedule", "greeting").data.cron == "0 8 * * *"
    compozy("schedules.delete_schedule", "greeting", status=204)
    compozy("schedules.get_schedule", "greeting", status=404)
    event = {"name": "visitor.came", "payload": {"name": "Eve"}}
    assert compozy("events.publish_event", body=event, status=202).data.message == "event received"
    hook = httpx.post(f"{served.url}/api/v0/hooks/visits", json={"who": "Hal"})
    assert (hook.status_code, hook.json()["data"]["status"]) == (202, "accepted")
    key = compozy("auth.generate_key", body={}, status=201).data.api_key
    listed = compozy("auth.list_keys").data.keys
    made = next(each for each in listed if key.startswith(each.prefix))
    compozy("auth.revoke_key", made.id)
    assert compozy("service.compozy_health") is not None
    assert "stepweave" in compozy("service.compozy_metrics")


def test_executions_of_syntropic137(syntropic137: TypedClient) -> None:
    ada = {"inputs": {"name": "Ada"}, "task": "Greet"}
    started = syntropic137("executions.execute_workflow", "greeting", body=ada)
    assert (started.workflow_id, started.status) == ("greeting", "started")
    look = "executions.get_execution", "greeting", started.execution_id
    found = until(lambda: syntropic137(*look), lambda found: found.current_phase == "ask")
    assert (found.status, found.completed_phases, found.total_phases, found.error) == ("running", 2, 4, None)
    assert found.execution_id in [each.execution_id for each in syntropic137("executions.list_active", limit=100)]
    refused = syntropic137("executions.execute_workflow", "greeting", body={"inputs": {}}, status=422)
    assert refused.detail[0].loc[:2] == ["body", "inputs"]
    missing = syntropic137("executions.get_execution", "other", started.execution_id, status=404)
    assert started.execution_id in missing.detail


@pytest.mark.parametrize("started_on", ["native", "compozy", "syntropic137"])
def test_a_run_of_one_surface_is_read_on_the_others_and_cancelled_on_another(
    started_on: str, served: Served, compozy: TypedClient, syntropic137: TypedClient
) -> None:
    ada = {"name": "Ada"}
    match started_on:
        case "native":
            run_id = served.client.post("/api/workflows/greeting/run", {"input_data": ada})["run_id"]
        case "compozy":
            run_id = compozy("executions.execute_workflow", "greeting", body={"input": ada}, status=202).data.exec_id
        case _:
            run_id = syntropic137("executions.execute_workflow", "greeting", body={"inputs": ada}).execution_id

    def told() -> tuple[str, str, str]:
        return (
            served.client.get(f"/api/workflows/runs/{run_id}")["run"]["status"],
            compozy("executions.get_execution", run_id).data.status.value,
            syntropic137("executions.get_execution", "greeting", run_id).status.value,
        )

    until(told, lambda words: words == ("waiting", "WAITING", "running"))
    assert run_id in [each.execution_id for each in syntropic137("executions.list_active", limit=100)]
    if started_on == "compozy":
        served.client.post(f"/api/workflows/runs/{run_id}/cancel", {})
    else:
        compozy("executions.cancel_execution", run_id)
    until(told, lambda words: words == ("cancelled", "CANCELED", "cancelled"))
    assert run_id not in [each.execution_id for each in syntropic137("executions.list_active", limit=100)]
