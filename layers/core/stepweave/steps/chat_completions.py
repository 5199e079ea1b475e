"""Models behind an OpenAI-compatible endpoint (https://platform.openai.com/docs/api-reference/chat)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stepweave.domain.json_value import parse_json
from stepweave.errors import StepError
from stepweave.services.ports.models import ModelSettings, Question, Reply, ToolCall, Turn
from stepweave.steps.address import named_hosts
from stepweave.steps.retry_after import retry_after
from stepweave.steps.sender import USER_AGENT, shown
from stepweave.steps.transport import Request, Response, Transport

ENDPOINTS = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com/v1",
    "deepseek": "https://api.deepseek.com/v1",
    "google": "https://generativelanguage.googleapis.com/v1beta/openai",
    "groq": "https://api.groq.com/openai/v1",
    "mistral": "https://api.mistral.ai/v1",
    "ollama": "http://localhost:11434/v1",
    "openrouter": "https://openrouter.ai/api/v1",
    "xai": "https://api.x.ai/v1",
}
"""Where providers answer in this form, unless `api_url` says otherwise."""
_TRANSIENT = frozenset({408, 409, 425, 500, 502, 503, 504, 529})
_PARAMS = {"temperature": "temperature", "top_p": "top_p", "seed": "seed", "stop_words": "stop"}


@dataclass(frozen=True)
class ChatCompletions:
    """The port `Model`; requests go through the guarded transport."""

    transport: Transport
    clock: Any

    def reply(self, question: Question) -> Reply:
        answer = self.transport.send(_request(question), question.timeout_seconds)
        if answer.status != 200:
            raise self._refused(answer)
        return _reply(answer)

    def _refused(self, answer: Response) -> StepError:
        code = _error_code(answer)
        if code == "content_filter":
            return StepError("model_refused", f"A filter of {answer.origin} kept the model from answering.")
        kind = "permanent"
        if answer.status == 429 and code != "insufficient_quota":
            kind = "throttled"
        elif answer.status in _TRANSIENT:
            kind = "server_error"
        return StepError(
            "model_error",
            f"{answer.origin} answered {answer.status} where a model's reply was expected.",
            kind=kind,
            details={"status_code": answer.status, "body": shown(answer)},
            retry_after=retry_after(answer.headers.get("retry-after"), self.clock()),
        )


def _request(question: Question) -> Request:
    settings = question.settings
    body: dict[str, Any] = {"model": settings.name, "messages": list(_messages(question)), **_params(settings)}
    if question.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {"name": tool.name, "description": tool.description, "parameters": dict(tool.schema)},
            }
            for tool in question.tools
        ]
    headers = {"User-Agent": USER_AGENT, "Content-Type": "application/json", "Accept": "application/json"}
    headers |= question.correlation
    if settings.api_key:
        headers["Authorization"] = f"Bearer {settings.api_key}"
    if settings.organization:
        headers["OpenAI-Organization"] = settings.organization
    return Request(
        "POST",
        f"{settings.url.rstrip('/')}/chat/completions",
        headers,
        json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
        bound_to=tuple(named_hosts(hosts) for hosts in settings.hosts),
        follow=False,
        stopped=question.stopped,
    )


def _params(settings: ModelSettings) -> dict[str, Any]:
    """OpenAI's own models have another name for the most tokens of an answer than all others still have."""
    params = {ours: settings.params.get(name) for name, ours in _PARAMS.items()}
    longest = "max_completion_tokens" if settings.provider == "openai" else "max_tokens"
    params[longest] = settings.params.get("max_tokens") or None
    return {name: value for name, value in params.items() if value is not None and value != []}


def _messages(question: Question) -> Iterator[dict[str, Any]]:
    if question.instructions:
        yield {"role": "system", "content": question.instructions}
    for turn in question.turns:
        yield from _message(turn)


def _message(turn: Turn) -> Iterator[dict[str, Any]]:
    match turn.by:
        case "user":
            yield {"role": "user", "content": turn.text}
        case "model":
            message: dict[str, Any] = {"role": "assistant", "content": turn.text or ("" if not turn.calls else None)}
            if turn.calls:
                message["tool_calls"] = [_call(call) for call in turn.calls]
            yield message
        case "tools":
            for result in turn.results:
                yield {"role": "tool", "tool_call_id": result.call.id, "content": result.text}


def _call(call: ToolCall) -> dict[str, Any]:
    arguments = json.dumps(call.arguments or {}, ensure_ascii=False)
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _reply(answer: Response) -> Reply:
    try:
        body = parse_json(answer.body)
        choice = body["choices"][0]
        message = choice["message"]
        finish = choice.get("finish_reason")
        calls = tuple(_called(call, index) for index, call in enumerate(message.get("tool_calls") or ()))
        text = _text(message.get("content"))
        refused = bool(message.get("refusal")) or finish == "content_filter"
        used = body.get("usage") or {}
        tokens = [_count(used.get(name)) for name in ("prompt_tokens", "completion_tokens")]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        message_ = f"What {answer.origin} answered is no chat completion ({type(error).__name__})."
        details = {"body": shown(answer)}
        raise StepError("model_response_invalid", message_, kind="server_error", details=details) from error
    end = "refused" if refused else "cut" if finish == "length" else "done"
    return Reply(message.get("refusal") or text if refused else text, calls, tokens[0], tokens[1], end)  # type: ignore[arg-type]  # one of the three


def _called(call: Mapping[str, Any], index: int) -> ToolCall:
    """Some servers send arguments as an object, and no id."""
    function = call["function"]
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        try:
            arguments = parse_json(arguments.encode("utf-8", "replace")) if arguments.strip() else {}
        except ValueError:
            arguments = None
    if not isinstance(arguments, Mapping | None):
        arguments = None
    return ToolCall(str(call.get("id") or f"call_{index}"), str(function["name"]), arguments)


def _text(content: Any) -> str:
    """Text, or parts of it."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content if part.get("type") == "text")


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _error_code(answer: Response) -> str:
    try:
        return str(parse_json(answer.body)["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return ""
