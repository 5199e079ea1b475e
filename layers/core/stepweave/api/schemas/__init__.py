"""JSON Schemas of the answers. Plain data: as pydantic models they would cost every cold start, and answers are not
validated on their way out; a test holds real answers against them."""

from stepweave.api.schemas import problems, runs, templates, versions, workflows
from stepweave.api.schemas.schema import Schema

SCHEMAS: dict[str, Schema] = {**problems.SCHEMAS, **workflows.SCHEMAS, **versions.SCHEMAS, **runs.SCHEMAS, **templates.SCHEMAS}
