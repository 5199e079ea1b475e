"""The tools that an agent has in one attempt: told to its model, and called for it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from stepweave.compiler.schema_values import value_problems
from stepweave.errors import StepError, StepweaveError
from stepweave.services.ports import StepContext
from stepweave.services.ports.models import ToolCall, ToolForm, ToolResult

MAX_RESULT_CHARACTERS = 60_000
"""Of what a tool yields, as a model is given it; the rest is left out with a note."""
MAX_TOOLS = 128
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")


class Tool(Protocol):
    """`checked`: whether arguments are held against the schema here. `is_safe`: calling it changes nothing."""

    @property
    def form(self) -> ToolForm: ...
    @property
    def checked(self) -> bool: ...
    @property
    def is_safe(self) -> bool: ...
    def call(self, arguments: Mapping[str, Any], nth: str, timeout_seconds: float) -> Any:
        """A JSON value; a `StepweaveError` is told to the model. `nth`: the call's place in the attempt."""


@dataclass
class Toolbox:
    """`acted`: whether something has been called by now that is not safe to be called again."""

    tools: Sequence[Tool]
    acted: bool = False
    _named: dict[str, Tool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for tool in self.tools[:MAX_TOOLS]:
            self._named.setdefault(tool.form.name, tool)

    @property
    def forms(self) -> Sequence[ToolForm]:
        return [tool.form for tool in self._named.values()]

    @property
    def left_out(self) -> list[str]:
        """Names of tools that another one has, or that are beyond the most."""
        kept = list(self._named.values())
        return [tool.form.name for tool in self.tools if not any(tool is each for each in kept)]

    def call(self, call: ToolCall, nth: str, timeout_seconds: float) -> ToolResult:
        """Its result, or what went wrong, for the model to make something of it."""
        tool = self._named.get(call.name)
        if tool is None:
            return ToolResult(call, f"There is no tool '{call.name[:100]}'; there are: {', '.join(self._named)}.", True)
        if call.arguments is None:
            return ToolResult(call, "The arguments are no JSON object. Call the tool again.", failed=True)
        if problems := _problems(tool, call.arguments):
            return ToolResult(call, f"The arguments do not match the tool's schema: {'; '.join(problems)}.", True)
        self.acted = self.acted or not tool.is_safe
        try:
            return ToolResult(call, _text(tool.call(call.arguments, nth, timeout_seconds)))
        except StepError as error:
            return ToolResult(call, _text({"error": error.code, "message": error.message, **error.details}), True)
        except StepweaveError as error:
            return ToolResult(call, _text({"error": error.code, "message": error.message}), failed=True)


def call_key(context: StepContext, nth: str) -> str:
    """Idempotency key of one call: each conversation has its own, for its calls are others at the same place. One
    begins with every attempt, and with every resume of the run, which counts attempts anew."""
    began = round(context.first_entered.timestamp() * 1000)
    return f"{context.idempotency_key}:{began}:{context.attempt}:{nth}"


def name_of(*parts: str) -> str:
    """A name that every provider takes: 64 letters, digits, `_` and `-`. -> `github__search` of `github`, `search`"""
    return _NOT_IN_NAMES.sub("_", "__".join(parts))[:64]


def schema_of(declared: Any) -> Mapping[str, Any]:
    """The schema of an object, also where none is declared."""
    if not isinstance(declared, Mapping) or not declared:
        return {"type": "object", "properties": {}}
    return {"type": "object", **declared}


def _problems(tool: Tool, arguments: Mapping[str, Any]) -> list[str]:
    if not tool.checked:
        return []
    return [f"{problem.path or '/'}: {problem.message}" for problem in value_problems(tool.form.schema, arguments)]


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if len(text) <= MAX_RESULT_CHARACTERS:
        return text
    return f"{text[:MAX_RESULT_CHARACTERS]}\n[... {len(text) - MAX_RESULT_CHARACTERS} characters left out]"
