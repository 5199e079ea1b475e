"""Patterns: the regular expressions of expressions, matched by RE2, whose time grows with the text and no faster.

Python's own engine can take for ever on a short text, and holds every other thread up meanwhile.
Syntax: https://github.com/google/re2/wiki/Syntax (no look-around, no back-references).
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from jsonata.regex_engine import RegexFlags

MAX_PROGRAM = 10_000
"""Instructions of a compiled pattern; a plain one has as many as characters."""
MAX_WORK = 100_000_000
"""Instructions times characters of text: RE2 at its slowest does 60 million a second."""
_UNICODE_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)


class UnusablePattern(ValueError):
    """A regular expression that RE2 does not take."""


class TooMuchText(Exception):
    """A text too long for its pattern."""


class Pattern:
    """What jsonata-python asks of a regular expression."""

    def __init__(self, source: str, flags: RegexFlags) -> None:
        # 5 ms, for the expressions that have a regular expression.
        import re2

        options = re2.Options()
        options.log_errors = False
        options.case_sensitive = not flags.case_insensitive
        try:
            self._compiled = re2.compile(("(?m)" if flags.multiline else "") + _as_re2(source), options)
        except (re2.error, UnicodeEncodeError) as error:
            raise UnusablePattern(_unusable(source, _reason(error))) from error
        self._size: int = self._compiled.programsize
        if self._size > MAX_PROGRAM:
            raise UnusablePattern(_unusable(source, "it repeats too much"))

    def finditer(self, text: str) -> Iterator[Any]:
        if len(text) * self._size > MAX_WORK:
            raise TooMuchText(f"a text of {len(text)} characters is too long for this regular expression")
        matches: Iterator[Any] = self._compiled.finditer(text)
        return matches

    def search(self, text: str) -> Any:
        return next(self.finditer(text), None)

    def replaced(self, text: str, replacement: Callable[[Any], str], limit: int) -> Iterator[str]:
        """The text in parts, its first matches replaced."""
        for part in self._parts(text, limit):
            yield part if isinstance(part, str) else replacement(part)

    def sub(self, replacement: Callable[[Any], str], text: str, count: int = 0) -> str:
        return "".join(self.replaced(text, replacement, count or len(text) + 1))

    def split(self, text: str, maxsplit: int = 0) -> list[str]:
        return [part for part in self._parts(text, maxsplit or len(text) + 1) if isinstance(part, str)]

    def _parts(self, text: str, limit: int) -> Iterator[Any]:
        """Text and matches in turn, beginning and ending with text."""
        end = 0
        for number, match in enumerate(self.finditer(text)):
            if number >= limit:
                break
            yield text[end : match.start()]
            yield match
            end = match.end()
        yield text[end:]


def _as_re2(source: str) -> str:
    """JavaScript's `\\u00e9` is RE2's `\\x{00e9}`."""
    return _UNICODE_ESCAPE.sub(lambda escape: f"\\x{{{escape[1]}}}" if escape[1] else escape[0], source)


def _unusable(source: str, reason: str) -> str:
    shown = source if len(source) <= 60 else source[:57] + "..."
    why = f"{reason[:60]} (RE2 has no look-around and no back-references)"
    return f"the regular expression /{shown}/ cannot be used: {why}"


def _reason(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode(errors="replace") if isinstance(said, bytes) else "it holds half of a surrogate pair"
