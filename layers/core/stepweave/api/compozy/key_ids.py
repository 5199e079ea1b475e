"""Ids of keys in the paths of Compozy's surface, where one of another form is a bad request."""

import re
from typing import Annotated

from fastapi import Depends, Path

from stepweave.errors import BadRequest

_KEY_ID = re.compile(r"key_[0-9A-HJKMNP-TV-Z]{26}")


async def _own_key_id(
    id: Annotated[str, Path(description="The key's id.", examples=["key_01KAFYQ4R2H6S0B9WJ7D3M5XEV"])],
) -> str:
    if not _KEY_ID.fullmatch(id):
        raise BadRequest(f"'{id[:100]}' is no id of a key.", code="invalid_id")
    return id


OwnKeyId = Annotated[str, Depends(_own_key_id)]
