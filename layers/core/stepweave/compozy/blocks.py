"""Blocks: a task as the steps that do what it does, with where they are entered and where they end.

{"id": "group", "type": "composite", "tasks": [a, b]}
    =>   a --success--> b;  a, b --> group, a condition that fails when one of them has
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

from stepweave.compozy.agents import Agents
from stepweave.compozy.flow import Flow, Step
from stepweave.compozy.go_template import expression
from stepweave.compozy.jsonata import Source, literal, read
from stepweave.compozy.names import Names, Reader, reading
from stepweave.compozy.outputs import reader_of
from stepweave.compozy.refusal import Refusal, Refusals
from stepweave.compozy.task_tree import Placed, every
from stepweave.compozy.texts import Texts
from stepweave.compozy.tools import dotted, request_of, tool_of
from stepweave.domain.duration import seconds_of
from stepweave.domain.task_form import TaskForm

ECHO = 'cat > "$STEPWEAVE_RESULT"'
"""What fills in templates and nothing else: a script whose result is its input."""
MOST_AT_ONCE = 100
RETRIED = ("timeout", "connection", "throttled", "server_error")
_POLICY = ("maximum_attempts", "non_retryable_error_types")
GIVEN = "what the task is given by its 'with'"


@dataclass(frozen=True)
class Block:
    """entries: the steps that begin it. done: the step whose success is the task's. failing: whose failure is."""

    entries: tuple[str, ...]
    done: str
    failing: str


class Blocks:
    """Makes the blocks of one document. places: where each step comes from."""

    def __init__(self, workflow_id: str, tasks: list[Placed], tools: Mapping[str, Any], refusals: Refusals) -> None:
        self._workflow_id = workflow_id
        self._tools = tools
        self._refusals = refusals
        self._texts = Texts(refusals)
        self._ids = {each.id for each in every(tasks)}
        self.agents = Agents(refusals)
        self.places: dict[str, str] = {each.id: each.at for each in every(tasks)}
        self.readers: dict[str, Reader] = {}
        self._names: dict[str, Names] = {}
        self._outside: dict[str, Names] = {}

    def prepare(self, task: Placed, around: Names) -> None:
        """Learns the names that a task and those in it see, before any of their texts is translated."""
        given = around.given
        if task.form.with_ is not None:
            given = reading(task.form.with_, lambda text: expression(text, around.resolve), GIVEN)
        env = {name: partial(expression, text, around.resolve) for name, text in task.form.env.items()}
        names = replace(around, task_id=task.id, given=given, env={**around.env, **env})
        self._outside[task.id], self._names[task.id] = around, names
        self.readers[task.id] = self._reader(task, names)
        inside = names
        if task.type == "collection":
            item, index = _variables(task.form)
            inside = replace(names, items={**names.items, item: item, index: "index"})
        for each in task.inside:
            self.prepare(each, inside)

    def add(self, task: Placed, flow: Flow) -> Block:
        """The block of a task, with its steps in that flow."""
        return self._slept(task, self._block(task, flow), flow)

    def _reader(self, task: Placed, names: Names) -> Reader:
        raw = reader_of(task, self.readers)
        if task.form.outputs is None or task.type == "aggregate":
            return raw
        own = replace(names, own=raw)
        reader = reading(task.form.outputs, lambda text: expression(text, own.resolve), f"the outputs of '{task.id}'")
        return _once(task.id, reader)

    def _block(self, task: Placed, flow: Flow) -> Block:
        match task.type:
            case "basic":
                return self._one(task, flow, self._basic(task))
            case "router":
                return self._one(task, flow, self._router(task))
            case "aggregate":
                return self._one(task, flow, self._aggregate(task))
            case "wait":
                return self._one(task, flow, self._wait(task))
            case "parallel":
                return self._parallel(task, flow)
            case "composite":
                return self._composite(task, flow)
        return self._collection(task, flow)

    def _one(self, task: Placed, flow: Flow, step: Step) -> Block:
        self._add(flow, task, {"id": task.id, **step})
        return Block((task.id,), task.id, task.id)

    def _add(self, flow: Flow, task: Placed, step: Step) -> None:
        flow.steps[step["id"]] = step
        self.places.setdefault(step["id"], task.at)

    def _fresh(self, name: str) -> str:
        """An id that no task has."""
        number, fresh = 1, name[:64]
        while fresh in self._ids:
            number += 1
            fresh = f"{name[:60]}_{number}"
        self._ids.add(fresh)
        return fresh

    def _slept(self, task: Placed, block: Block, flow: Flow) -> Block:
        """With the pause that comes after the task."""
        if task.form.sleep is None:
            return block
        sleep = self._fresh(f"{task.id}_sleep")
        self._add(flow, task, {"id": sleep, "type": "wait", "config": {"duration": task.form.sleep}})
        if "{{" in task.form.sleep:
            self._refusals.add(f"{task.at}/sleep", "A sleep is a duration that is written out", "Write '30s' or '5m'.")
        flow.lead(block.done, [sleep], "success")
        return replace(block, done=sleep)

    def _basic(self, task: Placed) -> Step:
        try:
            if task.form.agent is not None and task.form.tool is not None:
                raise Refusal("a task has an agent or a tool, not both", "Make two tasks of it.")
            if task.form.tool is not None:
                return {**self._request(task), **self._bounds(task)}
            if task.form.agent is not None:
                self._refuse_direct(task)
            agent_id = self.agents.of_task(task, self._workflow_id)
        except Refusal as refusal:
            self._refusals.add(task.at, refusal.reason[:1].upper() + refusal.reason[1:], refusal.hint)
            return {"type": "script", "config": {"language": "shell", "source": ECHO}}
        return {**self._bounds(task), "type": "agent_task", "config": self._asked(task, agent_id)}

    def _bounds(self, task: Placed) -> dict[str, Any]:
        """Retries and time-out of a task that says them itself."""
        config, at = dict(task.raw.get("config") or {}), f"{task.at}/config"
        if config.get("schedule_to_close_timeout") is not None:
            hint = "Say it for the workflow, or bound an attempt with start_to_close_timeout."
            self._refusals.add(
                f"{at}/schedule_to_close_timeout", "A task has no time of its own for all attempts", hint
            )
        bounds: dict[str, Any] = {}
        if config.get("retry_policy"):
            bounds["retry"] = _retry(config["retry_policy"])
        if (text := config.get("start_to_close_timeout")) is not None:
            bounds["timeout_seconds"] = self._seconds(text, f"{at}/start_to_close_timeout")
        return bounds

    def _refuse_direct(self, task: Placed) -> None:
        for name in ("model_config", "tools", "mcps", "max_iterations"):
            if task.raw.get(name) not in (None, [], {}):
                self._refusals.add(f"{task.at}/{name}", f"'{name}' belongs to the agent", "Say it there.")

    def _asked(self, task: Placed, agent_id: str) -> dict[str, Any]:
        """What the agent is asked: a prompt, which reads `with` itself, or an action, which is given it."""
        form = task.form
        if (form.action is None) == (form.prompt is None):
            at = task.at if form.action is None else f"{task.at}/prompt"
            self._refusals.add(at, "A task with an agent needs either an action or a prompt", "Say one of the two.")
        asked: dict[str, Any] = {"agent_id": agent_id}
        if form.prompt is not None:
            asked["goal"] = self._texts.fill(form.prompt, self._names[task.id], f"{task.at}/prompt")
        else:
            asked["action"] = form.action
            if form.with_:
                asked["with"] = self._texts.fill(form.with_, self._outside[task.id], f"{task.at}/with")
        return {**asked, "output_schema": form.output} if form.output else asked

    def _request(self, task: Placed) -> Step:
        names, around = self._names[task.id], self._outside[task.id]
        for name in ("action", "prompt", "model_config", "tools", "mcps", "max_iterations", "output"):
            if task.raw.get(name) not in (None, [], {}):
                self._refusals.add(f"{task.at}/{name}", f"'{name}' means nothing for a tool", "Leave it out.")
        tool = tool_of(task, self._tools)
        given = {**dict(tool.get("with") or {}), **dict(task.form.with_ or {})}
        config = dotted(request_of(tool, given))
        env = {name: partial(expression, text, around.resolve) for name, text in dict(tool.get("env") or {}).items()}
        inside = replace(
            names,
            given=reading(given, lambda text: expression(text, around.resolve), GIVEN),
            env={**names.env, **env},
            roots={"secrets": "secrets"},
        )
        step: Step = {"type": "http_request", "config": self._texts.fill(config, inside, f"{task.at}/tool")}
        if tool.get("timeout") is None:
            return step
        return {**step, "timeout_seconds": self._seconds(str(tool["timeout"]), f"{task.at}/tool/timeout")}

    def _router(self, task: Placed) -> Step:
        form = task.form
        if not form.condition or not form.routes:
            self._refusals.add(task.at, "A router needs a condition and routes", "", "missing_member")
            return {"type": "condition", "config": {"expression": "true"}}
        asked = self._texts.condition(form.condition, self._names[task.id], f"{task.at}/condition")
        cases = [{"when": f"$string({asked.text}) = {literal(key)}"} for key in form.routes]
        nowhere = f"The router '{task.id}' has no route for "
        cases.append({"when": f"$error({literal(nowhere)} & $string({asked.text}))"})
        return {"type": "condition", "config": {"cases": cases}}

    def _aggregate(self, task: Placed) -> Step:
        if not task.form.outputs:
            self._refusals.add(f"{task.at}/outputs", "An aggregate needs outputs", "", "missing_member")
        given = self._texts.fill(task.form.outputs or {}, self._names[task.id], f"{task.at}/outputs")
        config = {"language": "shell", "source": ECHO, "input": given}
        return {"type": "script", "config": config}

    def _wait(self, task: Placed) -> Step:
        form = task.form
        if form.wait_for is None:
            self._refusals.add(f"{task.at}/wait_for", "A wait needs wait_for", "", "missing_member")
        if form.condition is not None and form.condition.strip() != "true":
            reason = "The first signal of its name ends a wait, whatever is in it"
            self._refusals.add(f"{task.at}/condition", reason, "Write 'true', and put a router behind it.")
        config: dict[str, Any] = {
            "signal": self._texts.fill(form.wait_for or "x", self._names[task.id], f"{task.at}/wait_for")
        }
        if form.timeout is not None:
            config["timeout_seconds"] = self._seconds(form.timeout, f"{task.at}/timeout")
        return {"type": "wait", "config": config}

    def _seconds(self, text: str, at: str) -> float:
        try:
            seconds = seconds_of(text)
            return int(seconds) if seconds.is_integer() else seconds
        except ValueError as error:
            hint = "A timeout is written out, for example '5m'." if "{{" in text else ""
            self._refusals.add(at, str(error), hint, "invalid_value")
        return 1.0

    def _parallel(self, task: Placed, flow: Flow) -> Block:
        if task.form.strategy == "race":
            self._refuse_race(task)
        workers = task.form.max_workers
        if isinstance(workers, str) or 0 < (workers or 0) < len(task.inside):
            reason = "All tasks of a parallel task begin at once"
            self._refusals.add(f"{task.at}/max_workers", reason, "Leave it out, or use a collection with 'batch'.")
        blocks = [self._child(each, flow) for each in task.inside]
        self._refuse_empty(task)
        entries = [entry for block in blocks for entry in block.entries]
        return self._joined(task, flow, blocks, entries)

    def _composite(self, task: Placed, flow: Flow) -> Block:
        blocks = [self._child(each, flow) for each in task.inside]
        self._refuse_empty(task)
        for block, after in pairwise(blocks):
            flow.lead(block.done, after.entries, "success")
        return self._joined(task, flow, blocks, blocks[0].entries if blocks else ())

    def _child(self, task: Placed, flow: Flow) -> Block:
        block = self.add(task, flow)
        flow.caught.add(block.failing)
        return block

    def _refuse_empty(self, task: Placed) -> None:
        if not task.inside:
            self._refusals.add(f"{task.at}/tasks", f"A task of type '{task.type}' needs tasks", "", "missing_member")

    def _refuse_race(self, task: Placed) -> None:
        reason = "A race goes on when the first of its tasks has ended; no step of ours leaves others running"
        self._refusals.add(f"{task.at}/strategy", reason, "Use best_effort, which waits for all of them.")

    def _joined(self, task: Placed, flow: Flow, blocks: list[Block], entries: Iterable[str]) -> Block:
        """With the step that has the task's id: it follows all that is in the task, and fails when that has failed."""
        needed = any if task.form.strategy == "best_effort" and task.type == "parallel" else all
        records = ", ".join(
            f'{{"id": {literal(block.failing)}, "status": {read("steps", (block.failing,))}.status}}'
            for block in blocks
        )
        test = "$exists($failed)" if needed is all else '$count($all[status = "completed"]) = 0'
        message = literal(f"Failed in '{task.id}': ")
        tested = (
            f'($all := [{records}]; $failed := $all[status = "failed"].id; '
            f'{test} ? $error({message} & $join([$failed], ", ")) : true)'
        )
        self._add(flow, task, _condition(task.id, tested))
        for block in blocks:
            flow.lead(block.done, [task.id], "success")
            flow.lead(block.failing, [task.id], "error")
        return Block(tuple(entries), task.id, task.id)

    def _collection(self, task: Placed, flow: Flow) -> Block:
        form = task.form
        if form.items is None:
            self._refusals.add(f"{task.at}/items", "A collection needs items", "", "missing_member")
        if len(task.inside) != 1:
            reason = "A collection has one task for each item"
            self._refusals.add(f"{task.at}/tasks", reason, "Put several into one task of type composite or parallel.")
        if form.strategy == "race":
            self._refuse_race(task)
        inside = Flow()
        for each in task.inside:
            self.add(each, inside)
        item, _ = _variables(form)
        config: dict[str, Any] = {"items": self._items(task), "steps": inside.settled(), "item_name": item}
        config |= {"max_concurrency": self._at_once(task), "on_item_error": "continue"}
        self._add(flow, task, {"id": task.id, "type": "loop", "config": config})
        flow.caught.add(task.id)
        return self._checked(task, flow)

    def _at_once(self, task: Placed) -> int:
        if task.form.mode == "sequential":
            return 1
        for name in ("batch", "max_workers"):
            if isinstance(getattr(task.form, name), str):
                self._refusals.add(
                    f"{task.at}/{name}", f"'{name}' is a number that is written out", "Write for example 10."
                )
        given = (task.form.batch, task.form.max_workers, MOST_AT_ONCE)
        return min(each for each in given if isinstance(each, int) and each > 0)

    def _items(self, task: Placed) -> Any:
        form, at, names = task.form, f"{task.at}/items", self._names[task.id]
        item, index = _variables(form)
        if isinstance(form.items, list) and form.filter is None:
            return self._texts.fill(form.items, names, at)
        if isinstance(form.items, list):
            self._refusals.add(
                f"{task.at}/filter", "Items that are written out need no filter", "Leave some of them out."
            )
            return []
        source = self._texts.expression(form.items or "", names, at)
        if "{{" not in (form.items or "{{"):
            self._refusals.add(at, "Items are a template or a list", "Write '{{ .workflow.input.items }}'.")
        if form.filter is None:
            return source.text
        inside = replace(names, items={**names.items, item: "$each", index: "$at"})
        kept = self._texts.condition(form.filter, inside, f"{task.at}/filter")
        return f"[$filter({source.text}, function($each, $at) {{ {kept.text} }})]"

    def _checked(self, task: Placed, flow: Flow) -> Block:
        """With the step that fails when items have, once all of them have ended."""
        record, done = read("steps", (task.id,)), self._fresh(f"{task.id}_done")
        has_failed = '$type($each) = "object" and $keys($each) = "error" and $exists($each.error.code)'
        failed = f"$count($filter({record}.output, function($each) {{ {has_failed} }}))"
        some, every_one = f"{failed} > 0", f"{failed} > 0 and {failed} = $count({record}.output)"
        many = every_one if task.form.strategy == "best_effort" else some
        message = literal(f"Items of '{task.id}' have failed")
        test = f'{record}.status = "failed" or {many} ? $error({message}) : true'
        self._add(flow, task, _condition(done, test))
        flow.lead(task.id, [done], "success")
        flow.lead(task.id, [done], "error")
        return Block((task.id,), done, done)


def _variables(form: TaskForm) -> tuple[str, str]:
    """What a collection calls its item and its place."""
    return form.item_var or "item", form.index_var or "index"


def _condition(name: str, expression: str) -> Step:
    return {"id": name, "type": "condition", "config": {"expression": expression}}


def _retry(policy: Mapping[str, Any]) -> dict[str, Any]:
    """-> `{"max_attempts": 2}` of `{"maximum_attempts": 2}`; an error type that is never retried is a class of ours."""
    retry = {name: value for name, value in policy.items() if name not in _POLICY}
    retry["max_attempts"] = policy.get("maximum_attempts") or 3
    if never := set(policy.get("non_retryable_error_types") or ()):
        retry["on"] = [each for each in RETRIED if each not in never]
    return retry


def _once(task_id: str, reader: Reader) -> Reader:
    """Refuses outputs that read themselves."""
    under_way: list[None] = []

    def guarded(path: Any) -> Source:
        if under_way:
            raise Refusal(f"the outputs of '{task_id}' read themselves")
        under_way.append(None)
        try:
            return reader(path)
        finally:
            under_way.pop()

    return guarded
