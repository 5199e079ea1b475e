"""Outputs: where in a step's output lies what a task of Compozy's would have put out."""

from collections.abc import Mapping

from stepweave.compozy.jsonata import Path, Source, literal, read
from stepweave.compozy.names import Reader, shown
from stepweave.compozy.refusal import Refusal
from stepweave.compozy.task_tree import Placed


def reader_of(task: Placed, readers: Mapping[str, Reader]) -> Reader:
    """What is read below a task's own output, before its `outputs`. readers: those of all tasks."""
    record = read("steps", (task.id,))
    match task.type:
        case "basic" if task.form.tool is not None:
            return lambda path: Source(read(f"{record}.output.body", path))
        case "aggregate":
            return lambda path: Source(read(f"{record}.output.result", path))
        case "wait":
            return lambda path: _of_wait(record, path)
        case "router":
            return lambda path: _of_router(task, record, path)
        case "collection" if task.inside:
            return lambda path: _of_items(task.inside[0], record, path)
        case "parallel" | "composite":
            return lambda path: _of_group(task, readers, path)
    return lambda path: Source(read(f"{record}.output", path))


def _of_wait(record: str, path: Path) -> Source:
    match path:
        case ("wait_status",):
            return Source(literal("completed"), "text")
        case ("signal", "payload", *rest):
            return Source(read(f"{record}.output", rest))
    raise Refusal(f"'output.{shown(path)}' of a wait cannot be read", "Read output.signal.payload.")


def _of_router(task: Placed, record: str, path: Path) -> Source:
    match path:
        case ("route_taken",):
            taken = {branch: key for key, branch in branches_of(task).items()}
            return Source(f"$lookup({literal(taken)}, {record}.output.branch)", "text")
        case ("router_type",):
            return Source(literal("conditional"), "text")
    raise Refusal(f"'output.{shown(path)}' of a router cannot be read", "Read output.route_taken.")


def branches_of(task: Placed) -> dict[str, str]:
    """The branch of each route of a router."""
    return {key: f"cases/{index}" for index, key in enumerate(task.form.routes or ())}


def _of_items(child: Placed, record: str, path: Path) -> Source:
    """One entry for each item: what the task in the collection put out."""
    if child.type == "wait" or (child.form.outputs is not None and child.type != "aggregate"):
        hint = "Let the task be a composite whose last task is an aggregate."
        raise Refusal(f"what '{child.id}' puts out for each item cannot be read through the collection", hint)
    match child.type:
        case "aggregate":
            if not path:
                return Source(f"[$map({record}.output, function($each) {{ $each.result }})]")
            return _of_entry(record, path, "result")
        case "basic" if child.form.tool is not None:
            return _of_entry(record, path, "body")
    return Source(read(f"{record}.output", path))


def _of_entry(record: str, path: Path, member: str) -> Source:
    if path and isinstance(path[0], int):
        return Source(read(f"{record}.output", (path[0], member, *path[1:])))
    reason = "the outputs of a tool for all items cannot be read at once"
    raise Refusal(reason, "Read one, as in tasks.each.output[0], or let an aggregate follow the tool in a composite.")


def _of_group(task: Placed, readers: Mapping[str, Reader], path: Path) -> Source:
    """The outputs of a group are those of the tasks in it."""
    match path:
        case (str() as child, "output", *rest) if any(each.id == child for each in task.inside):
            return readers[child](tuple(rest))
    hint = "Read the tasks in it: tasks.<id>.output, or output.<id>.output of the group."
    raise Refusal(f"the output of '{task.id}' cannot be read as a whole", hint)
