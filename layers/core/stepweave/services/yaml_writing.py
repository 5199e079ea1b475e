"""A JSON value as YAML that people edit: blocks, texts of several lines as they read, members in their order.

What is written means the same to readers of YAML 1.1 and 1.2: whatever either of them would take for a number, a
boolean, a date or nothing is quoted, and so is `services.yaml_text` sure to give back the value that went in.
"""

import re
from typing import Any

import yaml

from stepweave.services.yaml_text import JsonLoader

_WIDTH = 110
_UNSEEN = re.compile("[\x85\u2028\u2029\ufeff]")


def yaml_of(value: Any, comments: tuple[str, ...] = ()) -> str:
    """-> `# <comment>` lines, then the value."""
    head = "".join(f"# {' '.join(line.split())}\n" for line in comments)
    return head + yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)


class _Dumper(yaml.SafeDumper):
    """Without aliases, which would only hide what is equal by chance."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # as PyYAML calls it
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002  # as PyYAML does
        """Lists are indented below their member, as most people write them."""
        super().increase_indent(flow, indentless=False)


_Dumper.yaml_implicit_resolvers = {
    first: yaml.SafeDumper.yaml_implicit_resolvers.get(first, []) + JsonLoader.yaml_implicit_resolvers.get(first, [])
    for first in yaml.SafeDumper.yaml_implicit_resolvers.keys() | JsonLoader.yaml_implicit_resolvers.keys()
}


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Several lines as a literal block, where the writer thinks that a block can carry them; line ends that only YAML
    1.1 knows are escaped."""
    style = '"' if _UNSEEN.search(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
