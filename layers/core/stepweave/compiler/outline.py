"""The outline of a definition whose form has problems: what can be read of it, so that all problems are told at once.

    {"steps": [{"id": "a", "type": "http_request", "config": {"ulr": ...}}, {"id": "b", "depends_on": ["x"], ...}]}
        =>   a definition in which `a` is some step of that id and of those dependencies, and `b` is as written

Steps keep their places. What a problem touches is left out, or replaced by something that cannot be wrong.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stepweave.compiler.form import UNREADABLE
from stepweave.domain.definition import Definition
from stepweave.domain.form import STEP_ID
from stepweave.domain.problem import Problem
from stepweave.domain.step import STEP_TYPES

Json = dict[str, Any]
_STEP_AT = re.compile(r"(?:/steps/\d+)(?:/config/steps/\d+)*")
_UNTOUCHED = ("outputs", "config", "schedule", "triggers")
NOTHING: Json = {"language": "shell", "source": "true"}


@dataclass(frozen=True)
class Outline:
    """`unclear`: an order of steps may be missing, so that what is not upstream of what cannot be told. `rebuilt`:
    places of steps whose config stands one level deeper, under `input`.
    """

    definition: Definition
    unclear: bool
    rebuilt: frozenset[str]

    def place(self, path: str) -> str:
        """A place in the outline as a place in what was sent."""
        found = _STEP_AT.match(path)
        step = found.group() if found else ""
        if step in self.rebuilt:
            return path.replace(f"{step}/config/input", f"{step}/config", 1)
        return path


def outline(source: Mapping[str, Any], problems: Sequence[Problem]) -> Outline | None:
    """What can be read of a definition with these problems of form; None when it has no list of steps."""
    return _Reader(problems).whole(source)


class _Reader:
    def __init__(self, problems: Sequence[Problem]) -> None:
        self._paths = [problem.path for problem in problems]
        found = [(path, _STEP_AT.match(path)) for path in self._paths]
        self._in_step = {match.group(): path[match.end() :] for path, match in found if match}
        self._around = {
            at[: match.start()] for at in self._in_step for match in re.finditer(r"/config/steps/\d+(?=/|$)", at)
        }
        self._linked_in = {at for at, rest in self._in_step.items() if rest.startswith(("/depends_on", "/on_error"))}
        self._unclear = any(path.startswith("/config") for path in self._paths)
        self._unreadable = 0
        self._rebuilt: set[str] = set()

    def whole(self, source: Mapping[str, Any]) -> Outline | None:
        steps = self._steps(source.get("steps"), "/steps")
        if not steps:
            return None
        rest = {name: source[name] for name in _UNTOUCHED if name in source and not self._touches(f"/{name}")}
        definition = Definition.model_validate({"name": "outline", "steps": steps, **rest})
        return Outline(definition, self._unclear, frozenset(self._rebuilt))

    def _touches(self, place: str) -> bool:
        return any(path == place or path.startswith(f"{place}/") for path in self._paths)

    def _steps(self, steps: Any, at: str) -> list[Json]:
        return (
            [self._step(step, f"{at}/{index}") for index, step in enumerate(steps)] if isinstance(steps, list) else []
        )

    def _step(self, step: Any, at: str) -> Json:
        if at in self._in_step:
            return self._rebuild(step, at)
        if at in self._around:
            inside = self._steps(step["config"]["steps"], f"{at}/config/steps")
            return {**step, "config": {**step["config"], "steps": inside}}
        read: Json = step
        return read

    def _rebuild(self, step: Any, at: str) -> Json:
        if not isinstance(step, dict) or not _is_id(step.get("id")):
            self._unclear = True
            self._unreadable += 1
            return {"id": f"{UNREADABLE}_{self._unreadable}", "type": "script", "config": NOTHING}
        self._unclear |= at in self._linked_in or step.get("type") not in STEP_TYPES or step["type"] == "condition"
        rebuilt: Json = {"id": step["id"], "depends_on": _ids(step.get("depends_on")), **self._doing(step, at)}
        if _is_text(step.get("when")):
            rebuilt["when"] = step["when"]
        handler = step.get("on_error")
        if isinstance(handler, dict) and _is_id(handler.get("goto")):
            rebuilt["on_error"] = {"goto": handler["goto"]}
        return rebuilt

    def _doing(self, step: Json, at: str) -> Json:
        """Type and config: of conditions and loops what they link and hold, of others only the expressions."""
        config = step["config"] if isinstance(step.get("config"), dict) else {}
        if step.get("type") == "condition":
            return {"type": "condition", "config": _branches(config)}
        if step.get("type") == "loop":
            return self._loop(config, at)
        if step.get("type") in STEP_TYPES:
            self._rebuilt.add(at)
            return {"type": "script", "config": {**NOTHING, "input": config}}
        return {"type": "script", "config": NOTHING}

    def _loop(self, config: Json, at: str) -> Json:
        steps = self._steps(config.get("steps"), f"{at}/config/steps")
        if not steps:
            return {"type": "script", "config": NOTHING}
        items = config.get("items")
        readable = {"items": items if _is_text(items) or isinstance(items, list) else [], "steps": steps}
        if _is_id(config.get("item_name")):
            readable["item_name"] = config["item_name"]
        return {"type": "loop", "config": readable}


def _branches(config: Json) -> Json:
    branches: Json = {"else": _ids(config.get("else"))}
    cases = config.get("cases")
    if isinstance(cases, list) and cases:
        read = [case if isinstance(case, dict) else {} for case in cases]
        arms = [{"when": _text(case.get("when")), "then": _ids(case.get("then"))} for case in read]
        return branches | {"cases": arms}
    return branches | {"expression": _text(config.get("expression")), "then": _ids(config.get("then"))}


def _text(value: Any) -> str:
    return value if _is_text(value) else "true"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(STEP_ID, value) is not None


def _ids(value: Any) -> list[str]:
    return [each for each in value if _is_id(each)] if isinstance(value, list) else []
