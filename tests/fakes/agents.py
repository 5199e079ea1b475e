"""Agents, in memory."""

from dataclasses import dataclass, field

from stepweave.domain.agent import DEFAULT_PROJECT, Agent
from stepweave.services.ports import Page


@dataclass
class FakeAgents:
    agents: dict[tuple[str, str], Agent] = field(default_factory=dict)

    def get(self, agent_id: str, project: str = DEFAULT_PROJECT) -> Agent | None:
        return self.agents.get((project, agent_id))

    def put(self, agent: Agent, *, was: Agent | None) -> bool:
        stands = self.get(agent.id, agent.project)
        if (stands.etag if stands else None) != (was.etag if was else None):
            return stands is not None and stands.etag == agent.etag
        self.agents[agent.project, agent.id] = agent
        return True

    def remove(self, agent_id: str, project: str, *, etag: str | None = None) -> bool:
        found = self.get(agent_id, project)
        if found is None or etag not in (None, found.etag):
            return False
        del self.agents[project, agent_id]
        return True

    def page(self, project: str, *, prefix: str, limit: int, cursor: str | None) -> Page[Agent]:
        matching = sorted(
            (agent for (of, name), agent in self.agents.items() if of == project and name.startswith(prefix)),
            key=lambda agent: agent.id,
        )
        after = [agent for agent in matching if cursor is None or agent.id > cursor]
        return Page(after[:limit], len(matching), after[limit - 1].id if len(after) > limit else None)
