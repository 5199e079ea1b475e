"""Names: what the paths of Compozy's templates and conditions stand for in ours, at one place of a document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stepweave.compozy.jsonata import Path, Source, literal, read
from stepweave.compozy.refusal import Refusal

Reader = Callable[[Path], Source]
"""What a path below a task's `output` reads."""


@dataclass(frozen=True)
class Names:
    """tasks: readers of outputs, by task. given: reads below `input` and `with`. env: sources, by name. own: reads
    below `output`. items: what a collection calls its item and its place, and what we do. roots: further names.
    """

    workflow_id: str
    tasks: Mapping[str, Reader]
    env: Mapping[str, Callable[[], Source]]
    given: Reader
    task_id: str | None = None
    own: Reader | None = None
    items: Mapping[str, str] = field(default_factory=dict)
    roots: Mapping[str, str] = field(default_factory=dict)

    def resolve(self, path: Path) -> Source:
        """The expression for a path; `Refusal` where it is no name. -> `input.x` for `("workflow", "input", "x")`"""
        root, rest = str(path[0]), path[1:]
        if root in self.items:
            return Source(read(self.items[root], rest))
        if root in self.roots:
            return Source(read(self.roots[root], rest))
        match root:
            case "workflow":
                return self._of_workflow(rest)
            case "tasks":
                return self._of_task(rest)
            case "input" | "with":
                return self.given(rest)
            case "env":
                return self._of_env(rest)
            case "task" if rest == ("id",) and self.task_id is not None:
                return Source(literal(self.task_id), "text")
            case "output" if self.own is not None:
                return self.own(rest)
        raise Refusal(f"'{shown(path)}' is no name that can be read here", _hint(root))

    def _of_workflow(self, rest: Path) -> Source:
        match rest:
            case ("input", *more):
                return Source(read("input", more))
            case ("id",):
                return Source(literal(self.workflow_id), "text")
        raise Refusal(
            f"'workflow{_dotted(rest)}' cannot be read: of the workflow, 'workflow.input' and 'workflow.id' can"
        )

    def _of_task(self, rest: Path) -> Source:
        if len(rest) < 2 or rest[1] != "output":
            raise Refusal(f"'tasks{_dotted(rest)}' cannot be read", "Write tasks.<id>.output and what follows.")
        reader = self.tasks.get(str(rest[0]))
        if reader is None:
            raise Refusal(f"'tasks{_dotted(rest)}' reads a task that does not exist")
        return reader(rest[2:])

    def _of_env(self, rest: Path) -> Source:
        if len(rest) != 1 or str(rest[0]) not in self.env:
            raise Refusal(f"'env{_dotted(rest)}' is not declared", "Give it a value in config.env.")
        return self.env[str(rest[0])]()


def shown(path: Path) -> str:
    return ".".join(map(str, path))[:100]


def _dotted(path: Path) -> str:
    return f".{shown(path)}" if path else ""


def _hint(root: str) -> str:
    if root in ("item", "index"):
        return "Only the task of a collection has it, and its filter; item_var and index_var rename it."
    if root in ("project", "parent", "current", "signal", "processor"):
        return "Pass what is needed in the workflow's input."
    return "Known: workflow.input, workflow.id, tasks.<id>.output, input, with, env, task.id."


def reading(values: Mapping[str, Any], fill: Callable[[str], Source], told: str) -> Reader:
    """Reads below an object that the document holds.

    fill: translates a text of it. told: what the object is, in a complaint about a member that it has not.
    """

    def reader(path: Path) -> Source:
        value: Any = values
        for at, part in enumerate(path):
            key = int(part) if isinstance(value, list) and str(part).isdigit() else part
            if isinstance(value, str):
                return Source(read(f"({fill(value).text})", path[at:]))
            if isinstance(value, Mapping) and key in value:
                value = value[str(key)]
            elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                value = value[key]
            else:
                raise Refusal(f"'{shown(path)}' is not among {told}")
        return constructed(value, fill)

    return reader


def constructed(value: Any, fill: Callable[[str], Source]) -> Source:
    """A JSON value whose texts may be templates, as one expression."""
    match value:
        case str():
            return fill(value)
        case Mapping():
            members = (f"{literal(name)}: {constructed(each, fill).text}" for name, each in value.items())
            return Source(f"{{{', '.join(members)}}}")
        case list():
            return Source(f"[{', '.join(_entry(each, fill) for each in value)}]")
        case bool():
            return Source(literal(value), "boolean")
        case int() | float():
            return Source(literal(value), "number")
    return Source(literal(value))


def _entry(value: Any, fill: Callable[[str], Source]) -> str:
    source = constructed(value, fill)
    if isinstance(value, str) and source.kind == "any":
        # JSONata would take a list apart that stands in a list.
        raise Refusal("a list whose entries are read from elsewhere cannot be read as a whole", "Read its entries.")
    return source.text
