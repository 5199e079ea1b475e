"""Models of language: a conversation, what a model may call, and its next reply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from stepweave.services.ports.steps import Stopped


@dataclass(frozen=True)
class ModelSettings:
    """`name`: as the provider calls it. `url`: of an OpenAI-compatible endpoint. `hosts`: of each secret that may be
    sent to the model and is bound to hosts, these; requests go nowhere else."""

    provider: str
    name: str
    url: str = ""
    api_key: str = field(default="", repr=False)
    organization: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    hosts: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class ToolForm:
    """What a model is told of a tool; `schema` is a JSON Schema of an object."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class ToolCall:
    """What a model wants; `arguments` is None when it sent no JSON object."""

    id: str
    name: str
    arguments: Mapping[str, Any] | None


@dataclass(frozen=True)
class ToolResult:
    call: ToolCall
    text: str
    failed: bool = False


@dataclass(frozen=True)
class Turn:
    """`user` and `model` have text, `model` also calls; `tools` has the result of each of those calls."""

    by: Literal["user", "model", "tools"]
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()


@dataclass(frozen=True)
class Question:
    """`stopped`: whether the reply is not wanted any more; a model that ends its work for it raises `StepStopped`."""

    settings: ModelSettings
    instructions: str
    turns: Sequence[Turn]
    tools: Sequence[ToolForm]
    timeout_seconds: float
    correlation: Mapping[str, str] = field(default_factory=dict)
    stopped: Stopped | None = None


@dataclass(frozen=True)
class Reply:
    """`end`: `cut` when the model ran out of tokens, `refused` when it, or a filter, would not answer."""

    text: str
    calls: tuple[ToolCall, ...] = ()
    input_tokens: int = 0
    output_tokens: int = 0
    end: Literal["done", "cut", "refused"] = "done"


class Model(Protocol):
    def reply(self, question: Question) -> Reply:
        """Raises `StepError`: of kind `throttled`, `timeout`, `server_error` or `connection` when the same question
        may be asked again."""
