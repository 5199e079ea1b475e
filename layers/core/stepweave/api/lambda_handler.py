"""API Gateway -> ASGI, and the log that Lambda keeps."""

from typing import Any, Protocol

from aws_lambda_powertools import Logger
from mangum import Mangum
from mangum.types import ASGI

from stepweave.api.problems import MEDIA_TYPE

_TEXT = ["text/", "application/json", MEDIA_TYPE]
"""Everything that this API answers; Mangum sends other types in base64."""


class Handler(Protocol):
    def __call__(self, event: dict[str, Any], context: Any, /) -> dict[str, Any]: ...


def lambda_handler(app: ASGI) -> Handler:
    """The handler of API Gateway's events (HTTP API, payload 2.0). No lifespan is run: the app opens nothing."""
    return Mangum(app, lifespan="off", text_mime_types=_TEXT)


def request_log() -> Logger:
    """One structured line per request (`outcomes`); level and service come from POWERTOOLS_* and LOG_LEVEL."""
    return Logger()
