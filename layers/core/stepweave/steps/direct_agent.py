"""An agent that is executed directly: the body of an `agent_task`, with what was asked as its config."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from stepweave.domain.direct_execution import DirectRequest
from stepweave.domain.resource import Kind, Resource
from stepweave.services.direct_work import Prepared
from stepweave.services.ports import Resources
from stepweave.steps.agent_task import AgentPorts, agent_task


@dataclass(frozen=True)
class OfProject:
    """The port `services.ports.KnownResources`: those of a project."""

    resources: Resources
    project: str

    def get(self, kind: Kind, resource_id: str) -> Resource | None:
        return self.resources.get(kind, resource_id, self.project)


def direct_agent(request: DirectRequest, asked: Mapping[str, Any], resources: Resources, ports: AgentPorts) -> Prepared:
    """A prompt is taken as it was sent: it has no expressions. An action comes before it."""
    own = replace(ports, agents=OfProject(resources, request.project))
    what = {"action": asked["action"]} if asked.get("action") else {"goal": asked.get("prompt")}
    return Prepared("agent_task", agent_task(own), {"agent_id": request.of, "with": asked.get("with") or {}, **what})
