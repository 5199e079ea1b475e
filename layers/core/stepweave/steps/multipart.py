"""Bodies of several parts, for uploads (RFC 7578)."""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from stepweave.steps.config import invalid_config, kind_of, object_at, scalar_text

_MEMBERS = frozenset({"content", "base64", "filename", "content_type"})


def multipart(config: Mapping[str, Any]) -> tuple[bytes, str]:
    """The bytes of `multipart` and their content type; equal parts have an equal boundary, so that a repeat is one."""
    parts = [part for name, value in object_at(config, "multipart").items() for part in _parts(name, value)]
    boundary = f"stepweave-{sha256(b''.join(parts)).hexdigest()[:40]}"
    body = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts)
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def base64_bytes(value: Any, pointer: str) -> bytes:
    """The bytes of a text in base64, as an answer's binary body is given."""
    if not isinstance(value, str):
        raise invalid_config(pointer, f"text in base64 is needed; the value is {kind_of(value)}")
    try:
        return b64decode(value, validate=True)
    except ValueError as error:
        raise invalid_config(pointer, "the text is not base64") from error


def _parts(name: str, value: Any) -> Iterator[bytes]:
    """One part; of a list, one for each entry. Null leaves it out."""
    values = value if isinstance(value, list | tuple) else [value]
    for index, each in enumerate(values):
        if each is not None:
            yield _part(name, each, f"/config/multipart/{name}" + (f"/{index}" if values is value else ""))


def _part(name: str, value: Any, pointer: str) -> bytes:
    disposition = f'form-data; name="{_quoted(name)}"'
    if not isinstance(value, Mapping):
        return _headed(disposition, None, scalar_text(value, pointer).encode())
    if unknown := value.keys() - _MEMBERS:
        raise invalid_config(f"{pointer}/{min(unknown)}", f"a part has {', '.join(sorted(_MEMBERS))} only")
    if ("content" in value) == ("base64" in value):
        raise invalid_config(pointer, "give one of content and base64")
    if value.get("filename") is not None:
        disposition += f'; filename="{_quoted(scalar_text(value["filename"], f"{pointer}/filename"))}"'
    if "base64" in value:
        return _headed(disposition, _type(value, pointer), base64_bytes(value["base64"], f"{pointer}/base64"))
    return _headed(disposition, _type(value, pointer), scalar_text(value["content"], f"{pointer}/content").encode())


def _type(value: Mapping[str, Any], pointer: str) -> str | None:
    if value.get("content_type") is None:
        return "application/octet-stream" if "base64" in value else None
    text = scalar_text(value["content_type"], f"{pointer}/content_type")
    if not text.isascii() or not text.isprintable():
        raise invalid_config(f"{pointer}/content_type", "a media type has printable ASCII characters only")
    return text


def _headed(disposition: str, content_type: str | None, content: bytes) -> bytes:
    head = f"Content-Disposition: {disposition}\r\n"
    if content_type is not None:
        head += f"Content-Type: {content_type}\r\n"
    return f"{head}\r\n".encode() + content


def _quoted(text: str) -> str:
    """As browsers write names, so that none can end its line (HTML standard, 4.10.21.8)."""
    return text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
