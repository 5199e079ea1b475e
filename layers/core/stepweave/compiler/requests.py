"""Requests that can never be sent as they are written out: of `http_request` and `webhook`, by the rules of sending.

    {"url": "ftp://example.com/{{ input.name }}"}   =>   Problem("invalid_url", "/steps/0/config/url", ...)

What holds an expression is known in a run only, and is judged there by the same rules.
"""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

from stepweave.domain.definition import Definition
from stepweave.domain.header import bad_header_name, bad_header_value
from stepweave.domain.problem import Problem, pointer
from stepweave.domain.step import Auth, Bytes, HttpRequestConfig, HttpRequestStep, WebhookConfig, WebhookStep, all_steps
from stepweave.domain.url import bad_url
from stepweave.domain.webhook_key import webhook_key

STATUSES = range(100, 1000)
"""What a status line can hold: three digits (RFC 9112, 4)."""
SCALAR = "text, a number or a boolean is needed"
_SET_HERE = ("content-type", "user-agent")
_OF_A_PART = ("base64", "content", "content_type", "filename")

Place = tuple[str | int, ...]
"""Below a step's `config`."""
Complaint = tuple[str, Place, str]
"""Code, place, and what is wrong there."""


def request_problems(definition: Definition) -> Iterator[Problem]:
    """Problems of every request in a definition."""
    for at, step in all_steps(definition.steps):
        if isinstance(step, HttpRequestStep | WebhookStep):
            found = _of_request(step.config) if isinstance(step, HttpRequestStep) else _of_delivery(step.config)
            for code, place, reason in found:
                label = ".".join(str(part)[:100] for part in ("config", *place))
                hint = "Write for example 'https://example.com/'." if code == "invalid_url" else ""
                path = f"{at}/config{pointer(*place)}"
                yield Problem(code, path, f"Step '{step.id}': {label} cannot be used: {reason}", hint)


def _of_request(config: HttpRequestConfig) -> Iterator[Complaint]:
    yield from _url(config.url, ("url",))
    yield from _headers(config.headers)
    if config.auth is not None:
        yield from _auth(config.auth)
    yield from _expect_status(config.expect_status)
    for member, fields in (("query", config.query), ("form", config.form or {})):
        for name, value in fields.items():
            yield from _field(value, (member, name))
    if isinstance(config.body, Bytes):
        yield from _base64(config.body.base64, ("body", "base64"))
    for name, value in (config.multipart or {}).items():
        for place, part in _each(value, ("multipart", name)):
            yield from _part(part, place)


def _of_delivery(config: WebhookConfig) -> Iterator[Complaint]:
    yield from _url(config.url, ("url",))
    yield from _headers(config.headers)
    for name in config.headers:
        if name.lower().startswith("webhook-") or name.lower() in _SET_HERE:
            yield "invalid_header", ("headers", name), "it is set by Stepweave; leave it out"
    for member, secret in (("secret", config.secret), ("previous_secret", config.previous_secret)):
        if secret is not None and "{{" not in secret:
            try:
                webhook_key(secret)
            except ValueError as error:
                yield "invalid_secret", (member,), str(error)


def _url(url: str, place: Place) -> Iterator[Complaint]:
    """Of a URL with an expression in it the scheme, if it is written out."""
    scheme, colon, _ = url.partition("{{")[0].partition("://")
    written = url if "{{" not in url else f"{scheme if colon else 'https'}://example.com/"
    if reason := bad_url(written):
        yield "invalid_url", place, reason


def _headers(headers: Mapping[str, str]) -> Iterator[Complaint]:
    for name, value in headers.items():
        if reason := bad_header_name(name) or _bad_value(value):
            yield "invalid_header", ("headers", name), reason


def _bad_value(value: str) -> str | None:
    return None if "{{" in value else bad_header_value(value)


def _auth(auth: Auth) -> Iterator[Complaint]:
    if auth.type == "oauth2":
        yield from _url(auth.token_url or "", ("auth", "token_url"))
    if auth.type == "header" and "{{" not in (auth.name or "") and (reason := bad_header_name(auth.name or "")):
        yield "invalid_header", ("auth", "name"), reason
    in_header = {"bearer": "token", "header": "value"}.get(auth.type, "")
    if in_header and (reason := _bad_value(getattr(auth, in_header))):
        yield "invalid_header", ("auth", in_header), reason


def _expect_status(expected: int | tuple[int, ...] | None) -> Iterator[Complaint]:
    if expected == ():
        yield "invalid_value", ("expect_status",), "without any status the step could never complete"
    for place, status in _each([] if expected is None else expected, ("expect_status",)):
        if status not in STATUSES:
            yield "invalid_value", place, "a status has three digits"


def _each(value: Any, place: Place) -> list[tuple[Place, Any]]:
    """A list's entries with their places; of anything else itself."""
    if isinstance(value, list | tuple):
        return [((*place, index), each) for index, each in enumerate(value)]
    return [(place, value)]


def _field(value: Any, place: Place) -> Iterator[Complaint]:
    """A field of a query or a form: null leaves it out, a list repeats its name."""
    for where, each in _each(value, place):
        if isinstance(each, dict | list) or (each is None and where != place):
            yield "invalid_value", where, SCALAR


def _base64(text: object, place: Place) -> Iterator[Complaint]:
    if isinstance(text, str) and "{{" in text:
        return
    try:
        b64decode(text if isinstance(text, str) else "?", validate=True)
    except ValueError:
        yield "invalid_value", place, "the text is not base64"


def _part(part: Any, place: Place) -> Iterator[Complaint]:
    """A part of a multipart body is a scalar or an object; null leaves it out."""
    if isinstance(part, list):
        yield "invalid_value", place, f"{SCALAR}, or an object"
    if not isinstance(part, dict):
        return
    for unknown in sorted(part.keys() - set(_OF_A_PART)):
        yield "unknown_member", (*place, unknown), f"a part has {', '.join(_OF_A_PART)} only"
    if ("content" in part) == ("base64" in part):
        yield "invalid_value", place, "give one of content and base64"
    elif "base64" in part:
        yield from _base64(part["base64"], (*place, "base64"))
    for member in ("content", "filename", "content_type"):
        if isinstance(part.get(member), dict | list):
            yield "invalid_value", (*place, member), SCALAR
