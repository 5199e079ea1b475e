"""Who sends a request, and whether their role allows it.

The role that a route needs stands in its security requirement, and so in the OpenAPI document.
"""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from stepweave.api.use_cases import Api
from stepweave.domain.api_key import Caller, Role, allows
from stepweave.errors import Forbidden, Unauthenticated

_BEARER = HTTPBearer(
    scheme_name="apiKey",
    bearerFormat="sw_<id>_<secret>",
    description="A key of this service. Roles: `read` < `write` < `admin`; each operation names the one it needs.",
    auto_error=False,
)


def _caller(
    request: Request,
    api: Api,
    needed: SecurityScopes,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> Caller:
    if credentials is None:
        raise Unauthenticated("Send your key: 'Authorization: Bearer sw_...'.")
    caller = api.authenticate(credentials.credentials)
    request.state.key_id = caller.key_id
    for role in needed.scopes:
        _check(caller, role)  # type: ignore[arg-type]  # FastAPI types scopes as text; `role` below admits roles only
    return caller


def _check(caller: Caller, needed: Role) -> None:
    if not allows(caller.role, needed):
        raise Forbidden(needed, caller.role)


READ = Security(_caller, scopes=["read"])
Writer = Annotated[Caller, Security(_caller, scopes=["write"])]
