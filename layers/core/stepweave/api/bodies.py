"""Request bodies: read up to a limit and parsed as strict JSON, whatever the content type says (curl's says form)."""

import json
import math
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Request

from stepweave.errors import BadRequest, PayloadTooLarge

MAX_BODY_BYTES = 1024 * 1024
MAX_DRAINED_BYTES = 16 * 1024 * 1024
"""How much of a body that is too large is read, and thrown away, before it is refused."""
MAX_DEPTH = 100
"""Deeper than any definition may be (64), and far from where parsers run out of stack."""
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


async def _raw_body(request: Request) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > MAX_BODY_BYTES and _waits_for_leave(request):
        raise PayloadTooLarge(MAX_BODY_BYTES)
    return await _read(request.stream())


async def _json_body(raw: Annotated[bytes, Depends(_raw_body)]) -> object:
    return parse_json(raw)


def _waits_for_leave(request: Request) -> bool:
    """Whether the client sends the body only when it has been told to (RFC 9110, 10.1.1)."""
    return request.headers.get("expect", "").lower() == "100-continue"


async def _read(chunks: AsyncIterator[bytes]) -> bytes:
    """The body. One that is too large is read on before it is refused, so that a client that reads the answer only
    when it has sent all gets it, and not a connection that is reset under what it still sends (RFC 9112, 9.6).
    """
    body, size = bytearray(), 0
    async for chunk in chunks:
        size += len(chunk)
        if size > MAX_DRAINED_BYTES:
            break
        if size <= MAX_BODY_BYTES:
            body += chunk
    if size > MAX_BODY_BYTES:
        raise PayloadTooLarge(MAX_BODY_BYTES)
    return bytes(body)


def parse_json(raw: bytes) -> object:
    """JSON text (RFC 8259, UTF-8) -> its value; no text at all -> `{}`.

    Refused beside bad syntax: NaN and infinities, numbers beyond a double, members named twice (which of the two counts
    is left open by the RFC), half surrogate pairs, which no UTF-8 answer could carry, and nesting over `MAX_DEPTH`.
    """
    if not raw.strip():
        return {}
    try:
        value: object = json.loads(
            raw.decode("utf-8-sig"), parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_unique
        )
        if _SURROGATE.search(raw):
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise _too_deep() from error
    except UnicodeDecodeError as error:
        raise malformed(f"it is not UTF-8 at byte {error.start}") from error
    except UnicodeEncodeError as error:
        raise malformed("it holds half of a surrogate pair") from error
    except json.JSONDecodeError as error:
        raise malformed(f"{error.msg} at line {error.lineno}, column {error.colno}") from error
    except ValueError as error:
        raise malformed(str(error)) from error
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _is_deeper(value, MAX_DEPTH):
        raise _too_deep()
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON value")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"the number {digits[:40]} is out of range")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the member '{twice[:100]}' is given twice in one object")
    return members


def _is_deeper(value: object, limit: int) -> bool:
    """Level by level, so that the check itself needs no stack."""
    level = [value]
    for _ in range(limit + 1):
        level = [child for node in level for child in _children(node)]
        if not level:
            return False
    return True


def _children(node: object) -> list[Any]:
    match node:
        case dict():
            return list(node.values())
        case list():
            return node
    return []


def malformed(why: str) -> BadRequest:
    """The error for a body that is not JSON."""
    return BadRequest(f"The body is not valid JSON: {why}.", code="malformed_json")


def _too_deep() -> BadRequest:
    return BadRequest(f"The body is nested deeper than {MAX_DEPTH} levels.", code="nested_too_deeply")


RawBody = Annotated[bytes, Depends(_raw_body)]
"""The body as it was sent, as a parameter of a handler."""
Body = Annotated[object, Depends(_json_body)]
"""The parsed body, as a parameter of a handler."""
