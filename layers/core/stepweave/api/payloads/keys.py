"""Bodies about API keys."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from stepweave.api.payloads.body import Body, read
from stepweave.domain.api_key import MAX_GRACE_SECONDS, Role
from stepweave.services.api_keys import CreateKey
from stepweave.services.moments import text_of

KeyName = Annotated[str, Field(min_length=1, max_length=100)]
KeyEnd = Annotated[AwareDatetime, Field(strict=False)]


class CreateKeyBody(Body):
    """`POST /api/keys`."""

    name: KeyName = Field(description="What the key is for.")
    role: Role = Field(description="`read` < `write` < `admin`; at most your own.")
    expires_at: KeyEnd | None = Field(
        default=None, description="From then on the key is refused; ISO 8601 with an offset. Null: never."
    )


class RotateKeyBody(Body):
    """`POST /api/keys/{id}/rotate`."""

    grace_seconds: int = Field(
        default=0,
        ge=0,
        le=MAX_GRACE_SECONDS,
        description="For so long the old text stays valid; 0 ends it, and every older one, at once.",
    )


def create_key_request(sent: object) -> CreateKey:
    """A body -> the request; raises `Invalid`."""
    body = read(CreateKeyBody, sent)
    return CreateKey(body.name, body.role, text_of(body.expires_at) if body.expires_at else None)


def rotate_key_request(sent: object) -> int:
    """A body -> the grace in seconds; raises `Invalid`."""
    return read(RotateKeyBody, sent).grace_seconds
