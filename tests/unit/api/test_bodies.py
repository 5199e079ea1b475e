import pytest

from stepweave.api.bodies import MAX_BODY_BYTES, MAX_DEPTH, parse_json
from stepweave.errors import BadRequest


@pytest.mark.parametrize("raw", [b"", b"  \n\t"])
def test_no_text_counts_as_an_empty_object(raw):
    assert parse_json(raw) == {}


def test_a_byte_order_mark_is_passed_over():
    assert parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"{broken", "Expecting property name enclosed in double quotes at line 1, column 2"),
        (b'{"a": 1,}', "line 1"),
        (b"{'a': 1}", "line 1"),
        (b"{} {}", "Extra data at line 1, column 4"),
        (b'{"a": NaN}', "NaN is no JSON value"),
        (b'{"a": -Infinity}', "-Infinity is no JSON value"),
        (b'{"a": 1e999}', "the number 1e999 is out of range"),
        (b"1" * 5000, "digits"),
        (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        (b'{"a": 1, "b": {"c": 2, "c": 3}}', "'c' is given twice"),
        (rb'{"a": "\ud83d"}', "half of a surrogate pair"),
        (rb'{"\uDE00": 1}', "half of a surrogate pair"),
        (b'{"a": "\t"}', "Invalid control character"),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(raw, why):
    with pytest.raises(BadRequest) as refused:
        parse_json(raw)
    assert refused.value.code == "malformed_json"
    assert why in refused.value.message


def test_a_whole_surrogate_pair_is_one_character():
    assert parse_json(rb'"\ud83d\ude00"') == "😀"


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_nesting_is_limited_exactly(opening, closing):
    assert parse_json(opening * MAX_DEPTH + b"1" + closing * MAX_DEPTH)
    with pytest.raises(BadRequest) as refused:
        parse_json(opening * (MAX_DEPTH + 1) + b"1" + closing * (MAX_DEPTH + 1))
    assert refused.value.code == "nested_too_deeply"


@pytest.mark.parametrize("raw", [b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000])
def test_a_hundred_thousand_levels_are_refused_and_break_nothing(raw):
    with pytest.raises(BadRequest):
        parse_json(raw)


def test_many_brackets_side_by_side_are_not_deep():
    assert parse_json(b"[" + b",".join([b"{}"] * 1000) + b"]") == [{}] * 1000


def test_brackets_in_text_are_not_deep():
    assert parse_json(b'["' + b"[" * 1000 + b'"]') == ["[" * 1000]


def test_a_body_of_exactly_the_limit_is_read(call):
    body = b'{"definition": {"name": "x"}}'.ljust(MAX_BODY_BYTES)
    assert call("POST", "/api/workflows/validate", body=body).json["valid"] is True
    assert call("POST", "/api/workflows/validate", chunks=[body[:100], body[100:]]).json["valid"] is True


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 10 * 1024 * 1024])
def test_a_larger_body_is_refused_whether_it_is_announced_or_not(call, size):
    body = b" " * size
    for answer in (
        call("POST", "/api/workflows", body=body),
        call("POST", "/api/workflows", chunks=[body[at : at + 65536] for at in range(0, size, 65536)]),
        call("POST", "/api/workflows", chunks=[body], headers={"content-length": "12"}),
    ):
        assert answer.status == 413
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["code"] == "payload_too_large"


def test_reading_stops_where_the_limit_is_passed(call):
    chunks = [b" " * MAX_BODY_BYTES] * 50
    assert call("POST", "/api/workflows", chunks=chunks).status == 413


@pytest.mark.parametrize("length", ["-1", "many", "1e3", "²"])
def test_a_nonsensical_content_length_is_not_believed(call, length):
    answer = call("POST", "/api/workflows/validate", body=b"{}", headers={"content-length": length})
    assert answer.status == 200
