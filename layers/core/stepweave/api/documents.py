"""Documents in and out: JSON, or YAML where the media types say so.

YAML has the media type `application/yaml` (RFC 9512); the older names are understood too.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import Depends, Header, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from stepweave.api.bodies import RawBody, parse_json
from stepweave.errors import BadRequest
from stepweave.services.transfer import OnConflict

YAML = "application/yaml"
_YAML_TYPES = frozenset({YAML, "application/x-yaml", "text/yaml", "text/x-yaml", "text/vnd.yaml"})
Form = Literal["json", "yaml"]


class _FormQuery(BaseModel):
    """Unknown parameters are refused, as everywhere."""

    model_config = ConfigDict(extra="forbid")

    format: Form | None = Field(default=None, description="Goes before `Accept`.")


class _ImportQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    on_conflict: OnConflict = Field(
        default="fail",
        description="What happens to a workflow that exists and is another: `fail` (409), a new `version` of it, or a"
        " `copy` beside it.",
    )


async def _form(
    query: Annotated[_FormQuery, Query()], accept: Annotated[str, Header(include_in_schema=False)] = ""
) -> Form:
    return query.format or ("yaml" if prefers_yaml(accept) else "json")


def prefers_yaml(accept: str) -> bool:
    """Whether a kind of YAML comes with a higher quality than JSON (RFC 9110, 12.5.1)."""
    wanted = dict(map(_weighed, accept.split(",")))
    yaml = max((quality for name, quality in wanted.items() if name in _YAML_TYPES), default=0.0)
    return yaml > wanted.get("application/json", 0.0)


def _weighed(part: str) -> tuple[str, float]:
    name, *parameters = (each.strip() for each in part.lower().split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return name, float(parameter[2:])
            except ValueError:
                return name, 0.0
    return name, 1.0


async def _document(raw: RawBody, request: Request) -> object:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    # A megabyte of YAML takes seconds, in which a laptop's server answers others.
    return await run_in_threadpool(parse_yaml, raw) if media_type in _YAML_TYPES else parse_json(raw)


def parse_yaml(raw: bytes) -> object:
    """YAML text -> its value, held to all that a JSON body is held to; no text at all -> `{}`."""
    import json

    from stepweave.services.yaml_text import Refused, tree_of, value_of

    try:
        root = tree_of(raw.decode("utf-8-sig"))
        value = {} if root is None else value_of(root)
        return parse_json(json.dumps(value).encode())
    except Refused as error:
        where = f" at line {error.mark.line + 1}, column {error.mark.column + 1}" if error.mark else ""
        raise _malformed(f"{error}{where}") from error
    except UnicodeDecodeError as error:
        raise _malformed(f"it is not UTF-8 at byte {error.start}") from error
    except (RecursionError, ValueError, TypeError) as error:
        raise _malformed("it holds what JSON cannot say") from error


def _malformed(why: str) -> BadRequest:
    return BadRequest(f"The body cannot be read as YAML: {why}.", code="malformed_yaml")


async def _on_conflict(query: Annotated[_ImportQuery, Query()]) -> OnConflict:
    return query.on_conflict


DocumentForm = Annotated[Form, Depends(_form)]
DocumentBody = Annotated[object, Depends(_document)]
ConflictRule = Annotated[OnConflict, Depends(_on_conflict)]
MEDIA_TYPES: Mapping[Form, str] = {"json": "application/json", "yaml": YAML}
"""Parameters of handlers: the form that is asked for, the parsed body, and what happens to a workflow that exists."""
