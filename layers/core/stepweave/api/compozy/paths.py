"""The variable parts of paths on Compozy's surface."""

import re
from typing import Annotated

from fastapi import Depends, Path

from stepweave.errors import NotFound

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


async def _exec_id(
    exec_id: Annotated[str, Path(description="The execution's id.", examples=["run_01KAFZ6B3T9D2M7QH4YF0ZK8XE"])],
) -> str:
    if not _ID.fullmatch(exec_id):
        raise NotFound("execution", exec_id[:100])
    return exec_id


ExecId = Annotated[str, Depends(_exec_id)]
