"""A definition in a file, JSON or YAML, and where in the file each part of it stands."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from stepweave.domain.json_value import parse_json
from stepweave.services.yaml_text import NotYaml, Refused, tree_of, value_of


class Unreadable(Exception):
    """The file holds no definition; the message begins with its place."""


@dataclass(frozen=True)
class DefinitionFile:
    path: Path
    content: Any
    root: yaml.Node | None

    def place(self, pointer: str) -> str:
        """File, line and column of a JSON Pointer, or of the nearest part around it. -> `wf.yaml:12:5`"""
        node = self.root
        if node is None:
            return str(self.path)
        for part in pointer.split("/")[1:]:
            inner = _member(node, part.replace("~1", "/").replace("~0", "~"))
            if inner is None:
                break
            node = inner
        return f"{self.path}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"


def read_definition(path: Path) -> DefinitionFile:
    """Reads a `.json` file as JSON, any other as YAML; Unreadable says where and why not."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path}: {error}") from error
    try:
        if path.suffix == ".json":
            nodes = _nodes(text)  # first: they know the line of a member that is given twice
            return DefinitionFile(path, _json(path, text), nodes)
        root = tree_of(text)
        return DefinitionFile(path, None if root is None else value_of(root), root)
    except Refused as error:
        where = f"{path}:{error.mark.line + 1}:{error.mark.column + 1}" if error.mark else str(path)
        raise Unreadable(f"{where}: {error}") from error


def _json(path: Path, text: str) -> Any:
    try:
        json.loads(text, object_pairs_hook=_unique)
        return parse_json(text.encode())
    except json.JSONDecodeError as error:
        raise Unreadable(f"{path}:{error.lineno}:{error.colno}: no JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{path}: no JSON: {error}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the member '{twice[:100]}' is given twice")
    return members


def _nodes(text: str) -> yaml.Node | None:
    """JSON as YAML nodes, which know their places; None for the rare JSON that is no YAML."""
    try:
        return tree_of(text)
    except NotYaml:
        return None


def _member(node: yaml.Node, name: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == name), None)
    if isinstance(node, yaml.SequenceNode) and name.isdecimal() and int(name) < len(node.value):
        inner: yaml.Node = node.value[int(name)]
        return inner
    return None
