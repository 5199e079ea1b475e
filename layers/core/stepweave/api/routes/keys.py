"""API keys."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api.answers.answer import answer, page
from stepweave.api.answers.keys import created_key, key_json, rotated_key
from stepweave.api.auth import ADMIN, Admin, Reader
from stepweave.api.bodies import Body
from stepweave.api.describe import keys as describe
from stepweave.api.pages import Listing
from stepweave.api.paths import KeyId
from stepweave.api.payloads.keys import create_key_request, rotate_key_request
from stepweave.api.use_cases import Api

router = APIRouter(prefix="/api/keys", tags=["keys"])


@router.post("", **describe.CREATE_KEY)
def create_key(caller: Admin, body: Body, api: Api) -> Response:
    """Makes a key. Its text is in this answer and nowhere else: only a hash of it is kept."""
    return created_key(*api.keys.create(caller, create_key_request(body)))


@router.get("", dependencies=[ADMIN], **describe.LIST_KEYS)
def list_keys(listing: Listing, api: Api) -> Response:
    """All keys, the oldest first, those that have expired too."""
    found = api.keys.page_of(listing)
    return page("keys", [key_json(key) for key in found.rows], found)


@router.get("/{key_id}", **describe.GET_KEY)
def get_key(caller: Reader, key_id: KeyId, api: Api) -> Response:
    """A key below `admin` may look at itself, and at what it has made."""
    return answer(key_json(api.keys.get(caller, key_id)))


@router.post("/{key_id}/rotate", **describe.ROTATE_KEY)
def rotate_key(caller: Reader, key_id: KeyId, body: Body, api: Api) -> Response:
    """Gives a key another text; id, role and expiry stay. A key below `admin` may rotate itself, and what it has
    made. When the answer is lost within the grace, the old text can rotate again."""
    return rotated_key(*api.keys.rotate(caller, key_id, rotate_key_request(body)))


@router.delete("/{key_id}", **describe.REVOKE_KEY)
def revoke_key(caller: Reader, key_id: KeyId, api: Api) -> Response:
    """Revokes a key with effect from the next request on. A key below `admin` may revoke itself, and what it has made;
    what it has made goes with it. The last key of the role `admin` is for the command line to revoke."""
    api.keys.revoke(caller, key_id)
    return Response(status_code=204)
