"""Agents: put, read, listed, deleted."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from stepweave.compiler.expressions import syntax_problem
from stepweave.compiler.references import sources
from stepweave.compiler.schemas import schema_problems
from stepweave.compiler.templates import Unbalanced
from stepweave.domain.agent import (
    AGENT_ID,
    DEFAULT_PROJECT,
    MAX_AGENT_BYTES,
    Agent,
    etag_of,
    hidden,
    unhidden,
    without_leading_dots,
)
from stepweave.domain.agent_form import AgentForm
from stepweave.domain.problem import pointer
from stepweave.errors import Conflict, Fault, Invalid, NotFound, PreconditionFailed
from stepweave.services.moments import text_of
from stepweave.services.ports import Agents, Clock, Page
from stepweave.services.preconditions import ANY, IfMatch


def put_agent(
    agent_id: str,
    content: Mapping[str, Any],
    *,
    agents: Agents,
    clock: Clock,
    expected: IfMatch = ANY,
    project: str = DEFAULT_PROJECT,
) -> tuple[Agent, bool]:
    """The agent, and whether it is new. A value `********` stands for the stored one.

    Raises `Invalid`, `PreconditionFailed`, or `Conflict` when it is changed by somebody else at the same moment.
    """
    before = agents.get(agent_id, project)
    if expected.etags is not None and (before is None or before.etag not in expected.etags):
        raise PreconditionFailed(before.etag if before else "none, for there is no such agent")
    whole = unhidden(dict(content), before.content if before else {})
    _check(agent_id, whole)
    now = text_of(clock())
    agent = Agent(agent_id, whole, etag_of(whole), before.created_at if before else now, now, project)
    if not agents.put(agent, was=before):
        raise Conflict(f"Agent '{agent_id}' was changed by somebody else; put it again.", code="agent_changed")
    return agent, before is None


def get_agent(agent_id: str, *, agents: Agents, project: str = DEFAULT_PROJECT) -> Agent:
    found = agents.get(agent_id, project)
    if found is None:
        raise NotFound("agent", agent_id)
    return found


def shown(agent: Agent) -> dict[str, Any]:
    """An agent as it is answered: without credentials."""
    content: dict[str, Any] = hidden(agent.content)
    return {**content, "id": agent.id, "etag": agent.etag}


def list_agents(
    *, agents: Agents, prefix: str = "", limit: int = 50, cursor: str | None = None, project: str = DEFAULT_PROJECT
) -> Page[Agent]:
    return agents.page(project, prefix=prefix, limit=limit, cursor=cursor)


def delete_agent(agent_id: str, *, agents: Agents, expected: IfMatch = ANY, project: str = DEFAULT_PROJECT) -> bool:
    """Whether there was one; steps that name it fail from now on."""
    if expected.etags is None:
        return agents.remove(agent_id, project)
    found = agents.get(agent_id, project)
    if found is None or found.etag not in expected.etags:
        raise PreconditionFailed(found.etag if found else "none, for there is no such agent")
    return agents.remove(agent_id, project, etag=found.etag)


def _check(agent_id: str, content: Mapping[str, Any]) -> None:
    faults = [*_faults_of_id(agent_id, content), *_faults_of_form(content)]
    if not faults:
        faults = [*_faults_of_parts(content), *_faults_of_expressions(content)]
    if len(json.dumps(content, ensure_ascii=False).encode()) > MAX_AGENT_BYTES:
        faults.append(Fault("", f"The agent has more than {MAX_AGENT_BYTES} bytes."))
    if faults:
        raise Invalid(faults, code="invalid_agent")


def _faults_of_id(agent_id: str, content: Mapping[str, Any]) -> list[Fault]:
    if not AGENT_ID.fullmatch(agent_id):
        return [
            Fault("/id", "An id has 1 to 100 letters, digits, '.', '_', '-', and begins with one of the first two.")
        ]
    if content.get("id") not in (None, agent_id):
        return [Fault("/id", f"The id is '{agent_id}' where the agent is put; leave it out here, or repeat that.")]
    return []


def _faults_of_form(content: Mapping[str, Any]) -> list[Fault]:
    try:
        AgentForm.model_validate(content)
    except ValidationError as error:
        return [Fault(pointer(*each["loc"]), each["msg"]) for each in error.errors(include_url=False)]
    return []


def _faults_of_parts(content: Mapping[str, Any]) -> list[Fault]:
    """Ids that occur twice, and schemas that are none."""
    faults = []
    for member in ("actions", "tools", "mcps"):
        ids = [each["id"] for each in content.get(member, ())]
        for index, each in enumerate(content.get(member, ())):
            if each["id"] in ids[:index]:
                faults.append(Fault(f"/{member}/{index}/id", f"There is another of {member} with this id."))
            for name in ("input", "output"):
                if each.get(name):
                    found = schema_problems(each[name], f"/{member}/{index}/{name}")
                    faults += [Fault(problem.path, problem.message) for problem in found]
    return faults


def _faults_of_expressions(content: Mapping[str, Any]) -> list[Fault]:
    faults = []
    for name, value in content.items():
        try:
            found = [problem for source in sources(without_leading_dots(value)) if (problem := syntax_problem(source))]
        except Unbalanced as error:
            found = [f"an expression is not closed: {error}"]
        faults += [Fault(f"/{name}", problem) for problem in found]
    return faults
