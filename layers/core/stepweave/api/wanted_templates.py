"""Which templates are asked for, as a parameter of a handler."""

from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from stepweave.services.templates import TemplateQuery


class _Query(BaseModel):
    """Unknown parameters are refused: a misspelt filter must not answer everything."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=50, ge=1, le=200, description="Rows of a page.")
    offset: int = Field(default=0, ge=0, le=2**31 - 1, description="Rows to pass over.")
    cursor: str | None = Field(
        default=None, min_length=1, max_length=500, description="`next_cursor` of the page before."
    )
    category: str | None = Field(default=None, min_length=1, max_length=100)
    is_builtin: Literal["true", "false"] | None = None
    q: str | None = Field(
        default=None, min_length=1, max_length=200, description="In the name or a tag, whatever the case."
    )


async def _wanted(query: Annotated[_Query, Query()]) -> TemplateQuery:
    is_builtin = None if query.is_builtin is None else query.is_builtin == "true"
    return TemplateQuery(query.limit, query.offset, query.cursor, query.category, is_builtin, query.q)


WantedTemplates = Annotated[TemplateQuery, Depends(_wanted)]
