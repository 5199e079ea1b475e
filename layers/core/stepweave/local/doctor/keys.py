"""Whether anybody can administer the deployment."""

from collections.abc import Iterator

from stepweave.adapters.api_key_store import ApiKeyStore
from stepweave.local.doctor.deployment import Deployment
from stepweave.local.doctor.finding import Finding, ok, warning


def check(deployment: Deployment) -> Iterator[Finding]:
    keys = ApiKeyStore(deployment.stores.table).all()
    if any(key.role == "admin" for key in keys):
        yield ok(f"there are {len(keys)}, one for administration among them")
    else:
        command = f"stepweave keys create --role admin --stack {deployment.stack}"
        yield warning(f"none of {len(keys)} is for administration", f"Make one: {command}")
