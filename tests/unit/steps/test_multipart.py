from base64 import b64encode
from email import message_from_bytes
from typing import Any

import pytest

from stepweave.errors import StepError
from stepweave.steps.multipart import multipart


def parts(value: dict[str, Any]) -> list[tuple[Any, Any, str, bytes]]:
    """Name, file name, type and content of each part, as another parser reads them."""
    body, content_type = multipart({"multipart": value})
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    read: list[tuple[Any, Any, str, bytes]] = []
    for part in message.get_payload():
        content = part.get_payload(decode=True)  # type: ignore[union-attr]
        name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
        read.append((name, part.get_filename(), part.get_content_type(), content))  # type: ignore[arg-type,union-attr]
    return read


def test_parts_are_read_back_by_another_parser() -> None:
    assert parts(
        {
            "title": "T",
            "count": 5,
            "tags": ["a", "b"],
            "nothing": None,
            "doc": {"content": "<p>", "filename": "a.html", "content_type": "text/html"},
            "bytes": {"base64": b64encode(b"\x00\r\n--\xff").decode(), "filename": "b.bin"},
        }
    ) == [
        ("title", None, "text/plain", b"T"),
        ("count", None, "text/plain", b"5"),
        ("tags", None, "text/plain", b"a"),
        ("tags", None, "text/plain", b"b"),
        ("doc", "a.html", "text/html", b"<p>"),
        ("bytes", "b.bin", "application/octet-stream", b"\x00\r\n--\xff"),
    ]


def test_equal_parts_make_equal_bytes_and_other_parts_another_boundary() -> None:
    assert multipart({"multipart": {"a": "1"}}) == multipart({"multipart": {"a": "1"}})
    assert multipart({"multipart": {"a": "1"}})[1] != multipart({"multipart": {"a": "2"}})[1]


@pytest.mark.parametrize("evil", ['a"; filename="x', "a\r\nX-Injected: 1", "a\n\nb"])
def test_a_name_cannot_end_its_line(evil: str) -> None:
    body, _ = multipart({"multipart": {evil: {"content": "c", "filename": evil}}})
    head = body.partition(b"\r\n\r\n")[0]
    assert head.count(b"\r\n") == 1
    assert head.count(b'"') == 4


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": {"content": "x", "base64": "eA=="}}, "/config/multipart/a"),
        ({"a": {"filename": "x"}}, "/config/multipart/a"),
        ({"a": {"content": "x", "size": 1}}, "/config/multipart/a/size"),
        ({"a": {"base64": "no base64!"}}, "/config/multipart/a/base64"),
        ({"a": {"base64": 5}}, "/config/multipart/a/base64"),
        ({"a": [1, {"content": []}]}, "/config/multipart/a/1/content"),
        ({"a": {"content": "x", "content_type": "text/html\r\nX: y"}}, "/config/multipart/a/content_type"),
        ({"a": {"content": "x", "filename": {}}}, "/config/multipart/a/filename"),
        ("text", "/config/multipart"),
    ],
)
def test_what_expressions_yielded_is_checked(value: Any, path: str) -> None:
    with pytest.raises(StepError) as caught:
        multipart({"multipart": value})
    assert caught.value.details["path"] == path
