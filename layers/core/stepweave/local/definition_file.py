"""A definition in a file, JSON or YAML, and where in the file each part of it stands.

YAML is read by the rules of its version 1.2 for plain words (https://yaml.org/spec/1.2.2/#103-core-schema): `on` is a
word and not `true`, `12:30` is text, and so is a date, since a definition is JSON in the end.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


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
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path}: {error}") from error
    if path.suffix == ".json":
        return DefinitionFile(path, _json(path, text), _nodes(text))
    try:
        return DefinitionFile(path, yaml.load(text, Loader=_Loader), _nodes(text))  # noqa: S506  # a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise Unreadable(f"{where}: no YAML: {getattr(error, 'problem', None) or error}") from error


def _json(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f"{path}:{error.lineno}:{error.colno}: no JSON: {error.msg}") from error


def _nodes(text: str) -> yaml.Node | None:
    """The file as YAML nodes, which know their places; None for the rare JSON that is no YAML."""
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError:
        return None
    return node


def _member(node: yaml.Node, name: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == name), None)
    if isinstance(node, yaml.SequenceNode) and name.isdecimal() and int(name) < len(node.value):
        inner: yaml.Node = node.value[int(name)]
        return inner
    return None


class _Loader(yaml.SafeLoader):
    """PyYAML follows version 1.1; these are the plain words of version 1.2."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # PyYAML's own registry, filled below


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^(?:<<)$"), ["<"])


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(loader.construct_scalar(node))


def _number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    return float(loader.construct_scalar(node))


_Loader.add_constructor("tag:yaml.org,2002:int", _decimal)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)
