"""Who sends a request, and whether their role allows it.

The role that a route needs stands in its security requirement, and so in the OpenAPI document.
"""

from typing import Annotated

from fastapi import Depends, Query, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from stepweave.api.paths import RunId
from stepweave.api.use_cases import Api, UseCases
from stepweave.domain.api_key import ROLES, Caller, allows
from stepweave.domain.rate_limit import RateLimited
from stepweave.errors import Forbidden, Unauthenticated

BEARER = HTTPBearer(
    scheme_name="apiKey",
    bearerFormat="sw_<id>_<secret>",
    description="A key of this service. Roles: `read` < `write` < `admin`; each operation names the one it needs.",
    auto_error=False,
)


def _caller(
    request: Request,
    api: Api,
    needed: SecurityScopes,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
) -> Caller:
    return caller_with(credentials.credentials if credentials else None, request, api, needed)


def caller_with(text: str | None, request: Request, api: UseCases, needed: SecurityScopes) -> Caller:
    """Who a key belongs to, if the role that the route needs is theirs. Raises `Unauthenticated`, `Forbidden`,
    `RateLimited`."""
    if text is None:
        raise Unauthenticated("Send your key: 'Authorization: Bearer sw_...'.")
    try:
        caller = api.authenticate(text)
    except RateLimited as refused:
        request.state.key_id, request.state.allowance = refused.key_id, refused.allowance
        raise
    request.state.key_id, request.state.allowance = caller.key_id, caller.allowance
    role = next(role for role in ROLES if role in needed.scopes)
    if not allows(caller.role, role):
        raise Forbidden(role, caller.role)
    return caller


def _follower(
    request: Request,
    api: Api,
    run_id: RunId,
    needed: SecurityScopes,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
    ticket: Annotated[str | None, Query(max_length=200, description="Of this run, in place of a key.")] = None,
) -> str:
    if ticket is None:
        return _caller(request, api, needed, credentials).key_id
    key_id = api.events.follower(ticket, run_id)
    request.state.key_id = key_id
    return key_id


READ = Security(_caller, scopes=["read"])
WRITE = Security(_caller, scopes=["write"])
ADMIN = Security(_caller, scopes=["admin"])
Follower = Annotated[str, Security(_follower, scopes=["read"])]
"""The id of the key that follows a run, itself or by a ticket."""
Reader = Annotated[Caller, Security(_caller, scopes=["read"])]
Writer = Annotated[Caller, Security(_caller, scopes=["write"])]
Admin = Annotated[Caller, Security(_caller, scopes=["admin"])]
