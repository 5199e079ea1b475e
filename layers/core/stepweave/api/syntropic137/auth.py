"""Who sends a request: a key as a bearer token, or as the password of HTTP Basic, which its clients may send."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBasic, HTTPBasicCredentials, SecurityScopes
from starlette.requests import HTTPConnection

from stepweave.api.auth import BEARER, caller_with
from stepweave.api.use_cases import Api
from stepweave.domain.api_key import Caller

CHALLENGE = 'Basic realm="stepweave", Bearer realm="stepweave"'


class _Basic(HTTPBasic):
    """Credentials that cannot be read count as none, so that the answer says what to send."""

    async def __call__(self, request: HTTPConnection) -> HTTPBasicCredentials | None:  # type: ignore[override]  # as its parent
        try:
            return await super().__call__(request)
        except HTTPException:
            return None


_BASIC = _Basic(scheme_name="basic", description="The key as the password, any user name.", auto_error=False)


def _caller(
    request: Request,
    api: Api,
    needed: SecurityScopes,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
    basic: Annotated[HTTPBasicCredentials | None, Depends(_BASIC)],
) -> Caller:
    text = bearer.credentials if bearer else basic.password if basic else None
    return caller_with(text, request, api, needed)


Reader = Annotated[Caller, Security(_caller, scopes=["read"])]
Writer = Annotated[Caller, Security(_caller, scopes=["write"])]
