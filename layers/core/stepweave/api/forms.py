"""Which form of a picture is asked for: by `?format=`, else by `Accept`, else Mermaid."""

from typing import Annotated

from fastapi import Depends, Header, Query
from pydantic import BaseModel, ConfigDict, Field

from stepweave.services.graphs import Form

MEDIA_TYPES: dict[Form, str] = {"mermaid": "text/vnd.mermaid", "svg": "image/svg+xml"}


class _Query(BaseModel):
    """Unknown parameters are refused, as everywhere."""

    model_config = ConfigDict(extra="forbid")

    format: Form | None = Field(default=None, description="Goes before `Accept`.")


async def _form(
    query: Annotated[_Query, Query()], accept: Annotated[str, Header(include_in_schema=False)] = ""
) -> Form:
    return query.format or ("svg" if MEDIA_TYPES["svg"] in accept else "mermaid")


PictureForm = Annotated[Form, Depends(_form)]
"""The form of a picture, as a parameter of a handler."""
