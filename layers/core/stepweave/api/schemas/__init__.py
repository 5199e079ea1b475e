"""JSON Schemas of the answers. Plain data: as pydantic models they would cost every cold start, and answers are not
validated on their way out; a test holds real answers against them."""

from stepweave.api.schemas import (
    control,
    events,
    keys,
    problems,
    rehearsals,
    runs,
    schedules,
    signals,
    templates,
    transfer,
    triggers,
    versions,
    workflows,
)
from stepweave.api.schemas.schema import Schema

_NOUNS = (
    problems,
    workflows,
    versions,
    runs,
    events,
    control,
    signals,
    templates,
    transfer,
    rehearsals,
    schedules,
    triggers,
    keys,
)

SCHEMAS: dict[str, Schema] = {name: schema for noun in _NOUNS for name, schema in noun.SCHEMAS.items()}
