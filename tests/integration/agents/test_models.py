"""What an agent makes of what models answer, well and badly, in the wire format of OpenAI's chat completions."""

import json
import threading
import time
from typing import Any

import pytest

from model_server import Raw, calls, said
from stepweave.errors import StepError, StepStopped

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}


def failure(desk: Any, *arguments: Any, **changed: Any) -> StepError:
    with pytest.raises(StepError) as failed:
        desk.ask(*arguments, **changed)
    return failed.value


def test_a_goal_is_asked_and_the_answer_is_the_output(desk, server):
    server.says(said("Hello."))
    desk.agent = {"instructions": "You greet {{ env.TEAM }}."}
    assert desk.ask() == "Hello."
    [asked] = server.asked()
    assert asked == {
        "model": "m-1",
        "messages": [
            {"role": "system", "content": "You greet blue."},
            {"role": "user", "content": "Say hello."},
        ],
    }
    assert desk.spent == [("m-1", 10, 3)]
    assert [message for message, _ in desk.logged] == ["The model answered"]


def test_the_key_and_the_parameters_of_the_model_are_sent(desk, server):
    server.says(said("ok"))
    desk.secrets = {"key": ("sk-secret", ())}
    params = {"temperature": 0, "top_p": 0.5, "max_tokens": 99, "seed": 7, "stop_words": ["END"], "min_length": 0}
    config = {"provider": "test", "model": "m-1", "api_url": f"{server.url}/v1/", "api_key": "{{ secrets.key }}"}
    desk.agent = {"model": {"config": {**config, "organization": "org-1", "params": params}}}
    desk.ask()
    [(_, _, headers, body)] = server.got
    assert headers["Authorization"] == "Bearer sk-secret"
    assert headers["OpenAI-Organization"] == "org-1"
    sent = {name: body[name] for name in ("temperature", "top_p", "max_tokens", "seed", "stop")}
    assert sent == {"temperature": 0, "top_p": 0.5, "max_tokens": 99, "seed": 7, "stop": ["END"]}
    assert "sk-secret" in desk.concealed


def test_a_secret_bound_elsewhere_is_not_sent_to_the_model(desk, server):
    server.says(said("ok"))
    desk.secrets = {"key": ("sk-secret", ("api.openai.com",))}
    config = {"provider": "test", "model": "m-1", "api_url": f"{server.url}/v1", "api_key": "{{ secrets.key }}"}
    desk.agent = {"model": {"config": config}}
    assert failure(desk).code == "secret_not_allowed"
    assert failure(desk, secret_hosts=(("other.example",),)).code == "secret_not_allowed"
    assert server.got == []


def test_an_action_is_asked_with_its_input_filled_in(desk, server):
    server.says(said("ok"))
    action = {
        "id": "greet",
        "prompt": "Greet {{ .input.name }} for $ARGUMENTS.",
        "input": {"type": "object", "properties": {"name": {"type": "string", "default": "Ada"}}},
    }
    desk.agent = {"actions": [action]}
    desk.scope["input"] = {"task": "the launch"}
    desk.ask({"goal": None, "action": "greet"})
    assert server.asked()[0]["messages"][-1]["content"] == "Greet Ada for the launch."


def test_what_a_goal_is_given_stands_behind_it(desk, server):
    server.says(said("ok"))
    desk.ask({"goal": "Sum up $ARGUMENTS.", "with": {"text": "long"}})
    assert server.asked()[0]["messages"][-1]["content"] == 'Sum up .\n\nInput:\n{"text": "long"}'


@pytest.mark.parametrize(
    ("agent", "config", "code"),
    [
        ({}, {"agent_id": "nobody"}, "agent_not_found"),
        ({}, {"goal": None, "action": "none"}, "action_not_found"),
        ({"model": {}}, {}, "model_not_configured"),
        ({"model": {"config": {"provider": "unheard-of", "model": "m"}}}, {}, "model_not_configured"),
        ({"model": {"config": {"provider": "bedrock", "model": "m"}}}, {}, "model_not_configured"),
        ({}, {"with": [1]}, "invalid_config"),
        ({}, {"output_schema": {"type": "nonsense"}}, "invalid_config"),
        ({"tools": [{"id": "t", "config": {}}]}, {}, "tool_not_found"),
        ({"tools": [{"id": "t", "config": {"method": "GET"}}]}, {}, "invalid_config"),
        ({"instructions": "{{ secrets.key }}"}, {}, "expression_no_value"),
        (
            {"actions": [{"id": "a", "prompt": "x", "input": {"type": "object", "required": ["n"]}}]},
            {"goal": None, "action": "a"},
            "invalid_config",
        ),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_is_sent(desk, server, agent, config, code):
    desk.agent = agent
    assert failure(desk, config).code == code
    assert server.got == []


def test_an_agent_without_a_model_says_how_to_configure_one(desk):
    desk.agent = {"model": {}}
    message = failure(desk).message
    for hint in ("provider", "bedrock", "openai", "api_url", "api_key", "HTTP_ALLOWED_HOSTS"):
        assert hint in message


def test_an_answer_is_held_against_the_schema_and_repaired(desk, server):
    server.says(said("I think it is seven."), said('```json\n{"n": "7"}\n```'), said('Here: {"n": 7}. Good?'))
    assert desk.ask({"output_schema": SCHEMA}) == {"n": 7}
    first, second, third = server.asked()
    assert json.dumps(SCHEMA) in first["messages"][0]["content"]
    assert "no JSON" in second["messages"][-1]["content"]
    assert "is not of type 'integer'" in third["messages"][-1]["content"]
    assert len(desk.spent) == 3


def test_repairs_come_to_an_end(desk, server):
    server.says(said('{"n": "seven"}'))
    error = failure(desk, {"output_schema": SCHEMA})
    assert (error.code, len(server.asked())) == ("output_invalid", 4)
    assert error.details["text"] == '{"n": "seven"}'


def test_an_action_has_an_output_of_its_own(desk, server):
    server.says(said('{"n": 1}'))
    desk.agent = {"actions": [{"id": "count", "prompt": "Count.", "output": SCHEMA}]}
    assert desk.ask({"goal": None, "action": "count"}) == {"n": 1}


def test_an_empty_answer_is_asked_for_again(desk, server):
    server.says(said(""), said("There."))
    assert desk.ask() == "There."


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (said("", "content_filter"), "model_refused"),
        (said("", refusal="I will not."), "model_refused"),
        (Raw('{"error": {"code": "content_filter"}}', 400), "model_refused"),
        (said("It beg", "length"), "model_answer_cut"),
        (Raw('{"error": {"code": "invalid_api_key"}}', 401), "model_error"),
        (Raw('{"error": {"code": "model_not_found"}}', 404), "model_error"),
        (Raw('{"error": {"code": "insufficient_quota"}}', 429), "model_error"),
        (Raw("moved", 302, headers={"Location": "http://169.254.169.254/"}), "model_error"),
    ],
)
def test_what_asking_again_would_not_change_fails_at_once(desk, server, answer, code):
    server.says(answer)
    error = failure(desk)
    assert (error.code, error.kind, len(server.got)) == (code, "permanent", 1)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Raw("slow down", 429), "throttled"),
        (Raw("overloaded", 529), "server_error"),
        (Raw("<html>bad gateway</html>", 502, "text/html"), "server_error"),
        (Raw("not json"), "server_error"),
        (Raw("[]"), "server_error"),
        (Raw('{"choices": []}'), "server_error"),
        (Raw('{"choices": [{"message": {"content": [7]}}]}'), "server_error"),
        (Raw('{"choices": [{"message": {"tool_calls": [{"id": "x"}]}}]}'), "server_error"),
        (Raw('{"choices": [{"message": null}]}'), "server_error"),
        (Raw("{" * 5_000), "server_error"),
    ],
)
def test_what_may_pass_is_asked_again_with_growing_pauses_and_then_fails(desk, server, answer, kind):
    server.says(answer)
    error = failure(desk)
    assert (error.kind, len(server.got)) == (kind, 5)
    assert desk.slept == [1.0, 2.0, 4.0, 8.0]


def test_a_model_that_recovers_is_heard(desk, server):
    server.says(Raw("busy", 429, headers={"Retry-After": "7"}), Raw("oops", 500), said("Here."))
    assert desk.ask() == "Here."
    assert desk.slept == [7.0, 2.0]


def test_a_pause_that_does_not_fit_into_the_attempt_is_left_to_the_step(desk, server):
    server.says(Raw("busy", 429, headers={"Retry-After": "600"}))
    error = failure(desk)
    assert (error.kind, error.retry_after, desk.slept) == ("throttled", 600.0, [])


def test_a_model_that_is_too_slow_is_a_time_out(desk, server):
    never = threading.Event()
    server.says(Raw("{}", after=never))
    error = failure(desk, timeout_seconds=0.2)
    never.set()
    assert (error.code, error.kind) == ("timeout", "timeout")


def test_a_model_that_cannot_be_reached_is_a_lost_connection(desk):
    desk.agent = {"model": {"config": {"provider": "test", "model": "m", "api_url": "http://127.0.0.1:1/v1"}}}
    assert failure(desk).code in ("address_not_allowed", "connection_failed")


def test_an_answer_without_end_is_cut_off(desk, server):
    server.says(Raw(b'{"x": "' + b"x" * 11_000_000 + b'"}'))
    assert failure(desk).code == "response_too_large"


def test_a_long_answer_is_given_in_full(desk, server):
    server.says(said("x" * 2_000_000))
    assert desk.ask() == "x" * 2_000_000


def test_an_address_that_is_not_public_is_refused_without_leave(desk):
    desk.agent = {"model": {"config": {"provider": "ollama", "model": "m"}}}
    error = failure(desk)
    assert error.code == "address_not_allowed"
    assert "HTTP_ALLOWED_HOSTS" in error.message


def test_parts_of_text_are_put_together(desk, server):
    parts = [{"type": "text", "text": "a"}, {"type": "thinking"}, {"type": "text", "text": "b"}]
    server.says(said(parts))  # type: ignore[arg-type]
    assert desk.ask() == "ab"


def test_openai_has_its_own_name_for_the_longest_answer(desk, server):
    server.says(said("ok"))
    config = {"provider": "openai", "model": "m", "api_url": f"{server.url}/v1", "params": {"max_tokens": 5}}
    desk.agent = {"model": {"config": config}}
    desk.ask()
    assert (server.asked()[0]["max_completion_tokens"], "max_tokens" in server.asked()[0]) == (5, False)


def test_usage_that_is_no_number_counts_as_none(desk, server):
    server.says({**said("ok"), "usage": {"prompt_tokens": "many", "completion_tokens": -1}})
    desk.ask()
    assert desk.spent == [("m-1", 0, 0)]


def test_an_endless_loop_of_tools_comes_to_an_end(desk, server):
    desk.agent = {"max_iterations": 3, "tools": [{"id": "look", "config": {"url": f"{server.url}/look"}}]}
    server.tools = {"/look": lambda _: {"again": True}}
    server.says(calls(("look", {})))
    error = failure(desk)
    assert (error.code, error.details) == ("max_iterations", {"max_iterations": 3})
    assert len(server.asked()) == 3


def test_an_agent_whose_run_is_cancelled_calls_no_further_tool_and_asks_no_more(desk, server):
    desk.agent = {"tools": [{"id": "look", "config": {"url": f"{server.url}/look"}}]}
    looked = []
    server.tools = {"/look": lambda _: looked.append(1) or {}}
    server.says(calls(("look", {}), ("look", {})))
    error = failure(desk, stopped=lambda: bool(looked))
    assert isinstance(error, StepStopped)
    assert (len(looked), len(server.asked())) == (1, 1)


def test_the_reply_of_a_slow_model_is_not_waited_for_once_the_run_is_cancelled(desk, server):
    asked = threading.Event()
    server.says(Raw("{}", after=asked))
    begun = time.monotonic()
    try:
        error = failure(desk, stopped=lambda: bool(server.asked()))
    finally:
        asked.set()
    assert isinstance(error, StepStopped)
    assert time.monotonic() - begun < 10


def test_a_count_of_tokens_that_is_none_is_bounded(desk, server):
    server.says(said("ok") | {"usage": {"prompt_tokens": 10**300, "completion_tokens": 7}})
    desk.ask()
    assert desk.spent == [("m-1", 10**9, 7)]
    assert desk.logged[0][1]["input_tokens"] == 10**9


def test_an_expression_of_the_agent_that_fails_says_whose_it_is(desk):
    desk.agent = {"instructions": "Greet {{ input.name }}."}
    error = failure(desk)
    assert (error.code, error.message) == (
        "expression_no_value",
        "In agent 'writer': The expression 'input.name' yields nothing.",
    )
