"""What has changed between two definitions, in a sentence.

Steps are counted by their ids, those in loops too. A step is modified when something of its own has changed, or the
loop it stands in; its place among the others, and the steps inside it, are not its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stepweave.domain.diff import equal


def change_summary(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """-> `Added 1 step, modified 1 step, removed 2 steps`, `Changed description`, `Reordered steps`, `No changes`"""
    old, new = dict(_steps(before.get("steps"), "")), dict(_steps(after.get("steps"), ""))
    kept = [step_id for step_id in old if step_id in new]
    parts = [
        _counted("added", len(new.keys() - old.keys())),
        _counted("modified", sum(not equal(old[step_id], new[step_id]) for step_id in kept)),
        _counted("removed", len(old.keys() - new.keys())),
    ]
    if kept != [step_id for step_id in new if step_id in old]:
        parts.append("reordered steps")
    names = dict.fromkeys((*before, *after))
    changed = [name for name in names if name != "steps" and not _same_member(name, before, after)]
    if changed:
        parts.append(f"changed {_listed(changed)}")
    sentence = ", ".join(part for part in parts if part)
    return sentence[:1].upper() + sentence[1:] or "No changes"


def _steps(steps: Sequence[Mapping[str, Any]] | None, inside: str) -> Iterator[tuple[str, list[Any]]]:
    """Ids with what is each step's own: the loop around it, and all of it but the steps in it."""
    for step in steps or ():
        config = step.get("config", {})
        nested = config.get("steps") if step.get("type") == "loop" else None
        own = {**step, "config": {**config, "steps": None}} if nested else step
        yield step["id"], [inside, own]
        yield from _steps(nested, step["id"])


def _same_member(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return name in before and name in after and equal(before[name], after[name])


def _counted(done: str, count: int) -> str:
    return f"{done} {count} step{'' if count == 1 else 's'}" if count else ""


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
