from typing import Any

import pytest

from stepweave.steps.content import body_value


@pytest.mark.parametrize(
    ("content_type", "body", "value"),
    [
        ("application/json", b'{"a": [1]}', {"a": [1]}),
        ("application/json; charset=utf-8", b"null", None),
        ("application/problem+json", b'"x"', "x"),
        ("APPLICATION/JSON", b"1", 1),
        ("application/json", '{"a": "ö"}'.encode("utf-16"), {"a": "ö"}),
        ("application/json", b"", None),
        ("application/json", b"<html>", "<html>"),
        ("application/json", b"NaN", "NaN"),
        ("application/json", b'["\\ud800"]', ["\ufffd"]),
        ("application/json", b'{"a": 1e999}', '{"a": 1e999}'),
        ("application/json", b"[Infinity]", "[Infinity]"),
        ("application/json", b"9" * 5_000, "9" * 5_000),
        ("application/json", b'"\xed\xa0\x80"', '"\ufffd\ufffd\ufffd"'),
        ("application/json", '["\\ud800"]'.encode("utf-16"), ["\ufffd"]),
        ("application/json", b'["\\ud83d\\ude00"]', ["\U0001f600"]),
        ("text/plain", "ö".encode(), "ö"),
        ("text/plain; charset=iso-8859-1", b"\xf6", "ö"),
        ("text/html; charset=windows-1252", b"\x80", "€"),
        ("text/plain; charset=nonsense", "ö".encode(), "ö"),
        ("text/plain; charset=zlib", b"x", "x"),
        ("text/plain; charset=punycode", b"x-", "x-"),
        ("text/plain", b"\xff", "\ufffd"),
        ("application/xml", b"<a/>", "<a/>"),
        ("application/octet-stream", b"abc", "abc"),
        ("application/octet-stream", b"\x00\x01", {"base64": "AAE="}),
        ("image/png", b"\x89PNG", {"base64": "iVBORw=="}),
        ("", b"plain", "plain"),
        ("not a type", b"plain", "plain"),
    ],
)
def test_a_body_becomes_a_json_value(content_type: str, body: bytes, value: Any) -> None:
    assert body_value({"content-type": content_type}, body) == value


def test_json_nested_too_deep_stays_text() -> None:
    body = b"[" * 100_000 + b"]" * 100_000
    assert body_value({"content-type": "application/json"}, body) == body.decode()


def test_a_body_without_a_content_type_is_guessed() -> None:
    assert body_value({}, b'{"a": 1}') == '{"a": 1}'
