"""Who sends a request, and whether their role allows it.

The role that a route needs stands in its security requirement, and so in the OpenAPI document.
"""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from stepweave.api.use_cases import Api
from stepweave.domain.api_key import ROLES, Caller, allows
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
    role = next(role for role in ROLES if role in needed.scopes)
    if not allows(caller.role, role):
        raise Forbidden(role, caller.role)
    return caller


READ = Security(_caller, scopes=["read"])
Writer = Annotated[Caller, Security(_caller, scopes=["write"])]
