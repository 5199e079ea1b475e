"""`agent_task`: asks an agent's model, calls the tools that it wants, until it answers."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from stepweave.domain.duration import seconds_of as seconds_in
from stepweave.errors import ExpressionError, StepError
from stepweave.services.ports import Done, Random, Sleep, StepBody, StepContext
from stepweave.services.ports.models import Model, ToolForm
from stepweave.services.ports.resources import KnownResources
from stepweave.steps.agent_answer import check_schema
from stepweave.steps.agent_loop import Talk, converse
from stepweave.steps.agent_setup import BEDROCK, Setup, not_configured, setup_of
from stepweave.steps.binding import bound_hosts
from stepweave.steps.config import invalid_config
from stepweave.steps.http_request import http_request
from stepweave.steps.http_tool import HttpTool
from stepweave.steps.mcp_tools import Processes, mcp_tools
from stepweave.steps.toolbox import Tool, Toolbox, name_of, schema_of
from stepweave.steps.transport import Transport
from stepweave.steps.workflow_tool import DEPTH_LABEL, RunCalls, WorkflowTool

TOOL_SECONDS = 60.0
"""What a call of a tool may take, unless the tool says otherwise; a workflow may take all that is left."""


@dataclass(frozen=True)
class AgentPorts:
    """`bedrock`, `processes`: None where there are none. `chat`: of every provider but Bedrock."""

    agents: KnownResources
    chat: Model
    bedrock: Model | None
    transport: Transport
    runs: RunCalls
    processes: Processes | None
    sleep: Sleep
    random: Random
    monotonic: Callable[[], float]


def agent_task(ports: AgentPorts) -> StepBody:
    """Output: text, or the value that `output_schema` asks for.

    A failure after a tool has been called that is not safe to be called again is of no retried class.
    """

    def work(context: StepContext) -> Done:
        ends_at = ports.monotonic() + context.timeout_seconds
        bound_hosts(context)
        setup = _setup(context, ports.agents)
        if setup.schema is not None:
            check_schema(setup.schema, setup.schema_place)
        model = _model(setup, ports)
        with ExitStack() as stack:
            tools = _tools(setup, context, ports, stack, lambda: ends_at - ports.monotonic())
            toolbox = Toolbox(tools)
            if toolbox.left_out:
                message = "Tools are left out, for others have their names, or there are too many"
                context.log(message, {"tools": toolbox.left_out})
            talk = Talk(model, toolbox, context, lambda: ends_at - ports.monotonic(), ports.sleep, ports.random)
            try:
                return Done(converse(setup, talk))
            except StepError as error:
                if toolbox.acted and error.kind != "final":
                    error.kind = "permanent"
                raise

    return work


def _setup(context: StepContext, agents: KnownResources) -> Setup:
    """The step's own expressions have been evaluated by now: one that fails here is the agent's."""
    try:
        return setup_of(context, agents)
    except ExpressionError as error:
        error.message = f"In agent '{context.config['agent_id']}': {error.message}"
        raise


def _model(setup: Setup, ports: AgentPorts) -> Model:
    if setup.settings.provider != BEDROCK:
        return ports.chat
    if ports.bedrock is None:
        raise not_configured(setup.agent_id, "has a model of Bedrock, which a laptop's embedded AWS has not")
    if setup.settings.hosts:
        message = "A secret of this step is bound to hosts, and a model of Bedrock is asked at a host of AWS's choice."
        raise StepError("secret_not_allowed", message)
    return ports.bedrock


def _tools(
    setup: Setup, context: StepContext, ports: AgentPorts, stack: ExitStack, left: Callable[[], float]
) -> list[Tool]:
    request = http_request(ports.transport, ports.monotonic)
    tools: list[Tool] = [
        _declared(each, setup, context, request, ports.runs) for each in setup.content.get("tools") or ()
    ]
    scope = {"input": setup.given, "env": setup.env}
    for server in setup.content.get("mcps") or ():
        hosts = (*context.secret_hosts, *setup.hosts_of(server))
        tools += mcp_tools(server, scope, hosts, context, ports.transport, ports.processes, stack, left)
    return tools


def _declared(tool: Mapping[str, Any], setup: Setup, context: StepContext, request: StepBody, runs: RunCalls) -> Tool:
    config: Mapping[str, Any] = tool.get("config") or {}
    form = ToolForm(name_of(tool["id"]), tool.get("description") or tool["id"], schema_of(tool.get("input")))
    timeout = seconds_in(tool["timeout"]) if tool.get("timeout") else None
    own = {"with": tool.get("with") or {}, "env": tool.get("env") or {}}
    filled = context.fill(own, {"input": setup.given, "env": setup.env})
    fixed, env = filled.value["with"], {**setup.env, **filled.value["env"]}
    if config.get("url"):
        hosts = (*context.secret_hosts, *setup.hosts_of([config, own]), *filled.hosts)
        return HttpTool(form, config, fixed, env, hosts, timeout or TOOL_SECONDS, context, request)
    if config.get("workflow"):
        workflow, seconds = str(config["workflow"]), timeout or context.timeout_seconds
        return WorkflowTool(form, workflow, fixed, _depth(context), setup.agent_id, seconds, context, runs)
    raise invalid_config(
        f"/tools/{tool['id']}/config", "the agent's tool needs `url` (a request) or `workflow` (a run) in its config"
    )


def _depth(context: StepContext) -> int:
    found = context.evaluate(f"$exists(run.labels.{DEPTH_LABEL}) ? run.labels.{DEPTH_LABEL} : '0'")
    return int(found) if str(found).isdecimal() else 0
