"""Agents in runs, on the whole embedded stack: events, usage, workflows as tools, secrets nowhere."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model_server import ModelServer, Raw, calls, model_server, said
from stepweave.adapters.resource_store import ResourceStore
from stepweave.adapters.table import Table
from stepweave.bootstrap.clients import utc_now
from stepweave.domain.secret import Secret
from stepweave.local import embedded
from stepweave.local.client import Client
from stepweave.local.embedded import TABLE_NAME
from stepweave.local.secrets import LocalSecrets
from stepweave.local.stack import EmbeddedStack
from stepweave.services.resources import put_resource

KEY = "sk-canary-0123456789"
TOOL_KEY = "tool-canary-9876543210"
ENDED = {"completed", "failed", "cancelled", "timed_out"}


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_server() as one:
        yield one


@pytest.fixture(scope="module")
def stack(server: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    home: Path = tmp_path_factory.mktemp("home")
    with EmbeddedStack(home) as one:
        secrets = LocalSecrets(one.home.secrets)
        secrets.set("model_key", Secret(KEY, hosts=(server.host,)))
        secrets.set("tool_key", Secret(TOOL_KEY, hosts=(server.host,)))
        one.start(allowed_hosts=server.host)
        yield one


@pytest.fixture
def client(stack: EmbeddedStack, server: ModelServer) -> Client:
    server.tools = {}
    return Client(stack.url, stack.key())


def put(server: ModelServer, **content: Any) -> None:
    store = ResourceStore(Table(embedded.client("dynamodb"), TABLE_NAME))
    config = {"provider": "test", "model": "m-1", "api_url": f"{server.url}/v1", "api_key": "{{ secrets.model_key }}"}
    put_resource("agent", "writer", {"model": {"config": config}, **content}, resources=store, clock=utc_now)


def ran(client: Client, step: Any = None, given: Any = None, steps: Any = None) -> Any:
    return ended(client, started(client, step, given, steps))


def started(client: Client, step: Any = None, given: Any = None, steps: Any = None) -> str:
    whole = {"id": "ask", "type": "agent_task", "config": {"agent_id": "writer", "goal": "Go."}, **(step or {})}
    definition = {"name": "Agents", "steps": steps or [whole]}
    workflow = client.post("/api/workflows", {"definition": definition})["id"]
    return str(client.post(f"/api/workflows/{workflow}/run", {"input_data": given or {}})["run_id"])


def ended(client: Client, run_id: str) -> Any:
    ends_at = time.monotonic() + 60
    while (run := client.get(f"/api/workflows/runs/{run_id}")["run"])["status"] not in ENDED:
        assert time.monotonic() < ends_at, run
        time.sleep(0.05)
    return run


def only_run_of(client: Client, workflow: str, status: str) -> str:
    """The id of its one run of that status, once there is one."""
    ends_at = time.monotonic() + 60
    while not (runs := client.get(f"/api/workflows/{workflow}/runs?status={status}")["runs"]):
        assert time.monotonic() < ends_at
        time.sleep(0.05)
    [run] = runs
    return str(run["id"])


def story(client: Client, run_id: str) -> list[Any]:
    found = client.get(f"/api/workflows/runs/{run_id}/events?wait=0")["events"]
    return [event for event in found if event["event"] == "log"]


def test_turns_and_calls_are_events_of_the_run_and_tokens_are_counted(client, server):
    put(server, tools=[{"id": "look", "config": {"url": f"{server.url}/look"}}])
    server.tools = {"/look": lambda _: {"n": 1}}
    server.says(calls(("look", {"q": "x"})), said("One."))
    run = ran(client)
    [step] = run["step_runs"]
    assert (run["status"], step["output"]) == ("completed", "One.")
    assert step["usage"] == {"m-1": {"requests": 2, "input_tokens": 20, "output_tokens": 6}}
    logs = story(client, run["id"])
    messages = [event["data"]["message"] for event in logs]
    assert messages == ["The model called tools", "A tool answered", "The model answered"]
    assert logs[1]["data"]["arguments"] == {"q": "x"}
    assert all(event["data"]["step_id"] == "ask" for event in logs)


def test_a_workflow_is_a_tool_and_its_run_a_run(client, server):
    script = {
        "language": "python",
        "source": (
            "import json, os, sys\n"
            "json.dump({'twice': 2 * json.load(sys.stdin)['n']}, open(os.environ['STEPWEAVE_RESULT'], 'w'))"
        ),
        "input": "{{ input }}",
    }
    tool = {
        "name": "Twice",
        "steps": [{"id": "count", "type": "script", "config": script}],
        "outputs": {"twice": "{{ steps.count.output.result.twice }}"},
    }
    workflow = client.post("/api/workflows", {"definition": tool, "slug": "twice"})["id"]
    put(server, tools=[{"id": "twice", "config": {"workflow": "twice"}}])
    server.says(calls(("twice", {"n": 21})), said("42"))
    run = ran(client)
    assert (run["status"], run["step_runs"][0]["output"]) == ("completed", "42")
    [message] = [each for each in server.asked()[-1]["messages"] if each["role"] == "tool"]
    result = json.loads(message["content"])
    assert result["output"] == {"twice": 42}
    nested = client.get(f"/api/workflows/runs/{result['run_id']}")["run"]
    assert (nested["workflow_id"], nested["trigger"]) == (workflow, "agent")
    assert nested["labels"] == {"parent_run": run["id"], "agent_depth": "1"}


def test_a_cancelled_run_takes_what_its_agent_started_with_it_and_resumed_starts_it_anew(client, server):
    approval = {"name": "Approval", "steps": [{"id": "ok", "type": "wait", "config": {"signal": "ok"}}]}
    workflow = client.post("/api/workflows", {"definition": approval})["id"]
    put(server, tools=[{"id": "approve", "config": {"workflow": workflow}}])
    server.says(calls(("approve", {"n": 1})), calls(("approve", {"n": 1})), said("Approved."))
    run_id = started(client)
    first = only_run_of(client, workflow, "waiting")
    client.post(f"/api/workflows/runs/{run_id}/cancel", {})
    assert ended(client, run_id)["status"] == "cancelled"
    nested = ended(client, first)
    assert (nested["status"], nested["error"]["code"]) == ("cancelled", "parent_run_cancelled")
    assert nested["error"]["details"] == {"run_id": run_id}
    client.post(f"/api/workflows/runs/{run_id}/resume", {})
    second = only_run_of(client, workflow, "waiting")
    assert second != first
    client.post(f"/api/workflows/runs/{second}/signals", {"name": "ok"})
    run = ended(client, run_id)
    assert (run["status"], run["step_runs"][0]["output"]) == ("completed", "Approved.")


def test_secrets_of_agents_are_sent_where_they_belong_and_are_nowhere_else(client, server, stack):
    put(
        server,
        tools=[
            {
                "id": "look",
                "config": {
                    "url": f"{server.url}/look",
                    "method": "POST",
                    "headers": {"X-Key": "{{ secrets.tool_key }}"},
                },
            }
        ],
    )
    server.tools = {"/look": lambda body: {"echo": TOOL_KEY, "half": TOOL_KEY[:15]}}
    server.says(calls(("look", {"key": TOOL_KEY})), said(f"It was {TOOL_KEY} and {KEY}."))
    run = ran(client)
    assert run["step_runs"][0]["output"] == "It was ******** and ********."
    [headers] = [headers for _, path, headers, _ in server.got if path == "/look"]
    assert headers["X-Key"] == TOOL_KEY
    asked = [headers for _, path, headers, _ in server.got if path.startswith("/v1")]
    assert {headers["Authorization"] for headers in asked} == {f"Bearer {KEY}"}
    told = json.dumps([each for each in server.asked()[-1]["messages"] if each["role"] == "tool"])
    assert TOOL_KEY not in told
    found = json.dumps(embedded.client("dynamodb").scan(TableName=TABLE_NAME)["Items"], default=str)
    assert KEY not in found
    assert TOOL_KEY not in found
    assert "It was" in found, "the search looks where outputs are"
    assert run["id"] in found
    for path in stack.home.folder.rglob("*"):
        if path.is_file() and path.name != "secrets.json":
            data = path.read_bytes()
            assert KEY.encode() not in data, path
            assert TOOL_KEY.encode() not in data, path


def test_what_was_used_before_a_failure_is_counted_too(client, server):
    put(server, max_iterations=2, tools=[{"id": "look", "config": {"url": f"{server.url}/look"}}])
    server.tools = {"/look": lambda _: {}}
    server.says(calls(("look", {})))
    [step] = ran(client)["step_runs"]
    assert (step["status"], step["error"]["code"]) == ("failed", "max_iterations")
    assert step["usage"]["m-1"]["requests"] == 2


def test_the_step_is_retried_and_counts_all_of_its_attempts(client, server):
    put(server)
    server.says(
        Raw("busy", 429, headers={"Retry-After": "0"}),
        *[Raw("x", 429, headers={"Retry-After": "0"})] * 4,
        said("There."),
    )
    retry = {"max_attempts": 2, "initial_interval": 0.01}
    [step] = ran(client, {"retry": retry})["step_runs"]
    assert (step["status"], step["attempt"], step["output"]) == ("completed", 2, "There.")
    assert step["usage"]["m-1"]["requests"] == 1


def test_an_agent_that_nobody_put_and_a_model_that_nobody_chose_fail_the_step_saying_so(client, server):
    put(server, model={})
    [step] = ran(client)["step_runs"]
    assert step["error"]["code"] == "model_not_configured"
    config = {"agent_id": "nobody", "goal": "Go."}
    [step] = ran(client, {"config": config})["step_runs"]
    assert step["error"]["code"] == "agent_not_found"


def test_an_answer_by_schema_is_read_by_the_next_step(client, server):
    put(server)
    server.says(said('{"n": 2}'))
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    config = {"agent_id": "writer", "goal": "Go.", "output_schema": schema}
    asking = {"id": "ask", "type": "agent_task", "config": config}
    echo = {"language": "shell", "source": "cat > $STEPWEAVE_RESULT", "input": "{{ steps.ask.output.n + 1 }}"}
    reading = {"id": "read", "type": "script", "depends_on": ["ask"], "config": echo}
    assert ran(client, steps=[asking, reading])["step_runs"][1]["output"]["result"] == 3


def test_an_agent_in_a_loop_is_asked_for_each_item(client, server):
    put(server)
    server.says(said("ok"))
    config = {"agent_id": "writer", "goal": "Say {{ item }}."}
    loop = {"items": "[1..3]", "steps": [{"id": "ask", "type": "agent_task", "config": config}]}
    run = ran(client, steps=[{"id": "each", "type": "loop", "config": loop}])
    assert run["status"] == "completed"
    asked = sorted(body["messages"][-1]["content"] for body in server.asked())
    assert asked == ["Say 1.", "Say 2.", "Say 3."]
