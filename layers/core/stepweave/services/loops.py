"""Loops: the items, fixed when the loop is first entered, and the list that becomes of them.

A loop's own Task evaluates the items and answers a position for each, over which a Map enters the nested steps; their
records are keyed by it. When the Map is done, or has given up, the Task that collects reads these records and settles
the loop. In between the loop is `running` without an owner: entered again, it answers the same positions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stepweave.compiler.expressions import evaluate, render
from stepweave.domain.plan import MAX_ITEMS, Plan
from stepweave.domain.run import SETTLED_STEP, Fail, StepRun
from stepweave.errors import StepError
from stepweave.services.loop_bounds import end_of
from stepweave.services.moments import text_of
from stepweave.services.ports import Values
from stepweave.services.records import Answer, Drawn, admit, settle, tell, write
from stepweave.services.retold import kept_story
from stepweave.services.visits import Visit

MAX_POSITIONS = 200_000
"""Characters of all positions: they pass through a state's output, which holds 256 KiB (Step Functions quotas)."""
MAX_COLLECTED = 32 * 1024 * 1024
"""Bytes of all outputs of the nested steps: a function holds them several times over while it makes the list."""


def begin(visit: Visit, scope: Mapping[str, Any], fresh: StepRun, drawn: Drawn) -> Answer:
    """Fixes the items in the loop's record, and answers their positions."""
    record = replace(fresh, owner=visit.invocation.owner, started_at=visit.now())
    try:
        items = _items(visit, scope)
        stored = visit.ports.values.store(f"runs/{visit.run.id}/{visit.key}/{record.owner}-items.json", items)
    except StepError as error:
        fail = Fail(error.code, error.message, error.details)
        return settle(visit, replace(record, status="failed", error=fail), drawn, was=visit.stored)
    write(visit, tell(visit, replace(record, items=stored), "step_started", drawn), was=visit.stored)
    return {"positions": _positions(visit.entry.position, len(items))}


def go_on(visit: Visit, mine: StepRun) -> Answer:
    """A loop whose items are fixed: its positions again, or what has become of the items."""
    if not visit.entry.collects:
        return {"positions": _positions(visit.entry.position, _count(visit, mine))}
    drawn = admit(visit, draw=True)
    try:
        outcome = _collected(visit, mine)
    except StepError as error:
        outcome = replace(mine, status="failed", error=Fail(error.code, error.message, error.details))
    return settle(visit, outcome, drawn, was=mine)


def reopen(visit: Visit, stored: StepRun) -> Answer:
    """A loop of an earlier execution goes over the same items again, with all its time; what counts of the steps in it
    is not done again."""
    drawn = admit(visit, draw=True)
    fresh = StepRun(visit.run.id, visit.key, stored.step_id, "running", visit.entry.execution, story=kept_story(stored))
    record = replace(fresh, owner=visit.invocation.owner, started_at=visit.now(), items=stored.items)
    write(visit, tell(visit, record, "step_started", drawn), was=stored)
    return {"positions": _positions(visit.entry.position, _count(visit, record))}


def _items(visit: Visit, scope: Mapping[str, Any]) -> list[Any]:
    written, now = visit.step["config"]["items"], visit.ports.clock()
    items = evaluate(written, scope, now=now) if isinstance(written, str) else render(written, scope, now=now)
    if not isinstance(items, list):
        message = (
            f"'items' yielded {_kind(items)} and no list. JSONata makes of a result with one value that value: "
            "put the expression in [ ] to have a list always."
        )
        raise StepError("invalid_items", message)
    if len(items) > MAX_ITEMS or len(str(_positions(visit.entry.position, len(items)))) > MAX_POSITIONS:
        message = f"'items' yielded {len(items):,} items; the limit is {MAX_ITEMS:,}, and less in loops in loops."
        raise StepError("too_many_items", message, details={"items": len(items), "limit": MAX_ITEMS})
    return items


def _kind(value: Any) -> str:
    names = {dict: "an object", str: "a text", bool: "a truth value", int: "a number", float: "a number"}
    return names.get(type(value), "null")


def _positions(outer: str, count: int) -> list[str]:
    """-> `_positions("2", 2) == ["2.0", "2.1"]`"""
    before = f"{outer}." if outer else ""
    return [f"{before}{index}" for index in range(count)]


def _count(visit: Visit, mine: StepRun) -> int:
    return len(visit.ports.loop_items.get(visit.run.id, visit.entry.execution, mine.key))


@dataclass(frozen=True)
class _Iteration:
    """The records of the steps of a loop's body for one item, by id."""

    index: int
    records: Mapping[str, StepRun]

    def failure(self, plan: Plan) -> StepRun | None:
        """The failure that ended it: the first that nothing handles."""
        ends = [
            record
            for step_id, record in self.records.items()
            if record.status == "failed" and plan["steps"][step_id]["on_error"] == "fail"
        ]
        return min(ends, key=lambda record: (record.completed_at or "", record.step_id), default=None)

    def is_cut_off(self, end: str, body: Sequence[str]) -> bool:
        """Whether the end of the loop's time broke it off: steps are left, or failed no earlier than then."""
        failures = [record.completed_at or "" for record in self.records.values() if record.status == "failed"]
        return max(failures, default="") >= end or bool(self.unsettled(body))

    def unsettled(self, body: Sequence[str]) -> list[str]:
        """Steps that have neither settled nor been jumped over."""
        jumped = {step_id for record in self.records.values() for step_id in record.skipped}
        settled = {step_id for step_id, record in self.records.items() if record.status in SETTLED_STEP}
        return [step_id for step_id in body if step_id not in settled | jumped]


def _collected(visit: Visit, mine: StepRun) -> StepRun:
    """The loop's record with its list; or failed, with the item that failed first."""
    iterations = list(_iterations(visit, mine))
    _refuse_late(visit, mine, iterations)
    errors = {each.index: error for each in iterations if (error := _error(visit, each)) is not None}
    if errors and visit.step["config"].get("on_item_error", "fail") == "fail":
        return replace(mine, status="failed", error=_item_failed(errors))
    _refuse_too_large(iterations)
    body, values = visit.step["body"], visit.ports.values
    entries = [
        {"error": _shown(errors[each.index][1])} if each.index in errors else _entry(each, body, values)
        for each in iterations
    ]
    output = values.store(f"runs/{visit.run.id}/{visit.key}/{visit.invocation.owner}.json", entries)
    return replace(mine, status="completed", output=output)


def _refuse_late(visit: Visit, mine: StepRun, iterations: Sequence[_Iteration]) -> None:
    """A loop whose time was over before its items had ended failed, whatever it does about items that fail."""
    end = end_of(visit.step, mine)
    if end is None or visit.ports.clock() < end:
        return
    late = [each.index for each in iterations if each.is_cut_off(text_of(end), visit.step["body"])]
    if late:
        message = f"{len(late)} of {len(iterations)} items had not ended after {visit.step['step_timeout']:g} seconds."
        raise StepError("timeout", message, details={"index": late[0]})


def _iterations(visit: Visit, mine: StepRun) -> Iterator[_Iteration]:
    records: dict[str, dict[str, StepRun]] = {}
    for step_id in visit.step["body"]:
        for record in visit.replay.kept(visit.ports.runs.iterations(visit.run.id, step_id, visit.entry.position)):
            records.setdefault(record.key.partition("@")[2], {})[step_id] = record
    for index, position in enumerate(_positions(visit.entry.position, _count(visit, mine))):
        yield _Iteration(index, records.get(position, {}))


def _error(visit: Visit, iteration: _Iteration) -> tuple[str, Fail] | None:
    """When an iteration failed, and why; "~", after all times, for one that was broken off."""
    failure = iteration.failure(visit.plan)
    if failure is not None and failure.error is not None:
        error = failure.error
        return failure.completed_at or "", replace(error, details={"step_id": failure.step_id, **error.details})
    unsettled = iteration.unsettled(visit.step["body"])
    if not unsettled:
        return None
    message = f"The iteration was broken off before '{unsettled[0]}' settled."
    return "~", Fail("item_not_finished", message, {"step_id": unsettled[0]})


def _item_failed(errors: Mapping[int, tuple[str, Fail]]) -> Fail:
    index = min(errors, key=lambda each: (errors[each][0], each))
    error = errors[index][1]
    step_id = error.details["step_id"]
    message = f"Item {index} failed in step '{step_id}': {error.message}"
    return Fail("item_failed", message, {"index": index, "error": _shown(error)})


def _shown(error: Fail) -> dict[str, Any]:
    return {"code": error.code, "message": error.message, "details": dict(error.details)}


def _refuse_too_large(iterations: Sequence[_Iteration]) -> None:
    size = sum(record.output.size for each in iterations for record in each.records.values() if record.output)
    if size > MAX_COLLECTED:
        message = f"The outputs of the nested steps have {size:,} bytes of JSON; the limit is {MAX_COLLECTED:,}."
        raise StepError("output_too_large", message, details={"bytes": size, "limit": MAX_COLLECTED})


def _entry(iteration: _Iteration, body: Sequence[str], values: Values) -> Any:
    """The output of the one step of a loop, else `{<step id>: <output>}` of those that were completed."""
    records = [iteration.records[step_id] for step_id in body if step_id in iteration.records]
    outputs = {record.step_id: values.load(record.output) for record in records if record.output is not None}
    if len(body) > 1:
        return outputs
    error = records[0].error if records else None
    return {"error": _shown(error)} if error else outputs.get(body[0])
