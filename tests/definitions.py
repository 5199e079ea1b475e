"""Definitions for tests, in few words."""

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]


def script(step_id: str, after: Sequence[str] = (), source: str = "true", **more: Any) -> Json:
    config = {"language": "shell", "source": source}
    return {"id": step_id, "type": "script", "config": config, "depends_on": list(after)} | more


def request(step_id: str, after: Sequence[str] = (), url: str = "https://example.com/", **more: Any) -> Json:
    return {"id": step_id, "type": "http_request", "config": {"url": url}, "depends_on": list(after)} | more


def wait(step_id: str, after: Sequence[str] = (), **more: Any) -> Json:
    return {"id": step_id, "type": "wait", "config": {"seconds": 1}, "depends_on": list(after)} | more


def condition(step_id: str, after: Sequence[str] = (), expression: str = "input.a = 1", **branches: Any) -> Json:
    config = {"expression": expression} | {name.rstrip("_"): names for name, names in branches.items()}
    return {"id": step_id, "type": "condition", "config": config, "depends_on": list(after)}


def cases(step_id: str, after: Sequence[str] = (), *then: Sequence[str], otherwise: Sequence[str] = ()) -> Json:
    arms = [{"when": f"input.n = {index}", "then": list(names)} for index, names in enumerate(then)]
    config = {"cases": arms, "else": list(otherwise)}
    return {"id": step_id, "type": "condition", "config": config, "depends_on": list(after)}


def loop(step_id: str, after: Sequence[str], steps: Sequence[Json], items: Any = "input.items", **more: Any) -> Json:
    config = {"items": items, "steps": list(steps)} | more
    return {"id": step_id, "type": "loop", "config": config, "depends_on": list(after)}


def definition(*steps: Json, **more: Any) -> Json:
    return {"name": "test", "steps": list(steps)} | more
