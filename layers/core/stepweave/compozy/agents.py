"""Agents that a document holds: ours are resources of their own, so they are handed over beside the definition."""

from collections.abc import Mapping
from typing import Any

from stepweave.compozy.form import read_form
from stepweave.compozy.refusal import Refusal, Refusals
from stepweave.compozy.task_tree import Placed
from stepweave.domain.agent_form import AgentForm
from stepweave.domain.resource import RESOURCE_ID

Json = dict[str, Any]


class Agents:
    """The agents of one document, by id; the form of each is checked."""

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals
        self.found: dict[str, Json] = {}

    def add(self, content: Mapping[str, Any], at: str) -> str:
        """Takes an agent that is written out; its id."""
        agent_id = content.get("id")
        if not isinstance(agent_id, str) or not RESOURCE_ID.fullmatch(agent_id):
            self._refusals.add(
                f"{at}/id", "An agent needs an id of letters, digits, '.', '_' and '-'", "", "invalid_value"
            )
            return ""
        read_form(AgentForm, content, at, self._refusals.problems)
        if agent_id in self.found and self.found[agent_id] != content:
            self._refusals.add(f"{at}/id", f"There is another agent '{agent_id}' in the document", "", "duplicate_id")
        self.found[agent_id] = dict(content)
        return agent_id

    def of_task(self, task: Placed, workflow_id: str) -> str:
        """The id of the agent that a task names, writes out, or (with a prompt for a model alone) stands for."""
        named = task.raw.get("agent")
        if isinstance(named, str):
            return named
        if named is not None:
            only_named = set(named) <= {"id", "resource"} and isinstance(named.get("id"), str)
            return str(named["id"]) if only_named else self.add(named, f"{task.at}/agent")
        return self.add(_direct(task, workflow_id), task.at)


def _direct(task: Placed, workflow_id: str) -> Json:
    if task.raw.get("model_config") is None or task.form.prompt is None:
        reason = "a basic task needs an agent, a tool, or a model_config and a prompt"
        raise Refusal(reason, "Say which of them works on it.")
    agent: Json = {"id": f"{workflow_id}.{task.id}", "model": {"config": task.raw["model_config"]}}
    return {**agent, **{name: task.raw[name] for name in ("tools", "mcps", "max_iterations") if task.raw.get(name)}}
