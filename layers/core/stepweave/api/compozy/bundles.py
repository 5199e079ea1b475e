"""Bundles of resources in bodies, YAML or JSON, and what an import does with what there is."""

from collections.abc import Mapping
from typing import Annotated, Any, get_args

from fastapi import Depends, Header, Query

from stepweave.api.bodies import RawBody
from stepweave.api.documents import DocumentBody, prefers_yaml
from stepweave.api.payloads.body import object_body
from stepweave.domain.resource_import import Strategy
from stepweave.errors import BadRequest


async def _wants_yaml(accept: Annotated[str, Header(include_in_schema=False)] = "") -> bool:
    return prefers_yaml(accept)


async def _bundle(raw: RawBody, document: DocumentBody) -> Mapping[str, Any] | None:
    """An empty body, or an empty object, is no bundle."""
    return object_body(document) or None if raw.strip() else None


async def _strategy(
    strategy: Annotated[str, Query(description="`seed_only` (default) or `overwrite_conflicts`.")] = "seed_only",
) -> Strategy:
    if strategy in ("", "seed_only"):
        return "seed_only"
    if strategy == "overwrite_conflicts":
        return "overwrite_conflicts"
    raise BadRequest(
        f"There is no strategy '{strategy[:50]}'; there are {' and '.join(get_args(Strategy))}.",
        code="invalid_strategy",
    )


WantsYaml = Annotated[bool, Depends(_wants_yaml)]
Bundle = Annotated[Mapping[str, Any] | None, Depends(_bundle)]
ImportStrategy = Annotated[Strategy, Depends(_strategy)]
"""Parameters of handlers: whether the bundle itself is asked for, the one that was sent, what becomes of conflicts."""
