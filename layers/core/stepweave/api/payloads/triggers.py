"""Bodies that start workflows from outside."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qs

from pydantic import AfterValidator, Field

from stepweave.api.bodies import malformed, parse_json
from stepweave.api.payloads.body import Body, read
from stepweave.domain.inbox import LONGEST_NAME, bad_signal_name
from stepweave.services.hooks import Delivery
from stepweave.services.idempotency import Once
from stepweave.services.signal_triggers import Publish

_FORM = "application/x-www-form-urlencoded"


def _name(value: str) -> str:
    if reason := bad_signal_name(value):
        raise ValueError(f"the name {reason}")
    return value


class PublishBody(Body):
    """`POST /api/v0/events`."""

    name: Annotated[str, AfterValidator(_name)] = Field(
        min_length=1, max_length=LONGEST_NAME, description="The `name` of signal triggers."
    )
    payload: dict[str, Any] = Field(default={}, description="The input of each run that it starts.")


def publish_request(sent: object, key: str | None) -> Publish:
    """A body -> the request; raises `Invalid`."""
    body = read(PublishBody, sent)
    return Publish(body.name, body.payload, Once("event", key) if key else None)


def delivery_of(raw: bytes, headers: Mapping[str, str], query: Mapping[str, str]) -> Delivery:
    """A request as it came -> the delivery, whose body is read when it is asked for."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return Delivery(dict(headers), dict(query), raw, lambda: body_of(raw, media_type))


def body_of(raw: bytes, media_type: str) -> Any:
    """JSON; a form as an object of texts, of lists where a name comes more than once; else the text itself.

    What begins like JSON is JSON, whatever its content type says (curl's says form). Raises `BadRequest`.
    """
    is_json = media_type == "" or media_type.endswith("json") or raw.lstrip()[:1] in (b"{", b"[")
    if is_json or not raw.strip():
        return parse_json(raw)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise malformed(f"it is not UTF-8 at byte {error.start}") from error
    if media_type != _FORM:
        return text
    try:
        pairs = parse_qs(text, keep_blank_values=True, max_num_fields=1_000)
    except ValueError as error:
        raise malformed("the form has more than 1,000 fields") from error
    return {name: values[0] if len(values) == 1 else values for name, values in pairs.items()}
