"""How a run of Compozy's goes from task to task, in the plainest terms: translations are held against this.

Works on the JSON of a document and shares no code with the package.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]


@dataclass
class Walk:
    """What happens in a run. picks: the value that a router comes to. fails: tasks that fail, in loops `task@0.1`.

    counts: items of a collection. walked: the workflow's own tasks in their order. done: every task that works itself,
    with whether it succeeded. ended_well: whether no failure was left without a handler.
    """

    picks: Mapping[str, str]
    fails: Set[str]
    counts: Mapping[str, int]
    walked: list[str] = field(default_factory=list)
    done: dict[str, bool] = field(default_factory=dict)
    ended_well: bool = True

    def go(self, document: Json) -> "Walk":
        tasks = {each["id"]: each for each in document["tasks"]}
        for each in document["tasks"]:
            tasks |= {inline["id"]: inline for inline in each.get("routes", {}).values() if isinstance(inline, dict)}
        default = document.get("config", {}).get("on_error", {}).get("next")
        next_: str | None = document["tasks"][0]["id"]
        while next_ is not None:
            task = tasks[next_]
            self.walked.append(next_)
            if self.works(task, ""):
                next_ = self.after(task)
                continue
            next_ = task.get("on_timeout") or task.get("on_error", {}).get("next")
            if next_ is None and default is not None and task["id"] not in reached(tasks, default):
                next_ = default
            self.ended_well = next_ is not None
        return self

    def after(self, task: Json) -> str | None:
        if task.get("type") == "router":
            target = task["routes"][self.picks[task["id"]]]
            return target["id"] if isinstance(target, dict) else target
        return task.get("on_success", {}).get("next")

    def works(self, task: Json, position: str) -> bool:
        """Whether the task succeeds."""
        key = f"{task['id']}@{position}" if position else task["id"]
        match task.get("type", "basic"):
            case "router":
                return self.picks[task["id"]] in task["routes"]
            case "parallel":
                results = [self.works(each, position) for each in task["tasks"]]
                return any(results) if task.get("strategy") == "best_effort" else all(results)
            case "composite":
                return all(self.works(each, position) for each in task["tasks"])
            case "collection":
                places = [f"{position}.{index}" if position else str(index) for index in range(self.counts[task["id"]])]
                results = [self.works(task["task"], place) for place in places]
                good = any(results) if task.get("strategy") == "best_effort" else all(results)
                return good or not results
        self.done[key] = key not in self.fails
        return self.done[key]


def reached(tasks: Mapping[str, Json], start: str) -> set[str]:
    """The task and all that may come after it."""
    found, waiting = {start}, [start]
    while waiting:
        for each in leads_to(tasks[waiting.pop()]):
            if each not in found:
                found.add(each)
                waiting.append(each)
    return found


def leads_to(task: Json) -> list[str]:
    routes = [each["id"] if isinstance(each, dict) else each for each in task.get("routes", {}).values()]
    named = [task.get(name, {}).get("next") for name in ("on_success", "on_error")]
    return [each for each in [*routes, *named, task.get("on_timeout")] if each is not None]


def inside(task: Json) -> list[Json]:
    """The task and those in it."""
    nested = [*task.get("tasks", ()), *([task["task"]] if "task" in task else [])]
    return [task, *(found for each in nested for found in inside(each))]
