"""Bodies about API keys. Compozy's clients send none; a name and an end are ours."""

from pydantic import Field

from stepweave.api.payloads.body import Body, read
from stepweave.api.payloads.keys import KeyEnd, KeyName
from stepweave.domain.api_key import Role
from stepweave.services.api_keys import CreateKey
from stepweave.services.moments import text_of


class GenerateKeyBody(Body):
    """`POST /api/v0/auth/generate`."""

    name: KeyName = Field(default="generated", description="What the key is for.")
    expires_at: KeyEnd | None = Field(default=None, description="From then on the key is refused. Null: never.")


def generate_key_request(sent: object, role: Role) -> CreateKey:
    """A body -> the request for a key of that role; raises `Invalid`."""
    body = read(GenerateKeyBody, sent)
    return CreateKey(body.name, role, text_of(body.expires_at) if body.expires_at else None)
