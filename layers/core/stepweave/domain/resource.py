"""Resources: agents, tasks and tools, configurations that their clients name and put into a project."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Kind = Literal["agent", "task", "tool"]
KINDS: tuple[Kind, ...] = get_args(Kind)
RESOURCE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""Also what a project is called."""
DEFAULT_PROJECT = "default"
"""Where workflows look up what they name."""
MAX_RESOURCE_BYTES = 200_000
"""Of JSON: an item of DynamoDB holds 400 KB."""


@dataclass(frozen=True)
class Resource:
    """`content` is the configuration as it was put, `etag` its digest. `uses` grows whenever somebody begins to use it,
    so that its removal can be conditional on nobody having begun to."""

    kind: Kind
    id: str
    content: Mapping[str, Any]
    etag: str
    created_at: str
    updated_at: str
    project: str = DEFAULT_PROJECT
    uses: int = field(default=0, compare=False)


def etag_of(content: Mapping[str, Any]) -> str:
    """A digest that does not depend on the order of members."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
