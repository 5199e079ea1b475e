"""Workflows as a client puts them: documents of Compozy's (`tasks`), or definitions of ours (`steps`)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from stepweave.api.payloads.body import object_body
from stepweave.compozy.definition import Translated, translate
from stepweave.domain.credential import HIDDEN
from stepweave.errors import BadRequest, Fault, Invalid

Json = Mapping[str, Any]


def document_of(body: object, name: str, known_as: frozenset[str]) -> dict[str, Any]:
    """A body with its id, which may be left out and must else be one by which the path calls the workflow."""
    document = object_body(body)
    given = name if document.get("id") in (None, "") else document["id"]
    if not isinstance(given, str) or given not in known_as:
        message = f"The document has the id '{str(given)[:100]}', and the path '{name}': they must be the same."
        raise BadRequest(message, code="id_mismatch")
    return {**document, "id": name}


def translated(document: Json, tool: Callable[[str], Json | None]) -> Translated:
    """The definition, and the agents that the document holds. `tool`: of the project, by id.

    Raises `Invalid` with every problem, at places in the document.
    """
    if "tasks" in document or "steps" not in document:
        return translate(document, tools=dict(_tools(document, tool)))
    ours = {name: value for name, value in document.items() if name != "id"}
    return Translated({"name": document["id"], **ours})


def _tools(document: Json, tool: Callable[[str], Json | None]) -> Iterator[tuple[str, Json]]:
    """Those of the project that its tasks name. A credential that is written in one is not copied into a definition,
    which everybody may read."""
    for name in sorted(set(_named(document.get("tasks")))):
        found = tool(name)
        if found is None:
            continue
        if HIDDEN in _values(found):
            reason = (
                f"The tool '{name}' holds a credential: write it there as {{{{ secrets.NAME }}}}, then name it here."
            )
            raise Invalid([Fault("/tasks", reason)], code="definition_invalid")
        yield name, found


def _named(value: Any) -> Iterator[str]:
    match value:
        case Mapping():
            tool = value.get("tool")
            named = tool.get("id") if isinstance(tool, Mapping) else tool
            if isinstance(named, str):
                yield named
            for each in value.values():
                yield from _named(each)
        case list():
            for each in value:
                yield from _named(each)


def _values(value: Any) -> Iterator[Any]:
    match value:
        case Mapping():
            for each in value.values():
                yield from _values(each)
        case list():
            for each in value:
                yield from _values(each)
        case _:
            yield value
