"""Documents of a project: as YAML files, or together in a bundle that a client sends."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stepweave.errors import Fault, Invalid
from stepweave.services.ports import ProjectFiles
from stepweave.services.yaml_text import Refused, tree_of, value_of


@dataclass(frozen=True)
class Sent:
    """One document of an import; `place`: what goes before places in it; `id`: its own, else the name of its file."""

    place: str
    id: str
    content: Mapping[str, Any]


def in_files(folder: str, project: str, files: ProjectFiles) -> Iterator[Sent]:
    """Those of a folder; `Invalid` for a file that holds no object."""
    for path, text in files.read(project, folder):
        if path.endswith((".yaml", ".yml")):
            content = _object(_yaml(path, text), f"{path}: ")
            name = path.rpartition("/")[2].rpartition(".")[0]
            yield Sent(f"{path}: ", str(content.get("id", name)), content)


def in_bundle(name: str, sent: Mapping[str, Any]) -> Iterator[Sent]:
    """Those of a bundle, `{<name>: [...]}`; `Invalid` for anything else, and for one without an id."""
    listed = sent.get(name)
    if not isinstance(listed, list) or len(sent) > 1:
        raise invalid("", f"A bundle is an object with one member, '{name}', a list.")
    for number, each in enumerate(listed):
        content = _object(each, f"/{name}/{number}")
        if not isinstance(content.get("id"), str):
            raise invalid(f"/{name}/{number}/id", "Field required")
        yield Sent(f"/{name}/{number}", content["id"], content)


def invalid(place: str, why: str) -> Invalid:
    return Invalid([Fault(place, why)], code="invalid_resource")


def twice(wanted: list[Sent]) -> Iterator[Fault]:
    """Ids that an import has more than once."""
    seen: set[str] = set()
    for each in wanted:
        if each.id in seen:
            yield Fault(f"{each.place}/id", f"There is another of this import with the id '{each.id[:100]}'.")
        seen.add(each.id)


def _yaml(path: str, text: str) -> Any:
    try:
        root = tree_of(text)
        return {} if root is None else value_of(root)
    except Refused as error:
        where = f" at line {error.mark.line + 1}" if error.mark else ""
        raise invalid(f"{path}: ", f"{error}{where}") from error


def _object(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise invalid(place, "An object is needed.")
    return value
