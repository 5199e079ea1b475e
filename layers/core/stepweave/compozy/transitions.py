"""Transitions: which task leads to which, judged as a whole and laid into the flow.

The first task begins. What no task leads to would never run, and what leads back would never end: both are refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stepweave.compiler.form import did_you_mean
from stepweave.compozy.blocks import Block, Blocks
from stepweave.compozy.flow import Flow, Kind
from stepweave.compozy.form import read_form
from stepweave.compozy.outputs import branches_of
from stepweave.compozy.refusal import Refusals
from stepweave.compozy.task_tree import Placed, top_level
from stepweave.domain.definition import ErrorHandler
from stepweave.domain.problem import pointer
from stepweave.domain.task_form import Transition


@dataclass(frozen=True)
class Edge:
    """`at`: where the document says that one task leads to the other."""

    before: str
    after: str
    kind: Kind
    at: str
    branch: str = ""


def woven_flow(tasks: list[Placed], blocks: Blocks, config: Mapping[str, Any], refusals: Refusals) -> Flow:
    """The flow of the workflow's tasks; what is wrong with their order is told."""
    known = {each.id: each for each in top_level(tasks)}
    edges = [edge for each in known.values() for edge in _edges(each, refusals)]
    edges = [edge for edge in edges if _is_known(edge, known, refusals)]
    edges += _default_handler(edges, known, config, refusals)
    _refuse_cycles(edges, tasks, refusals)
    _refuse_unreachable(edges, tasks, known, refusals)
    flow = Flow()
    made = {name: blocks.add(each, flow) for name, each in known.items()}
    for edge in edges:
        flow.lead(_from(edge, made[edge.before]), made[edge.after].entries, edge.kind, edge.branch)
    return flow


def _from(edge: Edge, block: Block) -> str:
    return block.done if edge.kind == "success" else block.failing


def _edges(task: Placed, refusals: Refusals) -> Iterator[Edge]:
    form, at = task.form, task.at
    if task.type == "router":
        if form.on_success is not None and form.on_success.next is not None:
            refusals.add(f"{at}/on_success", "A router leads to its routes alone", "Leave on_success out.")
        for key, branch in branches_of(task).items():
            inline = task.routed.get(key)
            target = inline.id if inline is not None else str((form.routes or {})[key])
            yield Edge(task.id, target, "branch", at + pointer("routes", key), branch)
    else:
        yield from _next(task, form.on_success, "success", f"{at}/on_success", refusals)
    yield from _next(task, form.on_error, "error", f"{at}/on_error", refusals)
    own = form.config.on_error if form.config is not None else None
    if form.on_error is None:
        yield from _next(task, own, "error", f"{at}/config/on_error", refusals)
    if form.on_timeout is not None:
        # A wait fails for want of time, or for want of a usable name: with one handler it is for both.
        alone = form.on_error is None and own is None
        yield Edge(task.id, form.on_timeout, "error" if alone else "timeout", f"{at}/on_timeout")


def _next(task: Placed, leads: Transition | None, kind: Kind, at: str, refusals: Refusals) -> Iterator[Edge]:
    if leads is None:
        return
    if leads.with_:
        refusals.add(
            f"{at}/with", "What a transition hands over is not translated", "Put it into the next task's 'with'."
        )
    if leads.next is not None:
        yield Edge(task.id, leads.next, kind, f"{at}/next")


def _is_known(edge: Edge, known: Mapping[str, Placed], refusals: Refusals) -> bool:
    if edge.after in known:
        return True
    message = f"Task '{edge.before}' leads to '{edge.after[:100]}', which is no task of the workflow"
    refusals.add(edge.at, message, did_you_mean(edge.after, known), "unknown_task")
    return False


def _default_handler(
    edges: list[Edge], known: Mapping[str, Placed], config: Mapping[str, Any], refusals: Refusals
) -> list[Edge]:
    """`config.on_error`, for each task that says nothing itself and does not come after the handler."""
    if config.get("on_error") is None:
        return []
    handler: ErrorHandler | None = read_form(ErrorHandler, config["on_error"], "/config/on_error", refusals.problems)
    if handler is None:
        return []
    name = handler.next
    if handler.with_:
        hint = "Put it into the 'with' of the task that handles."
        refusals.add("/config/on_error/with", "What a transition hands over is not translated", hint)
    if name not in known:
        message = f"config.on_error leads to '{name[:100]}', which is no task of the workflow"
        refusals.add("/config/on_error/next", message, did_you_mean(name, known), "unknown_task")
        return []
    silent = known.keys() - {edge.before for edge in edges if edge.kind == "error"} - _reached(edges, name)
    return [Edge(each, name, "error", "/config/on_error/next") for each in known if each in silent]


def _reached(edges: list[Edge], start: str) -> set[str]:
    after: dict[str, list[str]] = {}
    for edge in edges:
        after.setdefault(edge.before, []).append(edge.after)
    found, waiting = {start}, [start]
    while waiting:
        for each in after.get(waiting.pop(), ()):
            if each not in found:
                found.add(each)
                waiting.append(each)
    return found


def _refuse_cycles(edges: list[Edge], tasks: list[Placed], refusals: Refusals) -> None:
    """A problem for each transition that leads back, as a walk from the first task finds it. Without recursion."""
    out_of: dict[str, list[Edge]] = {}
    for edge in edges:
        out_of.setdefault(edge.before, []).append(edge)
    done: set[str] = set()
    for first in [each.id for each in tasks]:
        path, stack = [first], [iter(out_of.get(first, ()))]
        while stack and first not in done:
            found = next(stack[-1], None)
            if found is None:
                stack.pop()
                done.add(path.pop())
            elif found.after in path:
                way = " → ".join([*path[path.index(found.after) :], found.after])
                hint = "A run walks forward only: use a collection, or let a workflow start another run."
                refusals.add(found.at, f"The tasks lead back: {way}", hint, "cycle")
            elif found.after not in done:
                path.append(found.after)
                stack.append(iter(out_of.get(found.after, ())))


def _refuse_unreachable(
    edges: list[Edge], tasks: list[Placed], known: Mapping[str, Placed], refusals: Refusals
) -> None:
    if not tasks:
        return
    reached = _reached(edges, tasks[0].id)
    for each in known.values():
        if each.id not in reached:
            message = f"No task leads to '{each.id}', so it would never run"
            hint = "The order of the list means nothing: name it in an on_success.next, or take it out."
            refusals.add(each.at, message, hint, "unreachable_task")
