"""Agents that are executed directly, on the embedded AWS: their state machine, their function, real requests."""

import json
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import urllib3

from model_server import ModelServer, Raw, calls, model_server, said
from stepweave.adapters.direct_store import DirectStore
from stepweave.adapters.resource_store import ResourceStore
from stepweave.bootstrap.clients import new_ids, utc_now
from stepweave.bootstrap.direct_running import direct_start_ports
from stepweave.bootstrap.stores import Stores
from stepweave.domain.api_key import Caller
from stepweave.domain.direct_execution import OVER
from stepweave.domain.secret import Secret
from stepweave.local import direct_execution, embedded
from stepweave.local.client import Client, Refused
from stepweave.local.secrets import LocalSecrets
from stepweave.local.stack import EmbeddedStack, settings_of
from stepweave.services.direct_executions import ShownDirect, StartDirect, get_direct, start_direct
from stepweave.services.resources import put_resource

KEY = "sk-canary-0123456789"
ME = Caller("key_1", "write")


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_server() as one:
        yield one


@pytest.fixture(scope="module")
def stack(server: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    home: Path = tmp_path_factory.mktemp("home")
    with EmbeddedStack(home, tick_seconds=0.5) as one:
        LocalSecrets(one.home.secrets).set("model_key", Secret(KEY, hosts=(server.host,)))
        one.start(allowed_hosts=server.host)
        yield one


@pytest.fixture
def stores(stack: EmbeddedStack, server: ModelServer) -> Stores:
    server.tools = {}
    return Stores(settings_of(""))


def put(stores: Stores, server: ModelServer, project: str = "default", **content: Any) -> None:
    config = {"provider": "test", "model": "m-1", "api_url": f"{server.url}/v1", "api_key": "{{ secrets.model_key }}"}
    whole = {"model": {"config": config}, **content}
    put_resource("agent", "writer", whole, resources=ResourceStore(stores.table), clock=utc_now, project=project)


def start(stores: Stores, project: str = "default", **asked: Any) -> str:
    wanted = StartDirect("agent", "writer", project, **asked)
    return start_direct(ME, wanted, direct_start_ports(stores, new_ids())).exec_id


def end_of(stores: Stores, exec_id: str, seconds: float = 30) -> ShownDirect:
    look = partial(get_direct, "agent", exec_id, executions=DirectStore(stores.table), values=stores.values)
    ends_at = time.monotonic() + seconds
    while (shown := look()).state.status not in OVER:
        assert time.monotonic() < ends_at, shown
        time.sleep(0.02)
    return shown


def test_an_agent_answers_a_prompt_with_its_tools_and_all_of_it_is_told(stores, server):
    put(stores, server, tools=[{"id": "look", "config": {"url": f"{server.url}/look"}}])
    server.tools = {"/look": lambda _: {"n": 1}}
    server.says(calls(("look", {"q": "x"})), said("One."))
    shown = end_of(stores, start(stores, prompt="How many? {{ secrets.model_key }}"))
    assert (shown.state.status, shown.output) == ("completed", "One.")
    assert [note.kind for note in shown.state.story] == ["status", "status", "model", "tool", "model", "status"]
    assert shown.state.usage == {"m-1": {"requests": 2, "input_tokens": 20, "output_tokens": 6}}
    asked = server.asked()[0]["messages"]
    assert asked[-1]["content"] == "How many? {{ secrets.model_key }}"
    assert KEY not in repr(shown)


def test_an_action_is_filled_with_what_is_given_and_held_to_its_schema(stores, server):
    greet = {
        "id": "greet",
        "prompt": "Greet {{ .input.name }} of $ARGUMENTS.",
        "input": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
        "output": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
    }
    put(stores, server, actions=[greet])
    server.says(said('{"text": "Hello"}'))
    shown = end_of(stores, start(stores, action="greet", prompt="Not this.", given={"name": "Ann", "task": "Rome"}))
    assert shown.output == {"text": "Hello"}
    assert server.asked()[0]["messages"][-1]["content"] == "Greet Ann of Rome."
    failed = end_of(stores, start(stores, action="greet", given={"name": 1}))
    assert failed.state.error is not None
    assert (failed.state.status, failed.state.error.code) == ("failed", "invalid_config")


def test_an_agent_of_another_project_is_another(stores, server):
    put(stores, server, project="other", instructions="Of the other.")
    server.says(said("Yes."))
    assert end_of(stores, start(stores, project="other", prompt="Who?")).output == "Yes."
    assert server.asked()[0]["messages"][0]["content"] == "Of the other."


def test_a_model_that_fails_fails_it_and_its_machine_ends_all_the_same(stores, server):
    put(stores, server)
    server.says(Raw(json.dumps({"error": {"message": "no such model"}}), status=404))
    exec_id = start(stores, prompt="Hi")
    shown = end_of(stores, exec_id)
    assert shown.state.status == "failed"
    arn = embedded.machine_arn(direct_execution.NAME).replace(":stateMachine:", ":execution:")
    ends_at = time.monotonic() + 10
    look = embedded.client("stepfunctions").describe_execution
    while (found := look(executionArn=f"{arn}:{exec_id}")["status"]) == "RUNNING":
        assert time.monotonic() < ends_at
        time.sleep(0.02)
    assert found == "SUCCEEDED"


def test_one_whose_machine_is_stopped_from_outside_is_over_at_once(stores, server):
    put(stores, server)
    hold = threading.Event()
    server.says(Raw(json.dumps(said("Late.")), after=hold))
    exec_id = start(stores, prompt="Hi")
    ends_at = time.monotonic() + 10
    while not server.asked():
        assert time.monotonic() < ends_at
        time.sleep(0.02)
    arn = embedded.machine_arn(direct_execution.NAME).replace(":stateMachine:", ":execution:")
    embedded.client("stepfunctions").stop_execution(executionArn=f"{arn}:{exec_id}")
    shown = end_of(stores, exec_id)
    hold.set()
    assert shown.state.error is not None
    assert (shown.state.status, shown.state.error.code) == ("failed", "execution_stopped")


def test_it_is_no_run(stores, server, stack):
    put(stores, server)
    server.says(said("Hi."))
    end_of(stores, start(stores, prompt="Hi"))
    client = Client(stack.url, stack.key())
    assert client.get("/api/workflows/runs")["total"] == 0
    assert client.get("/api/workflows")["total"] == 0


# Tasks ----------------------------------------------------------------------------------------------------------------


def executed(stack: EmbeddedStack, path: str, body: Any) -> Any:
    return Client(stack.url, stack.key()).send("POST", f"/api/v0/{path}/executions", body)["data"]


def put_task(stack: EmbeddedStack, name: str, task: Any, kind: str = "tasks") -> None:
    Client(stack.url, stack.key()).send("PUT", f"/api/v0/{kind}/{name}", task)


def test_a_task_asks_its_agent_with_its_prompt_and_what_is_given(stores, server, stack):
    put(stores, server)
    task = {"agent": "writer", "prompt": "Greet {{ .input.name }} in {{ .input.tongue }}.", "with": {"tongue": "Latin"}}
    put_task(stack, "greet", task)
    server.says(said("Ave."))
    assert executed(stack, "tasks/greet", {"with": {"name": "Ann"}})["output"] == {"response": "Ave."}
    content = server.asked()[0]["messages"][-1]["content"]
    assert content.startswith("Greet Ann in Latin.")


def test_a_task_may_hold_its_agent_or_no_more_than_a_model(stores, server, stack):
    model = {"provider": "test", "model": "m-1", "api_url": f"{server.url}/v1"}
    inline = {"id": "own", "instructions": "Be brief.", "model": {"config": model}, "actions": [{"id": "go"}]}
    put_task(stack, "inline", {"agent": inline, "action": "go"})
    put_task(stack, "bare", {"model_config": model, "prompt": "Say {{ .input.what }}."})
    server.says(said("Yes."))
    assert executed(stack, "tasks/inline", {})["output"] == {"response": "Yes."}
    assert server.asked()[0]["messages"][0]["content"] == "Be brief."
    assert executed(stack, "tasks/bare", {"with": {"what": "yes"}})["output"] == {"response": "Yes."}
    assert server.asked()[1]["messages"][-1]["content"].startswith("Say yes.")


def test_a_task_calls_its_tool_with_what_is_given_and_its_secrets_stay_hidden(server, stack):
    tool = {
        "config": {
            "url": f"{server.url}/orders",
            "method": "POST",
            "headers": {"x-key": "{{ secrets.model_key }}"},
            "json": {"n": "{{ input.number }}", "team": "{{ env.TEAM }}"},
        },
        "input": {"type": "object", "properties": {"number": {"type": "integer", "default": 7}}},
        "env": {"TEAM": "blue"},
    }
    put_task(stack, "orders", tool, kind="tools")
    put_task(stack, "order", {"tool": "orders"})
    server.says()
    server.tools = {"/orders": lambda body: {"got": body, "key": KEY}}
    found = executed(stack, "tasks/order", {})
    assert found["output"] == {"status_code": 200, "body": {"got": {"n": 7, "team": "blue"}, "key": "********"}}
    [(_, _, headers, _)] = server.got
    assert headers["x-key"] == KEY
    assert headers["X-Correlation-ID"] == found["exec_id"]
    with pytest.raises(Refused) as refused:
        executed(stack, "tasks/order", {"with": {"number": "x"}})
    assert refused.value.status == 500
    assert "/with/number" in refused.value.problem["error"]["details"]


def test_a_task_whose_tool_fails_fails(server, stack):
    put_task(stack, "broken", {"tool": {"id": "t", "config": {"url": f"{server.url}/broken"}}})
    server.tools = {"/broken": lambda _: Raw("{}", status=400)}
    with pytest.raises(Refused) as refused:
        executed(stack, "tasks/broken", {})
    assert refused.value.problem["data"]["exec_id"].startswith("exec_")


# Following ------------------------------------------------------------------------------------------------------------


def test_who_follows_an_execution_is_told_while_it_happens(stores, server, stack):
    put(stores, server)
    hold = threading.Event()
    server.says(Raw(json.dumps(said("Late.")), after=hold))
    client = Client(stack.url, stack.key())
    path = client.send("POST", "/api/v0/agents/writer/executions/async", {"prompt": "Hi"})["data"]["exec_url"]
    names = []
    headers = {"authorization": f"Bearer {stack.key()}"}
    answer = urllib3.request(
        "GET", f"{stack.url}{path}/stream?poll_ms=250", headers=headers, preload_content=False, timeout=20
    )
    for chunk in answer.stream(decode_content=False):
        names += [line.removeprefix("event: ") for line in chunk.decode().splitlines() if line.startswith("event: ")]
        if "agent_status" in names:
            hold.set()
    assert names[0] == "agent_status"
    assert names[-2:] == ["llm_chunk", "complete"]
