"""Templates: text with expressions between `{{` and `}}`.

An expression may hold braces of its own (object constructors, strings, quoted names, comments, regular expressions), so
that its end is found by reading it and not by looking for `}}`. To write `{{` itself, write `{{ "{{" }}`.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

OPEN, CLOSE = "{{", "}}"
_QUOTES = "\"'`"
_BEFORE_OPERAND = "([{,:;?=<>!~&|^*+-%.@#"
"""After one of these (or at the start) JSONata reads `/` as the start of a regular expression, else as a division."""


_SPECIAL = re.compile(r"[\"'`/{}]")
MOST_KEPT = 4_096
"""Templates that are kept parsed: validation reads each, and then the plan does."""


@dataclass(frozen=True)
class Expression:
    """The text between the braces; `at` is its offset in the whole text, in characters."""

    source: str
    at: int


@dataclass(frozen=True)
class Template:
    """Parts in order: literal text and expressions."""

    parts: tuple[str | Expression, ...]

    @property
    def is_one_expression(self) -> bool:
        """Such a text keeps the type of its value; blanks around the braces do not count."""
        return len([part for part in self.parts if isinstance(part, Expression)]) == 1 and not any(
            part.strip() for part in self.parts if isinstance(part, str)
        )


class Unbalanced(ValueError):
    """An expression that does not end; `at` is where it begins."""

    def __init__(self, at: int) -> None:
        super().__init__(f"the '{OPEN}' at character {at + 1} has no '{CLOSE}'")
        self.at = at


@lru_cache(maxsize=MOST_KEPT)
def parse_template(text: str) -> Template:
    """-> `parse_template("Hi {{ input.name }}!").parts == ("Hi ", Expression(" input.name ", 5), "!")`"""
    parts: list[str | Expression] = []
    end = 0
    while (start := text.find(OPEN, end)) >= 0:
        if start > end:
            parts.append(text[end:start])
        close = _end_of_expression(text, start)
        parts.append(Expression(text[start + 2 : close], start + 2))
        end = close + 2
    if end < len(text):
        parts.append(text[end:])
    return Template(tuple(parts))


def _end_of_expression(text: str, start: int) -> int:
    depth, at, before = 0, start + 2, ""
    while match := _SPECIAL.search(text, at):
        before = text[at : match.start()].rstrip()[-1:] or before
        at, char = match.start(), match.group()
        if char == "}" and depth == 0 and text.startswith(CLOSE, at):
            return at
        if text.startswith("/*", at):
            at = _after_comment(text, at)
            continue
        if char in _QUOTES or (char == "/" and (not before or before in _BEFORE_OPERAND)):
            at = _after(text, at, char)
        else:
            depth += (char == "{") - (char == "}")
            at += 1
        before = char
    raise Unbalanced(start)


def _after(text: str, at: int, quote: str) -> int:
    """Where a quoted stretch has ended; at the end of the text when it does not end."""
    at += 1
    while at < len(text) and text[at] != quote:
        at += 2 if text[at] == "\\" and quote != "`" else 1
    return at + 1


def _after_comment(text: str, at: int) -> int:
    end = text.find("*/", at + 2)
    return len(text) if end < 0 else end + 2
