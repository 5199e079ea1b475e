"""Masking: no secret is stored, told or answered, in none of the forms that it comes back in.

    {"echo": "Bearer s3cr3t-value"}   =>   {"echo": "Bearer ********"}

A receiver may echo a secret as it is, percent-encoded, escaped for JSON or HTML, in hexadecimal, or in base64 with
other bytes before and after it. What it computes from a secret, or half a secret, nobody can recognise.
"""

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from stepweave.domain.secret import SHORTEST_MASKED
from stepweave.errors import StepError

MASKED = "********"
_SHORTEST_PIECE = 12
"""Characters of a piece that is masked by itself, where what lies between pieces is often changed on the way."""
_LEFT_OUT = re.compile(r"(\n\[\.\.\. \d+ bytes left out \.\.\.\]\n)")


class Mask:
    """Grows with every secret that an attempt has to do with. Without one it changes nothing."""

    def __init__(self) -> None:
        self._whole: list[str] = []
        self._forms: list[str] = []
        self._escaped: list[re.Pattern[str]] = []

    def __bool__(self) -> bool:
        return bool(self._forms)

    def add(self, secret: str) -> None:
        """Masks this from now on, unless it is too short to be told from other text."""
        for text in dict.fromkeys([secret, secret.strip(), *_pieces(secret)]):
            if len(text) >= SHORTEST_MASKED and text not in self._whole:
                self._whole.append(text)
                self._escaped.append(_pattern(text))
                self._forms.extend(form for form in _forms(text) if form not in self._forms)
        self._forms.sort(key=len, reverse=True)

    def value(self, value: Any) -> Any:
        """A JSON value without secrets: in its texts, its names, and numbers that are one."""
        if not self:
            return value
        match value:
            case str():
                return self.text(value)
            case Mapping():
                return {self.text(name): self.value(each) for name, each in value.items()}
            case list() | tuple():
                return [self.value(each) for each in value]
            case bool() | None:
                return value
            case _:
                return MASKED if json.dumps(value) in self._whole else value

    def text(self, text: str) -> str:
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASKED)
        if any(sign in text for sign in "%\\&+"):
            for pattern in self._escaped:
                text = pattern.sub(MASKED, text)
        return self._without_halves(text) if "bytes left out" in text else text

    def error(self, error: StepError) -> StepError:
        """The same error without secrets; a text in it may have been cut in the middle of one."""
        if self:
            error.message = self._without_halves(self.text(error.message))
            error.details = self._uncut(self.value(error.details))
        return error

    def _uncut(self, value: Any) -> Any:
        match value:
            case str():
                return self._without_halves(value)
            case Mapping():
                return {name: self._uncut(each) for name, each in value.items()}
            case list():
                return [self._uncut(each) for each in value]
            case _:
                return value

    def _without_halves(self, text: str) -> str:
        """Masks the beginning of a secret where a text was cut off, and the rest of one where it goes on."""
        parts = _LEFT_OUT.split(text)
        for index in range(0, len(parts), 2):
            for whole in self._whole:
                parts[index] = _without_half(parts[index], whole)
        return "".join(parts)


def _without_half(text: str, whole: str) -> str:
    sizes = range(len(whole) - 1, SHORTEST_MASKED - 1, -1)
    if size := next((size for size in sizes if text.endswith(whole[:size])), 0):
        text = text[:-size] + MASKED
    if size := next((size for size in sizes if text.startswith(whole[-size:])), 0):
        text = MASKED + text[size:]
    return text


def _pieces(secret: str) -> Iterator[str]:
    """The lines of a key in PEM form, and what a receiver that takes UTF-8 for something else leaves whole."""
    parts = re.findall(r"[\x20-\x7e]+", secret)
    if len(parts) > 1 or not secret.isascii():
        yield from (part.strip() for part in parts if len(part.strip()) >= _SHORTEST_PIECE)


def _forms(text: str) -> Iterator[str]:
    data = text.encode("utf-8", "surrogatepass")
    yield text
    yield json.dumps(text)[1:-1]
    yield json.dumps(json.dumps(text, ensure_ascii=False), ensure_ascii=False)[3:-3]
    yield data.hex()
    yield data.hex().upper()
    for form in _in_base64(data):
        yield form
        yield form.replace("+", "-").replace("/", "_")


def _in_base64(data: bytes) -> Iterator[str]:
    """The characters that stand for these bytes alone, whatever stands before and after them (RFC 4648, 4)."""
    yield b64encode(data).decode()
    for before, shared in ((0, 0), (1, 2), (2, 3)):
        whole = b64encode(bytes(before) + data).decode()
        ends_early = (before + len(data)) % 3 != 0
        inner = whole.rstrip("=")[shared : -1 if ends_early else None]
        if len(inner) >= SHORTEST_MASKED:
            yield inner


def _pattern(text: str) -> re.Pattern[str]:
    """A text of which every character may be escaped, or not. Atomic, so that no text makes it search for long."""
    return re.compile("".join(f"(?>{'|'.join(_escapes(character))})" for character in text))


def _escapes(character: str) -> Iterator[str]:
    code = ord(character)
    percent = "".join(f"%{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))
    units = character.encode("utf-16-be", "surrogatepass").hex()
    unicode = "".join(rf"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    yield f"(?i:{percent}|{unicode}|&#0*{code};|&#x0*{code:x};)"
    named = html.escape(character)
    if named != character:
        yield re.escape(named)
    if character in '"\\/\b\f\n\r\t':
        yield re.escape(json.dumps(character)[1:-1] if character != "/" else "\\/")
    if character == " ":
        yield r"\+"
    yield re.escape(character)
