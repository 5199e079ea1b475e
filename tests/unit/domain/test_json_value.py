import json
from typing import Any

import pytest

from stepweave.domain.json_value import MAX_DEPTH, parse_json, well_formed

LARGEST = 2**1024 - 2**971
"""The largest double, as a whole number."""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": [1, 2.5, null, true, "x"]}', {"a": [1, 2.5, None, True, "x"]}),
        ('"ö"'.encode("utf-16"), "ö"),
        ('"ö"'.encode("utf-32"), "ö"),
        ('"ö"'.encode("utf-8-sig"), "ö"),
        (b"1e308", 1e308),
        (b"-1e-400", 0.0),
        (str(LARGEST).encode(), LARGEST),
        (str(10**308).encode(), 10**308),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'["a\\udcff", {"\\uD800": "\\\\ud800"}]', ["a\ufffd", {"\ufffd": "\\ud800"}]),
    ],
)
def test_json_becomes_the_value_it_says(text: bytes, value: Any) -> None:
    assert parse_json(text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"NaN", "NaN"),
        (b"[-Infinity]", "Infinity"),
        (b'{"a": 1e999}', "1e999"),
        (b"-1e999", "-1e999"),
        (b"9" * 400, "out of range"),
        (b"-" + b"9" * 400, "out of range"),
        (b"9" * 5_000, "out of range"),
        (b"{", "Expecting"),
        (b'"\xff"', "utf-8"),
        (b'"\xed\xa0\x80"', "utf-8"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "deeper than 100"),
        (b'{"a":' * 200_000 + b"1" + b"}" * 200_000, "deeper than 100"),
    ],
)
def test_json_that_cannot_be_kept_is_refused_with_the_reason(text: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_json(text)


def test_nesting_is_counted_and_brackets_are_not() -> None:
    assert parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) != []
    assert len(parse_json(json.dumps([[], {}] * 500).encode())) == 1_000
    assert parse_json(b"[" * 5 + b"]" * 5 + b" ", max_depth=5) == [[[[[]]]]]
    with pytest.raises(ValueError, match="deeper than 4"):
        parse_json(b"[" * 5 + b"]" * 5, max_depth=4)


def test_whatever_is_parsed_can_be_written_as_utf_8() -> None:
    value = parse_json(b'{"\\ud800": "\\udfff", "n": 1e308}')
    assert parse_json(json.dumps(value, ensure_ascii=False, allow_nan=False).encode()) == value


@pytest.mark.parametrize(("text", "formed"), [("abc", "abc"), ("ö\U0001f600", "ö\U0001f600"), ("a\udcffb", "a\ufffdb")])
def test_halves_of_surrogate_pairs_are_replaced(text: str, formed: str) -> None:
    assert well_formed(text) == formed
