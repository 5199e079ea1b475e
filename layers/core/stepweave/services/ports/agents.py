"""Where agents are."""

from typing import Protocol

from stepweave.domain.agent import DEFAULT_PROJECT, Agent
from stepweave.services.ports.page import Page


class Agents(Protocol):
    """Agents by project and id."""

    def get(self, agent_id: str, project: str = DEFAULT_PROJECT) -> Agent | None: ...

    def put(self, agent: Agent, *, was: Agent | None) -> bool:
        """Writes an agent if the stored one still is `was` (None: there is none). True also when that very content
        stands there already."""

    def remove(self, agent_id: str, project: str, *, etag: str | None = None) -> bool:
        """Whether one was removed; only if it has that tag, where one is given."""

    def page(self, project: str, *, prefix: str, limit: int, cursor: str | None) -> Page[Agent]:
        """By id, those whose id begins so; may lag behind writes."""
