"""Definitions whose runs turn out as told: what happens to each step run is in the run's input, by its key."""

from collections.abc import Iterator
from typing import Any

from reference_interpreter import Json, Outcomes

Source = dict[str, Any]


def as_told(source: Json) -> Source:
    """The definition with expressions that read the tables of `tables_of`; the items of its loops are positions."""
    return {**source, "steps": _steps(source["steps"], is_nested=False)}


def tables_of(source: Json, outcomes: Outcomes) -> Source:
    """The input of a run in which that happens."""
    tables: Source = {"takes": {}, "wants": {}, "fails": {}, "counts": {}}
    for step, key in _keys(source["steps"], "", outcomes):
        tables["wants"][key] = outcomes.wants(key)
        tables["fails"][key] = outcomes.fails(key)
        if step["type"] == "condition":
            tables["takes"][key] = outcomes.takes(key)
        elif step["type"] == "loop":
            tables["counts"][key] = outcomes.counts(key)
    return tables


def _keys(steps: Any, position: str, outcomes: Outcomes) -> Iterator[tuple[Json, str]]:
    """Every step run that there may be."""
    for step in steps:
        key = f"{step['id']}@{position}" if position else step["id"]
        yield step, key
        if step["type"] == "loop":
            for index in range(outcomes.counts(key)):
                yield from _keys(step["config"]["steps"], f"{position}.{index}".removeprefix("."), outcomes)


def _steps(steps: Any, *, is_nested: bool) -> list[Source]:
    return [_step(step, is_nested=is_nested) for step in steps]


def _step(step: Json, *, is_nested: bool) -> Source:
    key = f"('{step['id']}@' & item)" if is_nested else f"'{step['id']}'"
    return {
        **step,
        "when": f"$lookup(input.wants, {key})",
        # A wait for a signal is one for a time here: it ends as told.
        "config": {**({} if step["type"] == "wait" else step["config"]), **_config(step, key, is_nested)},
    }


def _config(step: Json, key: str, is_nested: bool) -> Source:
    def unless_failing(expression: str) -> str:
        return f"$lookup(input.fails, {key}) ? $error('as told') : {expression}"

    takes = f"$lookup(input.takes, {key})"
    match step["type"]:
        case "condition" if "cases" in step["config"]:
            cases = enumerate(step["config"]["cases"])
            return {"cases": [each | {"when": unless_failing(f"{takes} = 'cases/{at}'")} for at, each in cases]}
        case "condition":
            return {"expression": unless_failing(f"{takes} = 'then'")}
        case "wait" if "condition" in step["config"]:
            return {"condition": unless_failing("true"), "interval_seconds": 1, "timeout_seconds": 1}
        case "wait":
            return {"seconds": "{{ " + unless_failing("0") + " }}"}
        case "loop":
            before = "item & '.' & " if is_nested else ""
            count = f"$lookup(input.counts, {key})"
            items = f"[$map([0..{count} - 1], function($at) {{ {before}$string($at) }})]"
            nested = _steps(step["config"]["steps"], is_nested=True)
            return {"items": unless_failing(f"{count} = 0 ? [] : {items}"), "steps": nested}
        case _:
            return {"source": step["id"], "input": f"{{{{ {key} }}}}"}
