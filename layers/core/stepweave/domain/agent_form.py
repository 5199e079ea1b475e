"""The form of an agent's configuration. pydantic: for whoever takes agents in, not for who runs them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from stepweave.domain.form import Model, Text
from stepweave.domain.tool_form import Env, Object, ToolForm


class ModelParams(Model):
    max_tokens: int | None = Field(default=None, ge=0)
    temperature: float | None = Field(default=None, ge=0)
    top_p: float | None = Field(default=None, ge=0, le=1)
    top_k: int | None = Field(default=None, ge=0)
    seed: int | None = None
    stop_words: list[str] = []
    min_length: int | None = Field(default=None, ge=0)
    max_length: int | None = Field(default=None, ge=0)
    repetition_penalty: float | None = None


class ModelConfig(Model):
    """Which model, and where it answers."""

    provider: Text | None = None
    model: str | None = None
    api_key: str | None = None
    api_url: str | None = None
    organization: str | None = None
    params: ModelParams | None = None
    default: bool | None = None
    max_tool_iterations: int | None = Field(default=None, ge=0)


class ModelChoice(Model):
    config: ModelConfig | None = None
    ref: str | None = None


class Action(Model):
    """A prompt with a name; `input` and `output` are JSON Schemas."""

    id: Text
    prompt: str = ""
    input: Object | None = None
    output: Object | None = None
    with_: Object | None = Field(default=None, alias="with")
    attachments: list[Any] = []


class AgentTool(ToolForm):
    """What the model may call; without `config` the tool resource that `resource`, else `id`, names."""

    id: Text


class McpServer(Model):
    """A server of tools (Model Context Protocol)."""

    id: Text
    transport: Literal["streamable-http", "stdio", "sse"] | None = None
    url: str | None = None
    headers: Env = {}
    command: str | None = None
    args: list[str] = []
    env: Env = {}
    proto: str | None = None
    start_timeout: int | None = None
    max_sessions: int | None = Field(default=None, ge=0)
    resource: str | None = None


class Memory(Model):
    id: Text
    key: str | None = None
    mode: Literal["read-write", "append", "read-only"] | None = None


class AgentForm(Model):
    """An agent's configuration; all of it may be left out."""

    id: str | None = None
    resource: str | None = None
    instructions: str = ""
    model: ModelChoice | None = None
    max_iterations: int | None = Field(default=None, ge=0, le=100)
    actions: Annotated[list[Action], Field(max_length=100)] = []
    tools: Annotated[list[AgentTool], Field(max_length=100)] = []
    mcps: Annotated[list[McpServer], Field(max_length=20)] = []
    with_: Object | None = Field(default=None, alias="with")
    env: Env = {}
    memory: list[Memory | str] = []
    attachments: list[Any] = []
