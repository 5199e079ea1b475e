"""Moments in bodies."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator

from stepweave.domain.moment import is_moment


def _moment(value: object) -> object:
    """Text only: a number would be taken for seconds since 1970."""
    if not isinstance(value, str):
        raise ValueError("must be a time as text, for example '2026-11-02T08:30:00Z'")
    if not is_moment(value):
        raise ValueError("must be an ISO 8601 time with its offset, for example '2026-11-02T08:30:00Z'")
    return datetime.fromisoformat(value)


Moment = Annotated[AwareDatetime, BeforeValidator(_moment, json_schema_input_type=str)]
