"""Agents in the table."""

import json
from typing import Any

from stepweave.adapters.cursor import decode, encode
from stepweave.adapters.table import BY_LIST, ConditionFailed, Item, Table
from stepweave.domain.agent import DEFAULT_PROJECT, Agent
from stepweave.services.ports import Page

_SK = "AGENT"
_MATCHING = "#list = :list AND #list_key BETWEEN :first AND :last"
_LAST, _NEXT = "\U0010ffff", "\0"
"""What follows every text that begins with a prefix, and what makes the text that follows next (both bounds count)."""


def _pk(project: str, agent_id: str) -> str:
    return f"AGENT#{project}#{agent_id}"


class AgentStore:
    """The port `services.ports.Agents`. The content is kept as JSON text: DynamoDB knows no floats."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, agent_id: str, project: str = DEFAULT_PROJECT) -> Agent | None:
        item = self._table.get(_pk(project, agent_id), _SK)
        return _agent(item) if item else None

    def put(self, agent: Agent, *, was: Agent | None) -> bool:
        condition, values = ("#etag = :etag", {":etag": was.etag}) if was else ("attribute_not_exists(pk)", {})
        try:
            self._table.put(_item(agent), condition, values)
        except ConditionFailed as error:
            return error.found is not None and error.found["etag"] == agent.etag
        return True

    def remove(self, agent_id: str, project: str, *, etag: str | None = None) -> bool:
        if etag is None:
            return self._table.delete(_pk(project, agent_id), _SK)
        return self._table.delete(_pk(project, agent_id), _SK, "#etag = :etag", {":etag": etag})

    def page(self, project: str, *, prefix: str, limit: int, cursor: str | None) -> Page[Agent]:
        name = f"AGENTS#{project}"
        matching = {":list": name, ":first": prefix or " ", ":last": f"{prefix}{_LAST}"}
        following = {**matching, ":first": f"{decode(name, cursor)}{_NEXT}"} if cursor else matching
        found = self._table.query(_MATCHING, following, index=BY_LIST, limit=limit + 1)
        items = {item["pk"]: item for item in self._table.batch_get((key["pk"], key["sk"]) for key in found[:limit])}
        rows = [_agent(items[key["pk"]]) for key in found[:limit] if key["pk"] in items]
        next_cursor = encode(name, found[limit - 1]["list_key"]) if len(found) > limit else None
        return Page(rows, self._table.count(_MATCHING, matching, index=BY_LIST), next_cursor)


def _item(agent: Agent) -> Item:
    return {
        "pk": _pk(agent.project, agent.id),
        "sk": _SK,
        "list": f"AGENTS#{agent.project}",
        "list_key": agent.id,
        "id": agent.id,
        "project": agent.project,
        "etag": agent.etag,
        "content": json.dumps(agent.content, ensure_ascii=False),
        "created_at": agent.created_at,
        "updated_at": agent.updated_at,
    }


def _agent(item: Item) -> Agent:
    content: Any = json.loads(item["content"])
    return Agent(item["id"], content, item["etag"], item["created_at"], item["updated_at"], item["project"])
