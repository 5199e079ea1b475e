"""The syntax of CEL, the Common Expression Language: https://github.com/google/cel-spec/blob/master/doc/langdef.md.

    "input.n > 3 && has(input.name)"
        =>  Operation("&&", (Operation(">", (Select(Name("input"), "n"), Literal(3))), Call("has", ...)))

Operators bind as the specification says, from the conditional (least) to selection (most); all of one line lean left.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stepweave.compozy.refusal import Refusal

_BINDS = {"||": 1, "&&": 2, **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), 3), "+": 4, "-": 4}
_BINDS |= dict.fromkeys("*/%", 5)
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>r?"(?:\\.|[^"\\\n])*"|r?'(?:\\.|[^'\\\n])*')|(?P<number>\d+\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\d+u?(?![\w.]))"""
    r"""|(?P<word>[A-Za-z_]\w*)|(?P<mark>&&|\|\||[=!<>]=|[-+*/%!<>?:.,()\[\]{}]))""",
    re.VERBOSE,
)
_RESERVED = frozenset(
    {
        *("as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package"),
        *("namespace", "return", "var", "void", "while"),
    }
)
MAX_DEPTH = 40


@dataclass(frozen=True)
class Literal:
    value: Any


@dataclass(frozen=True)
class Name:
    name: str


@dataclass(frozen=True)
class Select:
    of: "Term"
    member: str


@dataclass(frozen=True)
class Index:
    of: "Term"
    at: "Term"


@dataclass(frozen=True)
class Call:
    """`of`: what a method is called on."""

    name: str
    arguments: tuple["Term", ...]
    of: "Term | None" = None


@dataclass(frozen=True)
class Operation:
    """By its sign; the conditional is `?`, a sign in front is `!` or `neg`."""

    sign: str
    operands: tuple["Term", ...]


@dataclass(frozen=True)
class Entries:
    """A list, written out."""

    entries: tuple["Term", ...]


Term = Literal | Name | Select | Index | Call | Operation | Entries


def parse_cel(text: str) -> Term:
    """The tree of an expression; `Refusal` for what cannot be read."""
    return _Reader(text).whole()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [*_tokens(text), ("", "")]
        self._at = 0
        self._depth = 0

    def whole(self) -> Term:
        term = self._conditional()
        if self._peek() != ("", ""):
            raise self._stuck()
        return term

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at]

    def _next(self) -> tuple[str, str]:
        self._at += 1
        return self._tokens[self._at - 1]

    def _is_next(self, mark: str) -> bool:
        if self._peek() != ("mark", mark):
            return False
        self._at += 1
        return True

    def _expect(self, mark: str) -> None:
        if not self._is_next(mark):
            raise self._stuck()

    def _stuck(self) -> Refusal:
        found = self._peek()[1]
        where = f"at '{found[:20]}'" if found else "at its end"
        return Refusal(f"the condition '{self._text[:100]}' cannot be read {where}", "It must be an expression of CEL.")

    def _conditional(self) -> Term:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Refusal(f"the condition is nested deeper than {MAX_DEPTH} levels")
        test = self._operation(1)
        if self._is_next("?"):
            yes = self._operation(1)
            self._expect(":")
            test = Operation("?", (test, yes, self._conditional()))
        self._depth -= 1
        return test

    def _operation(self, least: int) -> Term:
        left = self._prefixed()
        while True:
            kind, sign = self._peek()
            binds = _BINDS.get(sign, 0) if kind == "mark" or sign == "in" else 0
            if binds < least:
                return left
            self._at += 1
            left = Operation(sign, (left, self._operation(binds + 1)))

    def _prefixed(self) -> Term:
        signs: list[str] = []
        while self._peek() in (("mark", "!"), ("mark", "-")):
            signs.append(self._next()[1])
        if len(set(signs)) > 1 or len(signs) > MAX_DEPTH:
            raise self._stuck()
        term = self._selected()
        for sign in signs:
            if sign == "-" and isinstance(term, Literal) and isinstance(term.value, int | float):
                term = Literal(-term.value)
            else:
                term = Operation("!" if sign == "!" else "neg", (term,))
        return term

    def _selected(self) -> Term:
        term = self._primary()
        while True:
            if self._is_next("."):
                kind, member = self._next()
                if kind != "word":
                    self._at -= 1
                    raise self._stuck()
                term = Call(member, self._entries(")"), term) if self._is_next("(") else Select(term, member)
            elif self._is_next("["):
                term = Index(term, self._conditional())
                self._expect("]")
            else:
                return term

    def _primary(self) -> Term:
        kind, word = self._peek()
        if kind == "text":
            self._at += 1
            return Literal(_unquoted(word))
        if kind == "number":
            self._at += 1
            return Literal(float(word) if any(each in word for each in ".eE") else int(word.removesuffix("u")))
        if kind == "word":
            return self._word(word)
        if self._is_next("("):
            term = self._conditional()
            self._expect(")")
            return term
        if self._is_next("["):
            return Entries(self._entries("]"))
        raise self._stuck()

    def _word(self, word: str) -> Term:
        if word in ("true", "false", "null"):
            self._at += 1
            return Literal({"true": True, "false": False}.get(word))
        if word in _RESERVED or word == "in":
            raise self._stuck()
        self._at += 1
        return Call(word, self._entries(")")) if self._is_next("(") else Name(word)

    def _entries(self, close: str) -> tuple[Term, ...]:
        found: list[Term] = []
        while not self._is_next(close):
            if found:
                self._expect(",")
                if close == "]" and self._is_next(close):
                    break
            found.append(self._conditional())
        return tuple(found)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise Refusal(f"the condition '{text[:100]}' cannot be read at '{text[at:].strip()[:20]}'")
        kind = str(found.lastgroup)
        yield kind, found.group(kind)
        at = found.end()


def _unquoted(word: str) -> str:
    if word[0] == "r":
        return word[2:-1]
    inner = word[1:-1]
    if word[0] == "'":
        inner = re.sub(r"""\\'|(\\.)|(")""", lambda found: found[1] or ('\\"' if found[2] else "'"), inner)
    try:
        value: str = json.loads(f'"{inner}"', strict=False)
    except ValueError:
        raise Refusal(f"{word[:40]} has an escape that JSON has not", "Write the character itself.") from None
    return value
