"""Models of Amazon Bedrock, by Converse (Bedrock API reference)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from stepweave.errors import StepError
from stepweave.services.ports.models import Question, Reply, ToolCall, ToolResult, Turn

_KINDS = {
    "ThrottlingException": "throttled",
    "ServiceQuotaExceededException": "throttled",
    "ModelNotReadyException": "server_error",
    "ModelTimeoutException": "timeout",
    "InternalServerException": "server_error",
    "ModelErrorException": "server_error",
    "ServiceUnavailableException": "server_error",
}
_REFUSED = frozenset({"guardrail_intervened", "content_filtered"})
_CUT = frozenset({"max_tokens", "model_context_window_exceeded"})
_PARAMS = {"temperature": "temperature", "top_p": "topP", "max_tokens": "maxTokens", "stop_words": "stopSequences"}


class BedrockModel:
    """The port `Model`. `client`: makes one, without retries of its own, that waits so many seconds for an answer."""

    def __init__(self, client: Callable[[float], Any]) -> None:
        self._client = client

    def reply(self, question: Question) -> Reply:
        try:
            answer = self._client(question.timeout_seconds).converse(**_request(question))
        except ClientError as error:
            raise _refused(error) from error
        except ReadTimeoutError as error:
            raise StepError("timeout", "Bedrock did not answer in the time of this attempt.", kind="timeout") from error
        except BotoCoreError as error:
            message = f"Bedrock could not be asked ({type(error).__name__})."
            raise StepError("model_error", message, kind="connection") from error
        return _reply(answer)


def _request(question: Question) -> dict[str, Any]:
    request: dict[str, Any] = {
        "modelId": question.settings.name,
        "messages": [_message(turn) for turn in question.turns],
        "inferenceConfig": _inference(question.settings.params),
    }
    if question.instructions:
        request["system"] = [{"text": question.instructions}]
    if question.tools:
        tools = [
            {
                "toolSpec": {
                    "name": tool.name,
                    "description": tool.description or tool.name,
                    "inputSchema": {"json": dict(tool.schema)},
                }
            }
            for tool in question.tools
        ]
        request["toolConfig"] = {"tools": tools}
    return request


def _inference(params: Mapping[str, Any]) -> dict[str, Any]:
    found = {theirs: params.get(ours) for ours, theirs in _PARAMS.items()}
    found["maxTokens"] = found["maxTokens"] or None
    return {name: value for name, value in found.items() if value is not None and value != []}


def _message(turn: Turn) -> dict[str, Any]:
    """Empty text is refused by Converse."""
    match turn.by:
        case "user":
            return {"role": "user", "content": [{"text": turn.text or "(nothing)"}]}
        case "model":
            said = [{"text": turn.text}] if turn.text.strip() else []
            uses = [
                {"toolUse": {"toolUseId": call.id, "name": call.name, "input": call.arguments or {}}}
                for call in turn.calls
            ]
            return {"role": "assistant", "content": [*said, *uses] or [{"text": "(nothing)"}]}
        case _:
            return {"role": "user", "content": [_result(result) for result in turn.results]}


def _result(result: ToolResult) -> dict[str, Any]:
    status = "error" if result.failed else "success"
    content = [{"text": result.text or "(nothing)"}]
    return {"toolResult": {"toolUseId": result.call.id, "content": content, "status": status}}


def _reply(answer: Mapping[str, Any]) -> Reply:
    try:
        blocks = answer["output"]["message"]["content"]
        reason = answer["stopReason"]
    except (KeyError, TypeError) as error:
        message = "What Bedrock answered has no message."
        raise StepError("model_response_invalid", message, kind="server_error") from error
    used = answer.get("usage", {})
    text = "".join(block["text"] for block in blocks if "text" in block)
    end = "refused" if reason in _REFUSED else "cut" if reason in _CUT else "done"
    tokens = used.get("inputTokens", 0), used.get("outputTokens", 0)
    return Reply(text, tuple(_calls(blocks)), *tokens, end)  # type: ignore[arg-type]  # one of the three


def _calls(blocks: Any) -> Iterator[ToolCall]:
    for block in blocks:
        if use := block.get("toolUse"):
            arguments = use.get("input")
            yield ToolCall(use["toolUseId"], use["name"], arguments if isinstance(arguments, Mapping) else None)


def _refused(error: ClientError) -> StepError:
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    kind = _KINDS.get(code) or ("server_error" if status >= 500 else "permanent")
    said = error.response["Error"].get("Message", "")[:500]
    return StepError("model_error", f"Bedrock refused the request ({code}).", kind=kind, details={"message": said})
