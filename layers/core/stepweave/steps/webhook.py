"""`webhook`: one delivery by the rules of Standard Webhooks (https://www.standardwebhooks.com)."""

import hmac
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from stepweave.domain.webhook_key import webhook_key
from stepweave.errors import StepError
from stepweave.services.ports import Done, StepBody, StepContext
from stepweave.steps.binding import bound_hosts
from stepweave.steps.config import check_config, invalid_config, text_at, texts_at
from stepweave.steps.retry_after import retry_after
from stepweave.steps.sender import USER_AGENT, correlated, shown
from stepweave.steps.transport import Request, Response, Transport


def webhook(transport: Transport) -> StepBody:
    """Output `{status_code, delivery_id}`. Any status but 2xx is a failure; 410 ends the deliveries for good."""

    def deliver(context: StepContext) -> Done:
        config = check_config(context.config)
        delivery_id = _delivery_id(context.idempotency_key)
        try:
            answer = transport.send(_request(config, context, delivery_id), context.timeout_seconds)
            if not 200 <= answer.status < 300:
                raise _refused(answer, context)
        except StepError as error:
            error.details["delivery_id"] = delivery_id
            raise
        return Done({"status_code": answer.status, "delivery_id": delivery_id})

    return deliver


def _delivery_id(idempotency_key: str) -> str:
    """The same for every attempt, by which a receiver knows a repeat."""
    return f"msg_{sha256(idempotency_key.encode()).hexdigest()[:32]}"


def _request(config: Mapping[str, Any], context: StepContext, delivery_id: str) -> Request:
    """The receiver answers for itself: a redirect is a failure, as the specification has it."""
    payload = {} if config.get("payload") is None else config["payload"]
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    timestamp = str(int(context.now.timestamp()))
    headers = {"User-Agent": USER_AGENT, "Content-Type": "application/json"}
    headers |= correlated(context, _own_headers(config))
    headers |= {"webhook-id": delivery_id, "webhook-timestamp": timestamp}
    signed = f"{delivery_id}.{timestamp}.".encode() + body
    if signatures := [_signature(key, signed) for key in _keys(config)]:
        headers["webhook-signature"] = " ".join(signatures)
    bound = bound_hosts(context)
    url = text_at(config, "url")
    return Request("POST", url, headers, body, bound_to=bound, follow=False, stopped=context.stopped)


def _own_headers(config: Mapping[str, Any]) -> dict[str, str]:
    headers = texts_at(config, "headers")
    for name in headers:
        if name.lower().startswith("webhook-"):
            raise invalid_config(f"/config/headers/{name}", "headers that begin with webhook- are set by Stepweave")
    set_here = {name.lower() for name in headers}
    if "content-type" in set_here or "user-agent" in set_here:
        raise invalid_config("/config/headers", "Content-Type and User-Agent are set by Stepweave")
    return headers


def _keys(config: Mapping[str, Any]) -> Iterator[bytes]:
    """The new secret's first; while receivers change over to it, what the previous one signs is valid too."""
    for name in ("secret", "previous_secret"):
        if config.get(name) is not None:
            yield _key(text_at(config, name), f"/config/{name}")


def _key(secret: str, pointer: str) -> bytes:
    try:
        return webhook_key(secret)
    except ValueError as error:
        raise invalid_config(pointer, str(error)) from error


def _signature(key: bytes, signed: bytes) -> str:
    return f"v1,{b64encode(hmac.new(key, signed, sha256).digest()).decode()}"


def _refused(answer: Response, context: StepContext) -> StepError:
    details = {"status_code": answer.status, "body": shown(answer), "request_sent": True}
    if answer.status == 410:
        message = f"{answer.origin} answered 410: it wants no more deliveries. Remove the step, or change its url."
        return StepError("gone", message, kind="final", details=details)
    return StepError(
        "http_status",
        f"{answer.origin} answered {answer.status} to the delivery; only 2xx accepts it.",
        kind="throttled" if answer.status == 429 else "server_error",
        details=details,
        retry_after=retry_after(answer.headers.get("retry-after"), context.now),
    )
