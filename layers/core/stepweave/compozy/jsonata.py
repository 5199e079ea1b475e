"""JSONata as text: names, literals and the few shapes that both of Compozy's languages come to."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from stepweave.compiler.expressions import MAX_SOURCE
from stepweave.compozy.refusal import Refusal

Kind = Literal["any", "text", "number", "boolean"]
Path = tuple[str | int, ...]
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = frozenset({"and", "or", "in", "true", "false", "null", "function"})


@dataclass(frozen=True)
class Source:
    """An expression of ours and what is known of its value; it is complete in itself, to be put in parentheses."""

    text: str
    kind: Kind = "any"

    def __post_init__(self) -> None:
        if len(self.text) > MAX_SOURCE:
            raise Refusal(f"it would be an expression of more than {MAX_SOURCE:,} characters", "Read less at once.")


def literal(value: Any) -> str:
    """A JSON value, written as JSONata reads it."""
    return json.dumps(value, ensure_ascii=False)


def read(root: str, path: Iterable[str | int]) -> str:
    """What a path leads to. -> `read("input", ("a-b", 0, "c")) == "input.`a-b`[0].c"`"""
    text = root
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{_name(part)}"
    return text


def _name(part: str) -> str:
    if _NAME.fullmatch(part) and part not in _WORDS:
        return part
    if "`" in part:
        raise Refusal(f"a member named '{part[:40]}' cannot be named in an expression of ours", "Give it another name.")
    return f"`{part}`"


def is_empty(text: str) -> str:
    """Whether a value is what Go's templates count as empty."""
    return f'(({text}) in ["", 0, false, null, [], {{}}])'


def as_text(source: Source) -> str:
    """A value as the text that it is among text; what is a list or an object is left as it is."""
    match source.kind:
        case "text":
            return source.text
        case "number" | "boolean":
            return f"$string({source.text})"
    return f'($v := {source.text}; $type($v) in ["object", "array"] ? $v : $string($v))'
