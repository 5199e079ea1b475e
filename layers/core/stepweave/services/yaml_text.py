"""YAML as a tree of nodes that know their places, and as a value.

Plain words are read by the rules of version 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema): `on` is a word and not
`true`, `12:30` is text, and so is a date, since a definition is JSON in the end. For the same reason no tag makes
anything that JSON has not, and a member that is given twice is refused, as in a request.
"""

import math
import re
from collections.abc import Iterator
from typing import Any, ClassVar

import yaml

MAX_EXPANDED = 2_000_000
"""Characters when each alias is replaced by what it names; a definition has 512 KB at most."""
MAX_DEPTH = 128
"""Levels; a body of a request has 100 at most. The scanner looks at every open bracket for each word that it reads."""
_TAGS = ("null", "bool", "int", "float", "str", "seq", "map")


class Refused(Exception):
    """YAML that no definition can be made of; `mark` is its place, where there is one. └── NotYaml"""

    def __init__(self, mark: yaml.Mark | None, why: str) -> None:
        super().__init__(why)
        self.mark = mark


class NotYaml(Refused):
    """Text that is no YAML at all."""


def tree_of(text: str) -> yaml.Node | None:
    """The nodes of the text, None when it holds nothing; members given twice and endless aliases are `Refused`."""
    try:
        root: yaml.Node | None = yaml.compose(text, Loader=JsonLoader)
        if root is not None:
            _expanded(root, {})
    except yaml.MarkedYAMLError as error:
        raise NotYaml(error.problem_mark, f"no YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise NotYaml(None, f"no YAML: {error}") from error
    return root


def value_of(root: yaml.Node) -> Any:
    """The value of a tree from `tree_of`."""
    try:
        return JsonLoader("").construct_document(root)
    except yaml.MarkedYAMLError as error:
        raise Refused(error.problem_mark, f"no YAML: {error.problem}") from error


def _expanded(node: yaml.Node, known: dict[int, int]) -> int:
    """Characters of a part with its aliases replaced. Each part is looked at once, however often it is named."""
    if id(node) not in known:
        known[id(node)] = MAX_EXPANDED + 1  # as long as it is looked at: what holds itself has no end
        if isinstance(node, yaml.MappingNode):
            _refuse_twice(node)
        own = len(node.value) if isinstance(node, yaml.ScalarNode) else 0
        known[id(node)] = 1 + own + sum(_expanded(part, known) for part in _parts(node))
        if known[id(node)] > MAX_EXPANDED:
            why = f"over {MAX_EXPANDED:,} characters, or no end, with aliases replaced by what they name"
            raise Refused(node.start_mark, why)
    return known[id(node)]


def _parts(node: yaml.Node) -> Iterator[yaml.Node]:
    match node:
        case yaml.MappingNode():
            for member in node.value:
                yield from member
        case yaml.SequenceNode():
            yield from node.value


def _refuse_twice(node: yaml.MappingNode) -> None:
    seen: set[str] = set()
    for name, _ in node.value:
        if isinstance(name, yaml.ScalarNode):
            if name.value in seen:
                raise Refused(name.start_mark, f"the member '{name.value[:100]}' is given twice")
            seen.add(name.value)


class JsonLoader(yaml.SafeLoader):
    """PyYAML follows version 1.1; these are the plain words of version 1.2."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # PyYAML's own registry, filled below
    # Not those of the registry, which any library may have changed for everybody.
    yaml_constructors: ClassVar[dict[Any, Any]] = {
        None: yaml.SafeLoader.construct_undefined,
        **{f"tag:yaml.org,2002:{name}": getattr(yaml.SafeLoader, f"construct_yaml_{name}") for name in _TAGS},
    }

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Refuses here what is nested too deeply: before the rest of it is read."""
        if self._depth > MAX_DEPTH:
            raise Refused(parent.start_mark if parent else None, f"it is nested deeper than {MAX_DEPTH} levels")
        self._depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    JsonLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)
JsonLoader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^(?:<<)$"), ["<"])


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    _number(loader, node)
    return int(loader.construct_scalar(node))


def _number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    text = loader.construct_scalar(node)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise yaml.constructor.ConstructorError(None, None, f"{text[:40]} is no number of JSON", node.start_mark)
    return number


JsonLoader.add_constructor("tag:yaml.org,2002:int", _decimal)
JsonLoader.add_constructor("tag:yaml.org,2002:float", _number)
