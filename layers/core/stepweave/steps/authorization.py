"""The credentials of an HTTP request: from a step's `auth` to headers."""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote_plus, urlencode

from stepweave.domain.json_value import parse_json
from stepweave.errors import StepError
from stepweave.steps.config import invalid_config, kind_of, text_at
from stepweave.steps.retry_after import retry_after
from stepweave.steps.transport import Request, Transport

_AUTH = "/config/auth"
_MARGIN_SECONDS = 30.0
"""A token is not used in its last seconds: it could end on the way."""
_LONGEST_LIFE_SECONDS = 86_400.0
_DEFAULT_LIFE_SECONDS = 300.0
"""Of a token whose server does not tell (RFC 6749, 5.1 only recommends `expires_in`)."""


@dataclass(frozen=True)
class Tokens:
    """Access tokens by client credentials (RFC 6749, 4.4), kept in memory while they last; `monotonic` in seconds."""

    transport: Transport
    monotonic: Callable[[], float] = time.monotonic
    _kept: dict[str, tuple[str, float]] = field(default_factory=dict)

    def token(self, auth: Mapping[str, Any], like: Request, timeout_seconds: float, now: datetime) -> tuple[str, bool]:
        """An access token, and whether it had been kept from before; it is asked for within the bounds of `like`, which
        is not sent before it is there: whatever goes wrong here can be tried again."""
        key = _key(auth)
        token, until = self._kept.get(key, ("", 0.0))
        if token and self.monotonic() < until:
            return token, True
        try:
            token, seconds = _fetched(self.transport, auth, like, timeout_seconds, now)
        except StepError as error:
            error.details["request_sent"] = False
            raise
        self._kept[key] = (token, self.monotonic() + seconds - _MARGIN_SECONDS)
        return token, False

    def forget(self, auth: Mapping[str, Any]) -> None:
        """For a token that was refused before its time."""
        self._kept.pop(_key(auth), None)


def auth_of(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A step's `auth`, None where it has none."""
    auth = config.get("auth")
    if auth is not None and not isinstance(auth, Mapping):
        raise invalid_config(_AUTH, f"an object is needed; the value is {kind_of(auth)}")
    return auth


def static_headers(auth: Mapping[str, Any]) -> dict[str, str]:
    """The header of `bearer`, `basic` and `header`."""
    match auth.get("type"):
        case "bearer":
            return {"Authorization": f"Bearer {text_at(auth, 'token', within=_AUTH)}"}
        case "basic":
            return {
                "Authorization": _basic(
                    text_at(auth, "username", within=_AUTH), text_at(auth, "password", within=_AUTH)
                )
            }
        case "header":
            return {text_at(auth, "name", within=_AUTH): text_at(auth, "value", within=_AUTH)}
        case other:
            raise invalid_config(f"{_AUTH}/type", f"one of bearer, basic, header and oauth2 is needed, not {other!r}")


def _basic(username: str, password: str) -> str:
    return f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"


def _key(auth: Mapping[str, Any]) -> str:
    """A hash, so that a secret is kept no longer than the request that needs it."""
    parts = [text_at(auth, name, within=_AUTH) for name in ("token_url", "client_id", "client_secret")]
    return sha256(json.dumps([*parts, auth.get("scope")]).encode()).hexdigest()


def _fetched(
    transport: Transport, auth: Mapping[str, Any], like: Request, timeout_seconds: float, now: datetime
) -> tuple[str, float]:
    """A new token and its seconds of life. The client names itself by Basic, form-encoded (RFC 6749, 2.3.1)."""
    client = [quote_plus(text_at(auth, name, within=_AUTH)) for name in ("client_id", "client_secret")]
    form = {"grant_type": "client_credentials"}
    if auth.get("scope") is not None:
        form["scope"] = text_at(auth, "scope", within=_AUTH)
    headers = {
        "Authorization": _basic(*client),
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    url = text_at(auth, "token_url", within=_AUTH)
    request = replace(like, method="POST", url=url, headers=headers, body=urlencode(form).encode())
    answer = transport.send(request, timeout_seconds)
    if answer.status != 200:
        raise StepError(
            "oauth2_failed",
            f"{answer.origin} answered {answer.status} to the request for an access token; check the client's "
            "credentials and scope.",
            kind=_retry_class(answer.status),
            details={"status_code": answer.status},
            retry_after=retry_after(answer.headers.get("retry-after"), now),
        )
    return _token_in(answer.body, answer.origin)


def _token_in(body: bytes, origin: str) -> tuple[str, float]:
    try:
        token = parse_json(body)
        text, seconds = token["access_token"], float(token.get("expires_in", _DEFAULT_LIFE_SECONDS))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StepError("oauth2_failed", f"{origin} answered 200, but with no access token (RFC 6749, 5.1).") from error
    if not isinstance(text, str):
        raise StepError("oauth2_failed", f"{origin} answered with an access token that is not text.")
    return text, min(seconds, _LONGEST_LIFE_SECONDS)


def _retry_class(status: int) -> str:
    return "throttled" if status == 429 else "server_error" if status >= 500 or status in (408, 425) else "permanent"
