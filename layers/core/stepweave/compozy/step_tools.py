"""Which steps of a definition call a tool of Compozy's: its document says so, whose tasks have the ids of the steps."""

from collections.abc import Mapping
from typing import Any

from stepweave.compozy.source import source_of
from stepweave.compozy.workflow_dto import every_task


def step_tools(definition: Mapping[str, Any]) -> dict[str, str]:
    """-> `{"fetch": "weather"}`; nothing where no document, or another one, stands for the definition."""
    document = source_of(definition) or {}
    tasks = document.get("tasks")
    found = {task.get("id"): _id_of(task.get("tool")) for task in every_task(tasks if isinstance(tasks, list) else [])}
    return {step: tool for step, tool in found.items() if isinstance(step, str) and isinstance(tool, str)}


def _id_of(tool: Any) -> Any:
    return tool.get("id") if isinstance(tool, Mapping) else tool
