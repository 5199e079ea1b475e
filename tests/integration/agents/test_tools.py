"""What an agent's tools do, and what its model is told of it."""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from model_server import Raw, calls, mcp, said
from stepweave.domain.origin import Origin, Trace
from stepweave.errors import Invalid, NotFound, StepError
from stepweave.services.ports.subruns import Outcome

NOW = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def told(server: Any) -> list[str]:
    """What the model was told of its last calls."""
    messages = server.asked()[-1]["messages"]
    return [message["content"] for message in messages if message["role"] == "tool"]


def http_tool(server: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": "weather",
        "description": "Tells it.",
        "input": CITY,
        "config": {"url": f"{server.url}/weather", **more},
    }


def test_a_request_is_made_and_its_answer_is_told(desk, server):
    desk.agent = {"tools": [http_tool(server)]}
    server.tools = {"/weather": lambda _: {"sun": True}}
    server.says(calls(("weather", {"city": "Graz"}), text="Let me look."), said("Sunny."))
    assert desk.ask() == "Sunny."
    first, second = server.asked()
    assert first["tools"][0] == {
        "type": "function",
        "function": {"name": "weather", "description": "Tells it.", "parameters": CITY},
    }
    assert [path for _, path, _, _ in server.got if "weather" in path] == ["/weather?city=Graz"]
    assert second["messages"][1]["tool_calls"][0]["function"]["arguments"] == '{"city": "Graz"}'
    assert json.loads(told(server)[0]) == {"status_code": 200, "body": {"sun": True}}
    assert [message for message, _ in desk.logged] == [
        "The model called tools",
        "A tool answered",
        "The model answered",
    ]


def test_a_tool_that_the_agent_only_names_is_the_stored_one(desk, server):
    desk.stored_tools = {"weather": {**http_tool(server), "id": None}}
    desk.agent = {"tools": [{"id": "weather", "description": "Mine."}]}
    server.tools = {"/weather": lambda _: {"sun": True}}
    server.says(calls(("weather", {"city": "Graz"})), said("Sunny."))
    assert desk.ask() == "Sunny."
    assert server.asked()[0]["tools"][0]["function"]["description"] == "Mine."
    assert json.loads(told(server)[0]) == {"status_code": 200, "body": {"sun": True}}


def test_a_tool_that_is_neither_written_out_nor_stored_fails_the_step(desk):
    desk.agent = {"tools": [{"id": "weather"}]}
    with pytest.raises(StepError) as error:
        desk.ask()
    assert (error.value.code, error.value.details["tools"]) == ("tool_not_found", ["weather"])


def test_arguments_go_where_the_tool_says_with_what_is_fixed(desk, server):
    tool = http_tool(
        server, method="POST", json={"q": "{{ input.city }}", "by": "{{ env.TEAM }}", "n": "{{ input.n }}"}
    )
    desk.agent = {"tools": [tool | {"with": {"n": 5}}]}
    server.tools = {"/weather": lambda body: body}
    server.says(calls(("weather", {"city": "Graz", "n": 99})), said("ok"))
    desk.ask()
    assert server.asked("/weather") == [{"q": "Graz", "by": "blue", "n": 5}]
    [key] = [headers["Idempotency-Key"] for _, path, headers, _ in server.got if path == "/weather"]
    assert key == "run_1:ask:1793608200000:1:1.0"


def test_a_tool_that_says_nothing_of_its_arguments_gets_them_as_json(desk, server):
    desk.agent = {"tools": [http_tool(server, method="post")]}
    server.tools = {"/weather": lambda body: body}
    server.says(calls(("weather", {"city": "Graz"})), said("ok"))
    desk.ask()
    assert server.asked("/weather") == [{"city": "Graz"}]


def test_a_secret_goes_to_the_tool_and_not_to_the_model(desk, server):
    desk.secrets = {"key": ("sk-tool-secret", (server.host,))}
    desk.agent = {
        "env": {"WEATHER_TOKEN": "{{ secrets.key }}"},
        "tools": [http_tool(server, headers={"X-Key": "{{ secrets.key }}", "X-Env": "{{ env.WEATHER_TOKEN }}"})],
    }
    server.tools = {"/weather": lambda _: {"you_sent": "sk-tool-secret"}}
    server.says(calls(("weather", {"city": "Graz"})), said("ok"))
    desk.ask()
    [headers] = [headers for _, path, headers, _ in server.got if path.startswith("/weather")]
    assert (headers["X-Key"], headers["X-Env"]) == ("sk-tool-secret", "sk-tool-secret")
    assert "sk-tool-secret" not in json.dumps(server.asked())
    assert "********" in told(server)[0]


def test_a_secret_of_a_tool_that_is_bound_elsewhere_is_not_sent(desk, server):
    desk.secrets = {"key": ("sk-tool-secret", ("other.example",))}
    desk.agent = {"tools": [http_tool(server, headers={"X-Key": "{{ secrets.key }}"})]}
    server.says(calls(("weather", {"city": "Graz"})), said("ok"))
    desk.ask()
    assert "secret_not_allowed" in told(server)[0]
    assert not [path for _, path, _, _ in server.got if path.startswith("/weather")]


def test_a_variable_with_a_secret_binds_only_what_reads_variables(desk, server):
    desk.secrets = {"key": ("sk-tool-secret", ("other.example",))}
    reading = http_tool(server, headers={"X-Key": "{{ env.THEIR_TOKEN }}"})
    other = {"id": "plain", "config": {"url": f"{server.url}/plain"}}
    desk.agent = {"env": {"THEIR_TOKEN": "{{ secrets.key }}"}, "tools": [reading, other]}
    server.tools = {"/weather": lambda _: {}, "/plain": lambda _: {"ok": True}}
    server.says(calls(("weather", {"city": "Graz"}), ("plain", {})), said("ok"))
    desk.ask()
    refused, answered = told(server)
    assert "secret_not_allowed" in refused
    assert json.loads(answered)["body"] == {"ok": True}


def test_expressions_in_what_is_fixed_are_evaluated_and_those_in_a_definitions_variables_are_not(desk, server):
    fixed = {"team": "{{ env.TEAM }}", "x": "{{ env.X }}"}
    desk.agent = {"tools": [http_tool(server, method="POST") | {"with": fixed}]}
    server.tools = {"/weather": lambda body: body}
    server.says(calls(("weather", {"city": "Graz"})), said("ok"))
    desk.ask(env={"TEAM": "blue", "X": "{{ secrets.key }}"})
    assert server.asked("/weather") == [{"city": "Graz", "team": "blue", "x": "{{ secrets.key }}"}]


def test_tools_of_one_name_are_not_left_out_in_silence(desk, server):
    one = {"config": {"url": f"{server.url}/one"}}
    desk.agent = {"tools": [{"id": "a.b", **one}, {"id": "a_b", **one}]}
    server.says(said("ok"))
    desk.ask()
    assert [tool["function"]["name"] for tool in server.asked()[0]["tools"]] == ["a_b"]
    assert desk.logged[0][1] == {"tools": ["a_b"]}


def test_a_model_cannot_send_a_tool_to_an_address_that_is_not_public(desk, server):
    desk.agent = {"tools": [{"id": "fetch", "config": {"url": "{{ input.url }}"}}]}
    server.says(calls(("fetch", {"url": "http://169.254.169.254/latest/meta-data"})), said("ok"))
    desk.ask()
    assert "address_not_allowed" in told(server)[0]


@pytest.mark.parametrize(
    ("call", "said_of_it"),
    [
        (("unknown", {}), "There is no tool 'unknown'; there are: weather."),
        (("weather", "no json"), "no JSON object"),
        (("weather", "[1]"), "no JSON object"),
        (("weather", {"city": 7}), "do not match the tool's schema"),
        (("weather", {}), "do not match the tool's schema"),
        (("weather", {"city": "fails"}), '"status_code": 500'),
    ],
)
def test_what_goes_wrong_with_a_tool_is_told_to_the_model(desk, server, call, said_of_it):
    desk.agent = {"tools": [http_tool(server)]}
    server.tools = {"/weather": lambda _: Raw("broken", 500)}
    server.says(calls(call), said("I could not."))
    assert desk.ask() == "I could not."
    assert said_of_it in told(server)[0]
    assert desk.logged[1][0] == "A tool failed"


def test_a_huge_answer_of_a_tool_is_shortened_for_the_model(desk, server):
    desk.agent = {"tools": [http_tool(server)]}
    server.tools = {"/weather": lambda _: "x" * 1_000_000}
    server.says(calls(("weather", {"city": "Graz"})), said("ok"))
    desk.ask()
    assert len(told(server)[0]) < 61_000
    assert "characters left out" in told(server)[0]


def test_more_calls_than_a_turn_takes_are_put_off(desk, server):
    desk.agent = {"tools": [http_tool(server)]}
    server.tools = {"/weather": lambda _: {}}
    server.says(calls(*[("weather", {"city": "Graz"})] * 20), said("ok"))
    desk.ask()
    assert len([path for _, path, _, _ in server.got if path.startswith("/weather")]) == 16
    assert "call this one again" in told(server)[-1]


@pytest.mark.parametrize(("method", "kind"), [("GET", "server_error"), ("POST", "permanent")])
def test_a_failure_after_an_effect_is_not_retried_unasked(desk, server, method, kind):
    desk.agent = {"tools": [http_tool(server, method=method)]}
    server.tools = {"/weather": lambda _: {}}
    server.says(calls(("weather", {"city": "Graz"})), Raw("down", 500))
    with pytest.raises(StepError) as failed:
        desk.ask()
    assert failed.value.kind == kind


# Workflows ------------------------------------------------------------------------------------------------------------


WORKFLOW = {"id": "report", "input": CITY, "config": {"workflow": "make-report"}, "with": {"by": "agent"}}


def test_a_workflow_is_started_waited_for_and_its_output_told(desk, server):
    desk.agent = {"tools": [WORKFLOW]}
    desk.secrets = {"key": ("sk-secret", ())}
    desk.outcomes = [None, None, Outcome("completed", {"pages": 3})]
    server.says(calls(("report", {"city": "sk-secret"})), said("ok"))
    desk.ask(origin=ORIGIN)
    [wanted] = desk.started
    assert (wanted.workflow, wanted.by, wanted.once) == ("make-report", "agent:writer", "run_1:ask:1793608200000:1:1.0")
    assert wanted.input_data == {"city": "********", "by": "agent"}
    assert wanted.labels == {"parent_run": "run_1", "agent_depth": "1"}
    assert wanted.origin == ORIGIN
    assert json.loads(told(server)[0]) == {"run_id": "run_2", "output": {"pages": 3}}
    assert desk.slept == [0.2, pytest.approx(0.3)]


@pytest.mark.parametrize(
    ("outcomes", "said_of_it"),
    [
        ([Outcome("failed", None, {"code": "http_status", "message": "500"})], "http_status"),
        ([Outcome("cancelled")], "is cancelled"),
        ([None] * 100, "still under way"),
    ],
)
def test_a_run_that_does_not_complete_is_told(desk, server, outcomes, said_of_it):
    desk.agent = {"tools": [{**WORKFLOW, "timeout": "10s"}]}
    desk.outcomes = outcomes
    server.says(calls(("report", {"city": "Graz"})), said("ok"))
    desk.ask()
    assert said_of_it in told(server)[0]
    assert desk.now <= 10


def test_a_run_goes_when_the_one_that_wanted_it_is_cancelled(desk, server):
    desk.agent = {"tools": [WORKFLOW]}
    desk.outcomes = [None] * 100
    server.says(calls(("report", {"city": "Graz"})), said("ok"))
    with pytest.raises(StepError) as caught:
        desk.ask(stopped=lambda: desk.now > 3)
    assert caught.value.code == "cancelled"
    assert [run_id for run_id, _ in desk.cancelled] == ["run_2"]
    assert len(server.asked()) == 1


def test_a_conversation_that_begins_anew_starts_runs_and_sends_requests_of_its_own(desk, server):
    """After a resume attempts are counted anew: what was started before has failed, or was for something else."""
    desk.agent = {"tools": [WORKFLOW, http_tool(server, method="POST")]}
    desk.outcomes = [Outcome("failed"), Outcome("completed")]
    server.tools = {"/weather": lambda _: {}}
    sent = []
    for entered in (NOW, NOW + timedelta(hours=1)):
        server.says(calls(("report", {"city": "Graz"}), ("weather", {"city": "Graz"})), said("ok"))
        desk.ask(first_entered=entered)
        sent += [headers["Idempotency-Key"] for _, path, headers, _ in server.got if path == "/weather"]
    assert len({wanted.once for wanted in desk.started}) == 2
    assert len(set(sent)) == 2


@pytest.mark.parametrize("error", [NotFound("workflow", "make-report"), Invalid([])])
def test_a_run_that_cannot_be_started_is_told(desk, server, error, monkeypatch):
    def refuse(_: Any) -> str:
        raise error

    desk.agent = {"tools": [WORKFLOW]}
    desk._start = refuse
    server.says(calls(("report", {"city": "Graz"})), said("ok"))
    desk.ask()
    assert error.code in told(server)[0]


def test_agents_that_call_themselves_without_end_are_stopped(desk, server):
    desk.agent = {"tools": [WORKFLOW]}
    desk.scope["run"]["labels"] = {"agent_depth": "5"}
    server.says(calls(("report", {"city": "Graz"})), said("ok"))
    desk.ask()
    assert "too_deep" in told(server)[0]
    assert desk.started == []


ORIGIN = Origin("run_1", "order-17", Trace("a" * 32))
CORRELATION = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01", "X-Correlation-ID": "order-17"}


def test_all_that_an_agent_asks_carries_what_it_is_asked_for(desk, server):
    mcp_server = {"id": "hub", "url": f"{server.url}/mcp", "headers": {"x-correlation-id": "of the agent"}}
    desk.agent = {"tools": [http_tool(server)], "mcps": [mcp_server]}
    server.tools = {"/weather": lambda body: body, "/mcp": mcp({"search": lambda _: {"result": {"content": []}}})}
    server.says(calls(("weather", {"city": "Graz"})), said("ok"))
    desk.ask(correlation=CORRELATION)
    for _, path, headers, _ in server.got:
        got = {name.lower(): value for name, value in headers.items()}
        assert got["traceparent"] == CORRELATION["traceparent"], path
        assert got["x-correlation-id"] == ("of the agent" if path == "/mcp" else "order-17"), path
    assert {path.partition("?")[0] for _, path, _, _ in server.got} >= {"/weather", "/mcp"}


# MCP ------------------------------------------------------------------------------------------------------------------


def mcp_agent(server: Any, **more: Any) -> dict[str, Any]:
    return {"mcps": [{"id": "hub", "url": f"{server.url}/mcp", **more}]}


@pytest.mark.parametrize("events", [False, True])
def test_the_tools_of_an_mcp_server_are_offered_and_called(desk, server, events):
    desk.agent = mcp_agent(server, headers={"Authorization": "Bearer {{ secrets.key }}"})
    desk.secrets = {"key": ("sk-mcp-secret", (server.host,))}
    text = {"result": {"content": [{"type": "text", "text": "found"}, {"type": "image"}]}}
    server.tools = {"/mcp": mcp({"search": lambda given: text, "count.all": lambda _: text}, events=events)}
    server.says(calls(("hub__search", {"q": "x"})), said("ok"))
    desk.ask()
    assert [tool["function"]["name"] for tool in server.asked()[0]["tools"]] == ["hub__search", "hub__count_all"]
    assert told(server) == ["found\n[image]"]
    exchange = [(method, headers, body) for method, path, headers, body in server.got if path == "/mcp"]
    methods = [body["method"] for _, _, body in exchange if body]
    assert methods == ["initialize", "notifications/initialized", "tools/list", "tools/list", "tools/call"]
    assert all(headers["Authorization"] == "Bearer sk-mcp-secret" for _, headers, _ in exchange)
    assert {headers.get("Mcp-Session-Id") for _, headers, _ in exchange[1:]} == {"s-1"}
    assert exchange[-1][1]["MCP-Protocol-Version"] == "2025-03-26"
    assert exchange[-1][0] == "DELETE"


@pytest.mark.parametrize(
    ("result", "said_of_it"),
    [
        ({"result": {"isError": True, "content": [{"type": "text", "text": "no such page"}]}}, "no such page"),
        ({"result": {"structuredContent": {"n": 1}}}, '{"n": 1}'),
        ({"error": {"code": -32602, "message": "bad params"}}, "bad params"),
        ({"nothing": 1}, "no result"),
        ({"result": {"content": "nonsense"}}, ""),
    ],
)
def test_what_an_mcp_tool_answers_is_told(desk, server, result, said_of_it):
    desk.agent = mcp_agent(server)
    server.tools = {"/mcp": mcp({"search": lambda _: result})}
    server.says(calls(("hub__search", {})), said("ok"))
    desk.ask()
    assert said_of_it in told(server)[0]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Raw("no", 401), "permanent"),
        (Raw("down", 503), "server_error"),
        (Raw("busy", 429), "throttled"),
        (Raw("not json"), "permanent"),
        (Raw('{"jsonrpc": "2.0", "id": 99, "result": {}}'), "permanent"),
    ],
)
def test_an_mcp_server_that_cannot_be_opened_fails_the_step(desk, server, answer, kind):
    desk.agent = mcp_agent(server)
    server.tools = {"/mcp": lambda _: answer}
    with pytest.raises(StepError) as failed:
        desk.ask()
    assert (failed.value.code, failed.value.kind) == ("mcp_failed", kind)


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ({"transport": "sse"}, "mcp_not_available"),
        ({"url": ""}, "invalid_config"),
        ({"transport": "stdio", "command": "/nowhere/at/all"}, "mcp_failed"),
    ],
)
def test_an_mcp_server_that_is_not_declared_well_is_told(desk, server, declared, code):
    desk.agent = mcp_agent(server, **declared)
    with pytest.raises(StepError) as failed:
        desk.ask()
    assert failed.value.code == code


SERVER = """
import json, os, sys
for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    print("a line that is no message", flush=True)
    if message["method"] == "initialize":
        result = {"protocolVersion": "2025-06-18"}
    elif message["method"] == "tools/list":
        result = {"tools": [{"name": "env"}]}
    else:
        names = sorted(name for name in os.environ if "AWS" in name or name == "TOKEN")
        result = {"content": [{"type": "text", "text": ",".join(names)}]}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
"""


def process(**more: Any) -> dict[str, Any]:
    return {"mcps": [{"id": "local", "command": sys.executable, "args": ["-c", SERVER], "env": {"TOKEN": "x"}, **more}]}


def test_an_mcp_server_on_a_laptop_may_be_a_process_with_what_is_declared(desk, server, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-for-servers")
    desk.agent = process()
    server.says(calls(("local__env", {})), said("ok"))
    desk.ask()
    assert told(server) == ["TOKEN"]


def test_elsewhere_no_process_is_started(desk, server):
    desk.agent, desk.processes = process(), None
    with pytest.raises(StepError) as failed:
        desk.ask()
    assert failed.value.code == "mcp_not_available"


def test_no_process_gets_a_secret_that_is_bound_to_hosts(desk, server):
    desk.secrets = {"key": ("sk-secret", ("api.example",))}
    desk.agent = process(env={"TOKEN": "{{ secrets.key }}"})
    with pytest.raises(StepError) as failed:
        desk.ask()
    assert failed.value.code == "secret_not_allowed"


@pytest.mark.parametrize(("program", "code"), [("pass", "mcp_failed"), ("import sys; sys.stdin.read()", "timeout")])
def test_a_process_that_does_not_answer_fails_the_step(desk, server, program, code):
    desk.agent = process(args=["-c", program])
    with pytest.raises(StepError) as failed:
        desk.ask(timeout_seconds=0.5)
    assert failed.value.code == code
