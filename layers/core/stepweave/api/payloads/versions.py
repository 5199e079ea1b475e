"""Bodies about versions."""

from typing import Annotated

from pydantic import Field

from stepweave.api.payloads.body import Body, read
from stepweave.services.preconditions import IfMatch
from stepweave.services.versions import Rollback


class RollbackBody(Body):
    """`POST /api/workflows/{id}/rollback`."""

    version: Annotated[int, Field(ge=1, le=99_999_999)] = Field(description="The version to take the definition of.")


def rollback_request(body: object, expected: IfMatch) -> Rollback:
    return Rollback(read(RollbackBody, body).version, expected)
