"""API keys as Compozy's clients manage them: the caller's own, and those that it has made."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api.auth import Reader
from stepweave.api.bodies import Body
from stepweave.api.compozy.answers.keys import generated, keys_json, said
from stepweave.api.compozy.describe import auth as describe
from stepweave.api.compozy.key_ids import OwnKeyId
from stepweave.api.compozy.payloads.keys import generate_key_request
from stepweave.api.use_cases import Api

router = APIRouter(prefix="/api/v0/auth", tags=["auth"])


@router.post("/generate", **describe.GENERATE_KEY)
def generate_key(caller: Reader, body: Body, api: Api) -> Response:
    """Makes a key of the caller's role, whose text is in this answer and nowhere else. That of a key below `admin`
    expires with its maker at the latest, and is revoked with it."""
    _, text = api.keys.create(caller, generate_key_request(body, caller.role))
    return generated(text)


@router.get("/keys", **describe.LIST_KEYS)
def list_keys(caller: Reader, api: Api) -> Response:
    """The keys that the caller manages, the oldest first: itself and those that it has made, with `admin` all."""
    return said("API keys retrieved", {"keys": keys_json(api.keys.of(caller))})


@router.delete("/keys/{id}", **describe.REVOKE_KEY)
def revoke_key(caller: Reader, key_id: OwnKeyId, api: Api) -> Response:
    """Revokes a key that the caller manages, with effect from the next request on, and what it has made with it."""
    api.keys.revoke(caller, key_id)
    return said("API key revoked", None)
