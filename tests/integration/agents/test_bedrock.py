"""Models of Bedrock: Converse, by the real client, against a server in the test."""

import json
import threading
from typing import Any

import boto3
import pytest
from botocore.config import Config

from model_server import ModelServer, Raw
from stepweave.adapters.bedrock_model import BedrockModel
from stepweave.errors import StepError

AGENT = {"model": {"config": {"provider": "bedrock", "model": "m-1", "params": {"max_tokens": 50, "temperature": 0}}}}
PATH = "/model/m-1/converse"


def answer(*content: Any, stop: str = "end_turn") -> dict[str, Any]:
    """Of Converse (Bedrock API reference)."""
    return {
        "output": {"message": {"role": "assistant", "content": list(content)}},
        "stopReason": stop,
        "usage": {"inputTokens": 10, "outputTokens": 3, "totalTokens": 13},
        "metrics": {"latencyMs": 5},
    }


def refusal(code: str, status: int) -> Raw:
    return Raw(json.dumps({"message": "because"}), status, headers={"x-amzn-ErrorType": code})


@pytest.fixture
def asked(desk: Any, server: ModelServer) -> Any:
    def client(seconds: float) -> Any:
        limits = {"connect_timeout": 5, "read_timeout": seconds, "retries": {"total_max_attempts": 1}}
        return boto3.client(
            "bedrock-runtime",
            endpoint_url=server.url,
            region_name="eu-central-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=Config(**limits),
        )

    desk.bedrock = BedrockModel(client)
    desk.agent = dict(AGENT)
    return desk


def test_a_goal_is_asked_and_tools_are_called(asked, server):
    use = {"toolUse": {"toolUseId": "t1", "name": "look", "input": {"q": "x"}}}
    wrong = {"toolUse": {"toolUseId": "t2", "name": "none", "input": {}}}
    asked.agent |= {
        "instructions": "Be brief.",
        "tools": [{"id": "look", "config": {"url": f"{server.url}/look"}}],
    }
    server.tools = {"/look": lambda _: {"found": 1}}
    server.says(answer({"text": "Looking."}, use, wrong, stop="tool_use"), answer({"text": "One."}))
    assert asked.ask() == "One."
    first, second = server.asked(PATH)
    assert first["system"] == [{"text": "Be brief."}]
    assert first["messages"] == [{"role": "user", "content": [{"text": "Say hello."}]}]
    assert first["inferenceConfig"] == {"maxTokens": 50, "temperature": 0}
    assert first["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"]["type"] == "object"
    assert second["messages"][1] == {"role": "assistant", "content": [{"text": "Looking."}, use, wrong]}
    found, failed = second["messages"][2]["content"]
    assert (found["toolResult"]["toolUseId"], found["toolResult"]["status"]) == ("t1", "success")
    assert (failed["toolResult"]["toolUseId"], failed["toolResult"]["status"]) == ("t2", "error")
    assert asked.spent == [("m-1", 10, 3)] * 2


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (answer({"text": "no"}, stop="guardrail_intervened"), "model_refused"),
        (answer({"text": ""}, stop="content_filtered"), "model_refused"),
        (answer({"text": "It beg"}, stop="max_tokens"), "model_answer_cut"),
        (refusal("AccessDeniedException", 403), "model_error"),
        (refusal("ValidationException", 400), "model_error"),
        (refusal("ResourceNotFoundException", 404), "model_error"),
    ],
)
def test_what_asking_again_would_not_change_fails_at_once(asked, server, said, code):
    server.says(said)
    with pytest.raises(StepError) as failed:
        asked.ask()
    assert (failed.value.code, failed.value.kind, len(server.got)) == (code, "permanent", 1)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (refusal("ThrottlingException", 429), "throttled"),
        (refusal("ModelTimeoutException", 408), "timeout"),
        (refusal("ModelNotReadyException", 429), "server_error"),
        (refusal("InternalServerException", 500), "server_error"),
        (refusal("ServiceUnavailableException", 503), "server_error"),
        (Raw("{}"), "server_error"),
        (Raw("not json"), "server_error"),
    ],
)
def test_what_may_pass_is_asked_again_and_then_fails(asked, server, said, kind):
    server.says(said)
    with pytest.raises(StepError) as failed:
        asked.ask()
    assert (failed.value.kind, len(server.got)) == (kind, 5)


def test_a_model_that_is_too_slow_is_a_time_out(asked, server):
    never = threading.Event()
    server.says(Raw("{}", after=never))
    with pytest.raises(StepError) as failed:
        asked.ask(timeout_seconds=0.3)
    never.set()
    assert failed.value.kind == "timeout"


def test_an_empty_turn_is_never_sent(asked, server):
    server.says(answer(), answer({"text": "There."}))
    assert asked.ask() == "There."
    for message in server.asked(PATH)[1]["messages"]:
        assert all(block["text"] for block in message["content"])


def test_a_secret_that_is_bound_to_hosts_is_not_sent_to_bedrock(asked, server):
    with pytest.raises(StepError) as failed:
        asked.ask(secret_hosts=(("api.example",),))
    assert failed.value.code == "secret_not_allowed"
    assert server.got == []
