"""The tasks of a document as a tree: each with its form, its place, and the tasks that are written inside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stepweave.compozy.form import read_form
from stepweave.compozy.members import refused_members, refused_types
from stepweave.compozy.refusal import Refusals
from stepweave.domain.problem import pointer
from stepweave.domain.task_form import TaskForm

MAX_DEPTH = 10
_NESTED_ONLY = (
    "Only the tasks of the workflow itself, and those of routes, lead to others; tasks in tasks follow their parent."
)


@dataclass(frozen=True)
class Placed:
    """`raw`: as it was sent. `at`: its JSON Pointer. inside: the tasks in it. routed: those in routes, by route."""

    form: TaskForm
    raw: Mapping[str, Any]
    at: str
    inside: tuple["Placed", ...] = ()
    routed: Mapping[str, "Placed"] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.form.id or ""

    @property
    def type(self) -> str:
        return self.form.type or "basic"


def read_tasks(values: list[Any], at: str, refusals: Refusals) -> list[Placed]:
    """The tasks that can be read; what is wrong with the others is told."""
    placed = [_placed(value, f"{at}/{index}", refusals, 0, nested=False) for index, value in enumerate(values)]
    found = [each for each in placed if each is not None]
    _refuse_twice(found, refusals)
    return found


def top_level(tasks: list[Placed]) -> Iterator[Placed]:
    """The tasks that others lead to: those of the workflow, and those written as routes."""
    for each in tasks:
        yield each
        yield from top_level(list(each.routed.values()))


def every(tasks: list[Placed]) -> Iterator[Placed]:
    for each in tasks:
        yield each
        yield from every([*each.inside, *each.routed.values()])


def _placed(value: Any, at: str, refusals: Refusals, depth: int, *, nested: bool) -> Placed | None:
    if depth > MAX_DEPTH:
        refusals.add(at, f"Tasks are nested deeper than {MAX_DEPTH} levels", code="too_deep")
        return None
    if not isinstance(value, dict):
        refusals.add(at, "A task must be an object", code="wrong_type")
        return None
    if whole := list(refused_types(value, at)):
        refusals.problems += whole
        return None
    form: TaskForm | None = read_form(TaskForm, _alone(value), at, refusals.problems)
    if form is None:
        return None
    if not form.id:
        refusals.add(f"{at}/id", "A task needs an id", code="missing_member")
        return None
    refusals.problems += refused_members(value, form.type or "basic", at)
    if nested:
        _refuse_transitions(value, at, refusals)
    inside = [_placed(each, place, refusals, depth + 1, nested=True) for each, place in _inside(value, at)]
    routes = {
        key: _placed(each, at + pointer("routes", key), refusals, depth + 1, nested=False)
        for key, each in (value.get("routes") or {}).items()
        if isinstance(each, dict)
    }
    routed = {key: each for key, each in routes.items() if each is not None}
    return Placed(form, value, at, tuple(each for each in inside if each is not None), routed)


def _alone(value: Mapping[str, Any]) -> dict[str, Any]:
    """The task without what it holds, which is read by itself."""
    alone = {name: each for name, each in value.items() if name != "task"}
    alone |= {name: "held" for name in ("agent", "tool") if isinstance(value.get(name), dict)}
    if isinstance(value.get("tasks"), list):
        alone["tasks"] = []
    if isinstance(value.get("routes"), dict):
        alone["routes"] = {key: "held" if isinstance(each, dict) else each for key, each in value["routes"].items()}
    return alone


def _inside(value: Mapping[str, Any], at: str) -> Iterator[tuple[Any, str]]:
    if value.get("task") is not None:
        yield value["task"], f"{at}/task"
    nested = value.get("tasks")
    for index, each in enumerate(nested if isinstance(nested, list) else ()):
        yield each, f"{at}/tasks/{index}"


def _refuse_transitions(value: Mapping[str, Any], at: str, refusals: Refusals) -> None:
    for name in ("on_success", "on_error", "on_timeout"):
        if value.get(name):
            refusals.add(f"{at}/{name}", f"'{name}' of a task inside another one is not followed", _NESTED_ONLY)
    if value.get("type") == "router":
        refusals.add(f"{at}/type", "A router inside another task leads nowhere", _NESTED_ONLY)


def _refuse_twice(tasks: list[Placed], refusals: Refusals) -> None:
    first: dict[str, str] = {}
    for each in every(tasks):
        if each.id in first:
            hint = f"It is first used at {first[each.id]}."
            refusals.add(f"{each.at}/id", f"Task id '{each.id}' is used more than once", hint, "duplicate_id")
        first.setdefault(each.id, each.at)
