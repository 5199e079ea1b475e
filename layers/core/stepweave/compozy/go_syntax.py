"""The syntax of Go's text/template, as far as it is an expression: https://pkg.go.dev/text/template.

    "{{ .workflow.input.name | upper }}, hi"   =>   Call("upper", (Field(("workflow", "input", "name")),)), ", hi"

What controls (`if`, `range`, `with`, ...), variables and methods are refused: an expression of ours has none.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from stepweave.compozy.jsonata import Path
from stepweave.compozy.refusal import Refusal

_CONTROL = frozenset({"if", "else", "end", "range", "with", "define", "template", "block", "break", "continue"})
_TOKEN = re.compile(
    r"""\s*(?:(?P<field>\$?(?:\.[A-Za-z_0-9][\w-]*)+)|(?P<text>"(?:\\.|[^"\\\n])*"|`[^`]*`)|(?P<number>-?\d+(?:\.\d+)?(?![\w.]))"""
    r"""|(?P<word>[A-Za-z_]\w*)|(?P<mark>[|()]))"""
)
_QUOTED = re.compile(r"""\"(?:\\.|[^\"\\\n])*\"|`[^`]*`|'(?:\\.|[^'\\\n])*'|/\*.*?\*/""", re.DOTALL)
_SPACE = " \t\r\n"
MAX_DEPTH = 20
"""As deep as Compozy lets templates nest."""


@dataclass(frozen=True)
class Field:
    path: Path


@dataclass(frozen=True)
class Constant:
    value: Any


@dataclass(frozen=True)
class Call:
    name: str
    arguments: tuple["Term", ...]


Term = Field | Constant | Call


def parse_text(text: str) -> Sequence[str | Term]:
    """Literal text and expressions, in order; `Refusal` for what is none."""
    parts: list[str | Term] = []
    end, trims = 0, False
    while (start := text.find("{{", end)) >= 0:
        close = _close(text, start)
        action, before, after = _trimmed(text[start + 2 : close])
        plain = text[end:start].lstrip(_SPACE) if trims else text[end:start]
        plain = plain.rstrip(_SPACE) if before else plain
        parts += [plain] if plain else []
        parts += [] if action.startswith("/*") else [_Reader(action).whole()]
        end, trims = close + 2, after
    rest = text[end:].lstrip(_SPACE) if trims else text[end:]
    return [*parts, rest] if rest else parts


def _close(text: str, start: int) -> int:
    at = start + 2
    while at < len(text):
        if text.startswith("}}", at):
            return at
        quoted = _QUOTED.match(text, at)
        at = quoted.end() if quoted else at + 1
    raise Refusal(f"the '{{{{' at character {start + 1} has no '}}}}'")


def _trimmed(action: str) -> tuple[str, bool, bool]:
    """An action without its `-` marks, and whether blanks before and after it go."""
    before = action[:1] == "-" and action[1:2] in (*_SPACE, "/")
    after = action[-1:] == "-" and action[-2:-1] in (*_SPACE, "/")
    return action[before : len(action) - after].strip(_SPACE), before, after


class _Reader:
    def __init__(self, action: str) -> None:
        self._action = action
        self._tokens = list(_tokens(action))
        self._at = 0
        self._depth = 0

    def whole(self) -> Term:
        if not self._tokens:
            raise Refusal("'{{ }}' is empty")
        term = self._pipeline()
        if self._at < len(self._tokens):
            raise Refusal(f"'{self._action[:100]}' cannot be read from '{self._tokens[self._at][1]}' on")
        return term

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _pipeline(self) -> Term:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Refusal(f"'{self._action[:100]}' is nested deeper than {MAX_DEPTH} levels")
        term = self._command(())
        while self._peek() == ("mark", "|"):
            self._at += 1
            term = self._command((term,))
        self._depth -= 1
        return term

    def _command(self, piped: tuple[Term, ...]) -> Term:
        kind, word = self._peek()
        if kind == "word" and word not in ("true", "false", "nil"):
            if word in _CONTROL:
                raise Refusal(
                    f"'{word}' controls, and an expression cannot", "Use 'ternary' or 'default', or a router."
                )
            self._at += 1
            return Call(word, (*self._operands(), *piped))
        if piped:
            raise Refusal(f"'{self._action[:100]}' pipes into something that is no function")
        return self._operand()

    def _operands(self) -> Iterator[Term]:
        while self._peek()[0] in ("field", "text", "number", "word") or self._peek() == ("mark", "("):
            yield self._operand()

    def _operand(self) -> Term:
        kind, word = self._peek()
        self._at += 1
        match kind:
            case "field":
                return Field(_path(word))
            case "text":
                return Constant(_unquoted(word))
            case "number":
                return Constant(float(word) if "." in word else int(word))
            case "word" if word in ("true", "false", "nil"):
                return Constant({"true": True, "false": False}.get(word))
            case "word":
                return Call(word, ())
            case "mark" if word == "(":
                return self._parenthesis()
        raise Refusal(f"'{self._action[:100]}' cannot be read")

    def _parenthesis(self) -> Term:
        term = self._pipeline()
        if self._peek() != ("mark", ")"):
            raise Refusal(f"'{self._action[:100]}' has a '(' without its ')'")
        self._at += 1
        return term


def _tokens(action: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(action):
        found = _TOKEN.match(action, at)
        if found is None:
            rest = action[at:].strip()
            hint = "Variables and assignments are not translated." if rest[:1] in ("$", ":", "=") else ""
            raise Refusal(f"'{action[:100]}' cannot be read from '{rest[:20]}' on", hint)
        kind = str(found.lastgroup)
        yield kind, found.group(kind)
        at = found.end()


def _path(field: str) -> Path:
    return tuple(field.removeprefix("$").removeprefix(".").split("."))


def _unquoted(word: str) -> str:
    if word[0] == "`":
        return word[1:-1]
    try:
        value: str = json.loads(word, strict=False)
    except ValueError:
        raise Refusal(f"{word[:40]} has an escape that JSON has not", "Write the character itself.") from None
    return value
