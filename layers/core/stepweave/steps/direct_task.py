"""A task that is executed directly: what its agent does, or the request that its tool is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from stepweave.compiler.expressions import joined_text, render
from stepweave.compiler.schema_values import value_problems, with_defaults
from stepweave.domain.agent import without_leading_dots
from stepweave.domain.direct_execution import DirectRequest
from stepweave.domain.direct_task import Worker, reason_against, reason_against_tool, worker_of
from stepweave.domain.duration import seconds_of
from stepweave.domain.resource import Kind, Resource
from stepweave.errors import StepError
from stepweave.services.direct_work import Prepared
from stepweave.services.ports import Done, Resources, StepContext
from stepweave.services.ports.models import ToolForm
from stepweave.services.ports.resources import KnownResources
from stepweave.steps.agent_task import TOOL_SECONDS, AgentPorts, agent_task
from stepweave.steps.config import invalid_config
from stepweave.steps.direct_agent import OfProject
from stepweave.steps.http_request import http_request
from stepweave.steps.http_tool import HttpTool
from stepweave.steps.toolbox import name_of, schema_of
from stepweave.steps.transport import Transport


@dataclass(frozen=True)
class _WithOne:
    """The port `services.ports.resources.KnownResources`: those of a project, and an agent that a task holds."""

    known: KnownResources
    own: Resource

    def get(self, kind: Kind, resource_id: str) -> Resource | None:
        if (kind, resource_id) == (self.own.kind, self.own.id):
            return self.own
        return self.known.get(kind, resource_id)


def direct_task(request: DirectRequest, asked: Mapping[str, Any], resources: Resources, ports: AgentPorts) -> Prepared:
    """`StepError` when the task is gone, or became one that cannot be executed by itself."""
    known = OfProject(resources, request.project)
    found = known.get("task", request.of)
    if found is None:
        raise StepError("task_not_found", f"There is no task '{request.of}' any more.")
    task: Mapping[str, Any] = without_leading_dots(found.content)
    worker, reason = worker_of(task), reason_against(task)
    if worker is None or reason:
        raise StepError("task_not_executable", f"The task cannot be executed by itself: {reason}.")
    sent = asked.get("with") or {}
    given = {**render(task.get("with") or {}, _scope(sent)), **sent}
    if worker.kind == "tool":
        return _tool(_content_of("tool", worker, known), given, ports.transport, ports.monotonic)
    return _agent(request, task, worker, given, known, ports)


def _agent(
    request: DirectRequest,
    task: Mapping[str, Any],
    worker: Worker,
    given: Mapping[str, Any],
    known: KnownResources,
    ports: AgentPorts,
) -> Prepared:
    agent_id = worker.named or request.of
    if worker.written is not None:
        own = Resource("agent", agent_id, worker.written, "", request.created_at, request.created_at, request.project)
        known = _WithOne(known, own)
    if task.get("action"):
        what = {"action": task["action"]}
    else:
        what = {"goal": joined_text(render(task["prompt"], _scope(given)))}
    return Prepared(
        "agent_task", agent_task(replace(ports, agents=known)), {"agent_id": agent_id, "with": given, **what}
    )


def _tool(
    tool: Mapping[str, Any], given: Mapping[str, Any], transport: Transport, monotonic: Callable[[], float]
) -> Prepared:
    """Output: `{status_code, body}`."""
    if reason := reason_against_tool(tool):
        raise StepError("task_not_executable", f"The task cannot be executed by itself: {reason}.")
    form = ToolForm(name_of(str(tool.get("id") or "tool")), "", schema_of(tool.get("input")))
    timeout = seconds_of(tool["timeout"]) if tool.get("timeout") else TOOL_SECONDS

    def work(context: StepContext) -> Done:
        whole = with_defaults(form.schema, given)
        if problem := next(value_problems(form.schema, whole, "/with"), None):
            raise invalid_config(problem.path, problem.message)
        own = {"with": tool.get("with") or {}, "env": tool.get("env") or {}}
        filled = context.fill(own, {"input": whole, "env": {}})
        request = http_request(transport, monotonic)
        values, hosts = filled.value, filled.hosts
        called = HttpTool(form, tool["config"], values["with"], values["env"], hosts, timeout, context, request)
        return Done(called.call(whole, "1", context.timeout_seconds))

    return Prepared("http_request", work, {})


def _content_of(kind: Kind, worker: Worker, known: KnownResources) -> Mapping[str, Any]:
    if worker.written is not None:
        return worker.written
    found = known.get(kind, worker.named or "")
    if found is None:
        raise StepError(f"{kind}_not_found", f"There is no {kind} '{worker.named}' any more.")
    content: Mapping[str, Any] = without_leading_dots({"id": found.id, **found.content})
    return content


def _scope(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"input": given, "env": {}, "secrets": {}}
