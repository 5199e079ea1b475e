"""The form of a task, a member of a Compozy workflow that is kept by itself. pydantic: for whoever takes tasks in."""

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from stepweave.domain.agent_form import AgentForm, McpServer, Memory, ModelChoice, ModelConfig
from stepweave.domain.form import Model
from stepweave.domain.tool_form import Env, Object, ToolForm

TaskType = Literal["basic", "router", "parallel", "collection", "aggregate", "composite", "signal", "wait", "memory"]
Count = int | str
"""A number, or a template that yields one."""


class Transition(Model):
    """Which task follows."""

    next: str | None = None
    with_: Object | None = Field(default=None, alias="with")


class RetryPolicy(Model):
    initial_interval: str | None = None
    backoff_coefficient: float | None = None
    maximum_attempts: int | None = Field(default=None, ge=0)
    maximum_interval: str | None = None
    non_retryable_error_types: list[str] = []


class TaskConfig(Model):
    retry_policy: RetryPolicy | None = None
    on_error: Transition | None = None
    schedule_to_start_timeout: str | None = None
    start_to_close_timeout: str | None = None
    schedule_to_close_timeout: str | None = None
    heartbeat_timeout: str | None = None


class Signal(Model):
    id: str | None = None
    payload: Object | None = None


class TaskForm(Model):
    """Members of every type of task; all of it may be left out, and which go together is not checked here."""

    id: str | None = None
    resource: str | None = None
    type: TaskType | None = None
    description: str | None = None
    config: TaskConfig | None = None
    agent: str | AgentForm | None = None
    tool: str | ToolForm | None = None
    input: Object | None = None
    output: Object | None = None
    with_: Object | None = Field(default=None, alias="with")
    outputs: Object | None = None
    env: Env = {}
    knowledge: list[JsonValue] = []
    attachments: list[Any] = []
    on_success: Transition | None = None
    on_error: Transition | None = None
    condition: str | None = None
    sleep: str | None = None
    final: bool | None = None
    timeout: str | None = None
    retries: int | None = Field(default=None, ge=0)
    # basic
    action: str | None = None
    prompt: str | None = None
    model: ModelChoice | None = None
    direct_model: ModelConfig | None = Field(default=None, alias="model_config")
    tools: Annotated[list[str | ToolForm], Field(max_length=100)] = []
    mcps: Annotated[list[McpServer], Field(max_length=20)] = []
    max_iterations: int | None = Field(default=None, ge=0, le=100)
    memory: list[Memory | str] = []
    # router
    routes: "dict[str, str | TaskForm] | None" = None
    # parallel, composite, collection
    tasks: "Annotated[list[TaskForm], Field(max_length=1_000)]" = []
    task: "TaskForm | None" = None
    strategy: Literal["wait_all", "fail_fast", "best_effort", "race"] | None = None
    max_workers: Count | None = None
    items: str | list[JsonValue] | None = None
    filter: str | None = None
    item_var: str | None = None
    index_var: str | None = None
    mode: Literal["parallel", "sequential"] | None = None
    batch: Count | None = None
    # wait, signal
    wait_for: str | None = None
    processor: "TaskForm | None" = None
    on_timeout: str | None = None
    signal: Signal | None = None
    # memory
    operation: Literal["read", "write", "append", "delete", "flush", "health", "clear", "stats"] | None = None
    memory_ref: str | None = None
    key_template: str | None = None
    payload: JsonValue = None
    batch_size: int | None = Field(default=None, ge=0, le=10_000)
    max_keys: int | None = Field(default=None, ge=0, le=50_000)
    flush_config: Object | None = None
    health_config: Object | None = None
    stats_config: Object | None = None
    clear_config: Object | None = None
    # what an answer tells beside them, and a client may send back
    has_subtasks: bool | None = None
    subtask_ids: list[str] | None = None
    signal_name: str | None = None
