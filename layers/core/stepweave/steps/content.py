"""The body of an answer as a JSON value: parsed, text, or base64."""

import codecs
from base64 import b64encode
from collections.abc import Mapping
from email.message import Message
from typing import Any

from stepweave.domain.json_value import parse_json

_TEXT_CODECS = (
    "utf-8",
    "utf-16",
    "utf-32",
    "ascii",
    "iso8859",
    "cp125",
    "mac-",
    "koi8",
    "euc",
    "gb",
    "big5",
    "shift_jis",
)
"""Beginnings of the codecs that are used: others are no character sets, or take quadratic time."""


def body_value(headers: Mapping[str, str], body: bytes) -> Any:
    """None when empty; a JSON value when the content type says so and it is one; text; else `{"base64": ...}`.

    JSON that cannot be kept (`domain.json_value`) is given as text, as a body is that only claims to be JSON.
    """
    if not body:
        return None
    media_type, charset = _content_type(headers.get("content-type", ""))
    if media_type == "application/json" or media_type.endswith("+json"):
        try:
            return parse_json(body)
        except ValueError:
            return _text(body, charset)  # the other side's mistake; a definition can still work with the text
    if media_type.startswith("text/") or media_type.endswith(("xml", "javascript", "x-www-form-urlencoded")) or charset:
        return _text(body, charset)
    return _guessed(body)


def _content_type(text: str) -> tuple[str, str | None]:
    message = Message()
    message["content-type"] = text
    charset = message.get_param("charset")
    return message.get_content_type() if text else "", charset if isinstance(charset, str) else None


def _text(body: bytes, charset: str | None) -> str:
    try:
        codec = codecs.lookup(charset or "utf-8").name
    except (LookupError, ValueError):
        codec = "utf-8"
    return body.decode(codec if codec.startswith(_TEXT_CODECS) else "utf-8", "replace")


def _guessed(body: bytes) -> Any:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": b64encode(body).decode()}
    return {"base64": b64encode(body).decode()} if "\x00" in text else text
