"""Which versions are compared and how the answer is written, as a parameter of a handler."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Query
from pydantic import BaseModel, ConfigDict, Field

Number = Annotated[int, Field(ge=1, le=99_999_999)]


class _Query(BaseModel):
    """Unknown parameters are refused, as everywhere."""

    model_config = ConfigDict(extra="forbid")

    v1: Number = Field(description="The version to begin with.")
    v2: Number = Field(description="The version to end with; may be the older one.")


@dataclass(frozen=True)
class Compared:
    v1: int
    v2: int
    as_text: bool


async def _compared(
    query: Annotated[_Query, Query()], accept: Annotated[str, Header(include_in_schema=False)] = ""
) -> Compared:
    """Text only for who takes no JSON: some clients (axios) send both by default."""
    return Compared(query.v1, query.v2, "text/plain" in accept and "json" not in accept)


ComparedVersions = Annotated[Compared, Depends(_compared)]
