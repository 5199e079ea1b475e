"""`http_request`: one request through the guarded transport, and what its answer means."""

import json
import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from stepweave.domain.url import with_query
from stepweave.errors import StepError
from stepweave.services.ports import Done, StepBody, StepContext
from stepweave.steps.authorization import Tokens, auth_of, static_headers
from stepweave.steps.binding import bound_hosts
from stepweave.steps.config import check_config, invalid_config, kind_of, object_at, scalar_text, text_at, texts_at
from stepweave.steps.content import body_value
from stepweave.steps.multipart import base64_bytes, multipart
from stepweave.steps.retry_after import retry_after
from stepweave.steps.sender import USER_AGENT, shown
from stepweave.steps.transport import CONNECT_SECONDS, Request, Response, Transport

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_NOT_IDEMPOTENT = frozenset({"POST", "PATCH"})
_LONGEST_SECONDS = 840.0


def http_request(transport: Transport, monotonic: Callable[[], float] = time.monotonic) -> StepBody:
    """Output `{status_code, headers, body}`. An answer outside `expect_status` is `StepError` `http_status`.

    A request that is not idempotent (POST, PATCH) is of a retried class only when its receiver cannot have acted on it.
    """
    tokens = Tokens(transport, monotonic)

    def request(context: StepContext) -> Done:
        config = check_config(context.config)
        method, expected = _method(config), _expected_statuses(config)
        to_send = _built(context, method)
        try:
            answer = _answer(context, to_send, tokens, monotonic)
        except StepError as error:
            if method in _NOT_IDEMPOTENT and error.details.get("request_sent"):
                error.kind = "permanent"
            raise
        if answer.status not in expected:
            raise _unexpected(answer, method, context.now)
        body = body_value(answer.headers, answer.body)
        return Done({"status_code": answer.status, "headers": dict(answer.headers), "body": body})

    return request


def _answer(context: StepContext, request: Request, tokens: Tokens, monotonic: Callable[[], float]) -> Response:
    deadline = monotonic() + context.timeout_seconds
    auth = auth_of(context.config)
    if auth is None:
        return tokens.transport.send(request, context.timeout_seconds)
    if auth.get("type") != "oauth2":
        return tokens.transport.send(_with(request, static_headers(auth)), context.timeout_seconds)
    token, was_kept = tokens.token(auth, request, context.timeout_seconds, context.now)
    context.conceal(token)
    answer = tokens.transport.send(_with(request, {"Authorization": f"Bearer {token}"}), deadline - monotonic())
    if answer.status != 401 or not was_kept:
        return answer
    tokens.forget(auth)  # withdrawn before its time: the request was refused, so that it may be sent once more
    token, _ = tokens.token(auth, request, deadline - monotonic(), context.now)
    context.conceal(token)
    return tokens.transport.send(_with(request, {"Authorization": f"Bearer {token}"}), deadline - monotonic())


def _method(config: Mapping[str, Any]) -> str:
    method = config.get("method", "GET")
    if method not in METHODS:
        raise invalid_config("/config/method", f"one of {', '.join(METHODS)} is needed")
    return str(method)


def _built(context: StepContext, method: str) -> Request:
    config = context.config
    body, content_type = _body(config)
    headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "gzip, deflate", **context.correlation}
    if content_type is not None:
        headers["Content-Type"] = content_type
    if method not in _SAFE:
        headers["Idempotency-Key"] = context.idempotency_key
    url = with_query(text_at(config, "url"), _fields(config, "query"))
    request = Request(
        method,
        url,
        headers,
        body,
        bound_to=bound_hosts(context),
        connect_seconds=_seconds(config, "connect_timeout_seconds") or CONNECT_SECONDS,
        read_seconds=_seconds(config, "read_timeout_seconds"),
        # Of what may have had its effect, and would have it again, the answer is waited for.
        stopped=None if method in _NOT_IDEMPOTENT else context.stopped,
    )
    return _with(request, texts_at(config, "headers"))


def _seconds(config: Mapping[str, Any], name: str) -> float | None:
    value = config.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST_SECONDS:
        raise invalid_config(f"/config/{name}", f"seconds, more than 0 and at most {_LONGEST_SECONDS:g}, are needed")
    return float(value)


def _with(request: Request, headers: Mapping[str, str]) -> Request:
    """The request with headers set, whatever the case of the names it had them under."""
    names = {name.lower() for name in headers}
    kept = {name: value for name, value in request.headers.items() if name.lower() not in names}
    return replace(request, headers={**kept, **headers})


def _fields(config: Mapping[str, Any], member: str) -> dict[str, str | Sequence[str]]:
    """The values of `query` or `form`: a list repeats its name, null leaves it out."""
    values: dict[str, str | Sequence[str]] = {}
    for name, value in object_at(config, member).items():
        pointer = f"/config/{member}/{name}"
        if isinstance(value, list | tuple):
            values[name] = [scalar_text(item, f"{pointer}/{index}") for index, item in enumerate(value)]
        elif value is not None:
            values[name] = scalar_text(value, pointer)
    return values


def _body(config: Mapping[str, Any]) -> tuple[bytes | None, str | None]:
    """Bytes and content type; a `json` of null is sent as `null`."""
    if "json" in config:
        return _json_bytes(config["json"]), "application/json"
    if config.get("form") is not None:
        return urlencode(_fields(config, "form"), doseq=True).encode(), "application/x-www-form-urlencoded"
    if config.get("multipart") is not None:
        return multipart(config)
    body = config.get("body")
    if body is None:
        return None, None
    if isinstance(body, Mapping) and body.keys() == {"base64"}:
        return base64_bytes(body["base64"], "/config/body/base64"), "application/octet-stream"
    if not isinstance(body, str):
        raise invalid_config(
            "/config/body", f'text or {{"base64": ...}} is needed; the value is {kind_of(body)}: send it with `json`'
        )
    return body.encode(), "text/plain; charset=utf-8"


def _json_bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _expected_statuses(config: Mapping[str, Any]) -> Container[int]:
    expected = config.get("expect_status")
    if expected is None:
        return range(400)
    statuses = expected if isinstance(expected, list | tuple) else (expected,)
    if not all(isinstance(status, int) for status in statuses):
        raise invalid_config("/config/expect_status", "a status or a list of them is needed, for example [200, 404]")
    return statuses


def _unexpected(answer: Response, method: str, now: datetime) -> StepError:
    asked = retry_after(answer.headers.get("retry-after"), now)
    return StepError(
        "http_status",
        f"{answer.origin} answered {answer.status} to {method}, which this step does not expect.",
        kind=_kind(answer.status, method, asked=asked is not None),
        details={"status_code": answer.status, "body": shown(answer)},
        retry_after=asked,
    )


def _kind(status: int, method: str, *, asked: bool) -> str:
    """The retry class of a status. 425 and 429 say that nothing was done, 503 with Retry-After to come again."""
    if status == 429:
        return "throttled"
    if status == 425 or (status == 503 and asked):
        return "server_error"
    if method in _NOT_IDEMPOTENT:
        return "permanent"
    return "server_error" if status >= 500 or status == 408 else "permanent"
