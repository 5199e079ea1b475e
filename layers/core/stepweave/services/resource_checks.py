"""What is wrong with a resource that is to be put: all of it, each with its place."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from stepweave.compiler.expressions import syntax_problem
from stepweave.compiler.references import sources
from stepweave.compiler.schemas import schema_problems
from stepweave.compiler.templates import Unbalanced
from stepweave.domain.agent import without_leading_dots
from stepweave.domain.problem import pointer
from stepweave.domain.resource import MAX_RESOURCE_BYTES, RESOURCE_ID, Kind
from stepweave.errors import Fault, Invalid


def form_of(kind: Kind) -> type[BaseModel]:
    """Loaded when it is first needed: most that import this never put anything."""
    if kind == "agent":
        from stepweave.domain.agent_form import AgentForm

        return AgentForm
    if kind == "task":
        from stepweave.domain.task_form import TaskForm

        return TaskForm
    from stepweave.domain.tool_form import ToolForm

    return ToolForm


def check(kind: Kind, resource_id: str, content: Mapping[str, Any]) -> None:
    """Raises `Invalid` (`invalid_resource`)."""
    faults = [*_of_id(resource_id, content), *_of_form(kind, content)]
    if not faults:
        faults = [*_of_parts(kind, content), *_of_expressions(kind, content)]
    if len(json.dumps(content, ensure_ascii=False).encode()) > MAX_RESOURCE_BYTES:
        faults.append(Fault("", f"The {kind} has more than {MAX_RESOURCE_BYTES} bytes."))
    if faults:
        raise Invalid(faults, code="invalid_resource")


def _of_id(resource_id: str, content: Mapping[str, Any]) -> Iterator[Fault]:
    if not RESOURCE_ID.fullmatch(resource_id):
        rule = "An id has 1 to 100 letters, digits, '.', '_', '-', and begins with one of the first two."
        yield Fault("/id", rule)
    elif content.get("id") not in (None, resource_id):
        yield Fault("/id", f"The id is '{resource_id}' where it is put (id mismatch); leave it out, or repeat that.")


def _of_form(kind: Kind, content: Mapping[str, Any]) -> list[Fault]:
    try:
        form_of(kind).model_validate(content)
    except ValidationError as error:
        return [Fault(pointer(*each["loc"]), each["msg"]) for each in error.errors(include_url=False)]
    return []


def _of_parts(kind: Kind, content: Mapping[str, Any]) -> Iterator[Fault]:
    """Ids that occur twice in an agent, and schemas that are none."""
    if kind != "agent":
        yield from _of_schemas(content, "")
        return
    for member in ("actions", "tools", "mcps"):
        ids = [each["id"] for each in content.get(member, ())]
        for index, each in enumerate(content.get(member, ())):
            if each["id"] in ids[:index]:
                yield Fault(f"/{member}/{index}/id", f"There is another of {member} with this id.")
            yield from _of_schemas(each, f"/{member}/{index}")


def _of_schemas(part: Mapping[str, Any], place: str) -> Iterator[Fault]:
    for name in ("input", "output"):
        if part.get(name):
            yield from (Fault(found.path, found.message) for found in schema_problems(part[name], f"{place}/{name}"))


def _of_expressions(kind: Kind, content: Mapping[str, Any]) -> Iterator[Fault]:
    """A task's are templates of Compozy's, which are looked at when it is used."""
    for name, value in content.items() if kind != "task" else ():
        try:
            found = [problem for source in sources(without_leading_dots(value)) if (problem := syntax_problem(source))]
        except Unbalanced as error:
            found = [f"an expression is not closed: {error}"]
        yield from (Fault(f"/{name}", problem) for problem in found)
