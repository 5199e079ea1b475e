"""A workflow document of Compozy's, translated into a definition of ours.

    {"id": "greet", "tasks": [{"id": "hi", "agent": "host", "prompt": "Greet {{ .workflow.input.name }}"}]}
        =>   {"name": "greet", "steps": [{"id": "hi", "type": "agent_task",
              "config": {"agent_id": "host", "goal": "Greet {{ input.name }}"}}], "source": {...}}

Translated is what means the same; everything else is refused with its place, a reason and what to do instead.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from stepweave.compiler.compile import compile_definition
from stepweave.compozy.blocks import Blocks
from stepweave.compozy.form import Workflow, read_form
from stepweave.compozy.jsonata import Path, Source, read
from stepweave.compozy.names import Names
from stepweave.compozy.refusal import Refusals
from stepweave.compozy.source import with_source
from stepweave.compozy.task_tree import Placed, every, read_tasks, top_level
from stepweave.compozy.texts import Texts
from stepweave.compozy.tools import check_tool
from stepweave.compozy.transitions import woven_flow
from stepweave.compozy.triggers import translated_trigger
from stepweave.domain.definition import MAX_DEPTH
from stepweave.domain.problem import Problem
from stepweave.errors import Fault, Invalid

Json = dict[str, Any]
_TAKEN_OVER = ("description", "version", "author", "schedule")
_REFUSED = {
    "mcps": ("servers of tools belong to agents", "Give them to the agents that use them."),
    "knowledge_bases": ("there are no knowledge bases", "Let a tool of an agent search."),
    "knowledge": ("there are no knowledge bases", "Let a tool of an agent search."),
}


@dataclass(frozen=True)
class Translated:
    """agents: those that the document holds, by id; they are resources of their own, to be put before a run."""

    definition: Json
    agents: Mapping[str, Json] = field(default_factory=dict)


def translate(document: Any, *, tools: Mapping[str, Mapping[str, Any]] | None = None) -> Translated:
    """The definition that means the same; the document is kept in it, as `source`.

    document: a JSON value. tools: those of the project, by id, for tasks that name one which is not in the document.
    Raises `Invalid` with every problem, at JSON Pointers into the document.
    """
    translation = _Translation(tools or {})
    translated = translation.of(document)
    problems = translation.refusals.problems
    if translated is None or problems:
        raise Invalid([Fault(each.path, _sentence(each)) for each in _in_order(problems)], code="definition_invalid")
    return translated


def _in_order(problems: list[Problem]) -> list[Problem]:
    """Each once: a text may be come to on several ways."""
    return list(dict.fromkeys(problems))


def _sentence(problem: Problem) -> str:
    return f"{problem.message}. {problem.hint}" if problem.hint else problem.message


class _Translation:
    def __init__(self, tools: Mapping[str, Mapping[str, Any]]) -> None:
        self.refusals = Refusals()
        self._texts = Texts(self.refusals)
        self._tools = tools

    def of(self, document: Any) -> Translated | None:
        if not isinstance(document, Mapping):
            self.refusals.add("", "The workflow must be an object", code="not_an_object")
            return None
        if _is_deep(document):
            self.refusals.add(
                "", f"The document is nested deeper than {MAX_DEPTH - 2} levels", "Flatten it.", "too_deep"
            )
            return None
        form: Workflow | None = read_form(Workflow, document, "", self.refusals.problems)
        if form is None:
            return None
        for index, tool in enumerate(form.tools):
            check_tool(tool, f"/tools/{index}", self.refusals)
        self._refuse_members(form)
        tasks = read_tasks(form.tasks, "/tasks", self.refusals)
        for each in every(tasks):
            if isinstance(each.raw.get("tool"), dict):
                check_tool(each.raw["tool"], f"{each.at}/tool", self.refusals)
        if self.refusals.problems:
            return None
        return self._whole(form, tasks, document)

    def _refuse_members(self, form: Workflow) -> None:
        for name, (reason, hint) in _REFUSED.items():
            if getattr(form, name):
                self.refusals.add(f"/{name}", f"'{name}' are not translated: {reason}", hint)

    def _whole(self, form: Workflow, tasks: list[Placed], document: Mapping[str, Any]) -> Translated | None:
        tools = {**self._tools, **{str(each.get("id")): each for each in form.tools}}
        blocks = Blocks(form.id, tasks, tools, self.refusals)
        for index, agent in enumerate(form.agents):
            blocks.agents.add(agent, f"/agents/{index}")
        names = _outermost(form, blocks)
        for each in top_level(tasks):
            blocks.prepare(each, names)
        definition: Json = {"name": form.id}
        definition |= {name: document[name] for name in _TAKEN_OVER if document.get(name) is not None}
        definition["steps"] = woven_flow(tasks, blocks, form.config, self.refusals).settled()
        if form.outputs:
            definition["outputs"] = self._texts.fill(form.outputs, names, "/outputs")
        if config := {name: value for name, value in form.config.items() if name != "on_error"}:
            definition["config"] = config
        if form.triggers:
            definition["triggers"] = [
                translated_trigger(each, f"/triggers/{index}", self.refusals)
                for index, each in enumerate(form.triggers)
            ]
        if self.refusals.problems:
            return None
        whole = with_source(definition, document)
        self.refusals.problems += _located(whole, blocks.places)
        return Translated(whole, blocks.agents.found)


def _is_deep(document: Any) -> bool:
    """Whether it is nested too deeply to be walked, and kept inside a definition. Without recursion."""
    level = [document]
    for _ in range(MAX_DEPTH - 2):
        level = [inner for each in level for inner in _inner(each)]
    return bool(level)


def _inner(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()


def _outermost(form: Workflow, blocks: Blocks) -> Names:
    env = form.config.get("env")
    declared = env if isinstance(env, Mapping) else {}

    def given(path: Path) -> Source:
        return Source(read("input", path))

    return Names(
        workflow_id=form.id,
        tasks=blocks.readers,
        env={name: partial(Source, read("env", (name,))) for name in declared},
        given=given,
    )


def _located(definition: Json, places: Mapping[str, str]) -> Iterator[Problem]:
    """What our compiler says of the definition, at the places in the document that it comes from."""
    for problem in compile_definition(definition).problems:
        yield replace(problem, path=_place(problem.path, definition, places))


def _place(path: str, definition: Json, places: Mapping[str, str]) -> str:
    parts = path.split("/")[1:]
    if parts[:1] == ["name"]:
        return "/id"
    if parts[:2] == ["source", "document"]:
        return "".join(f"/{part}" for part in parts[2:])
    if parts[:1] == ["triggers"] and len(parts) > 2 and definition["triggers"][int(parts[1])]["type"] == "webhook":
        return "/" + "/".join([*parts[:2], "webhook", *parts[2:]])
    at, value = "", definition
    while parts[:1] == ["steps"] and len(parts) > 1:
        value = value["steps"][int(parts[1])]
        at, parts = places[value["id"]], parts[2:]
        if parts[:2] == ["config", "steps"]:
            value, parts = value["config"], parts[1:]
    return at or path
