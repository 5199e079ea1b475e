"""Whether anybody can administer the deployment."""

from collections.abc import Iterator

from stepweave.adapters.api_key_store import ApiKeyStore
from stepweave.local.doctor.deployment import Deployment
from stepweave.local.doctor.finding import Finding, ok, warning
from stepweave.services.moments import text_of


def check(deployment: Deployment) -> Iterator[Finding]:
    now = text_of(deployment.clock())
    # DynamoDB deletes what has expired within days, not at once.
    keys = [key for key in ApiKeyStore(deployment.stores.table).all() if key.expires_at is None or key.expires_at > now]
    if any(key.role == "admin" for key in keys):
        yield ok(f"there are {len(keys)}, one for administration among them")
    else:
        command = f"stepweave keys create --role admin --stack {deployment.stack}"
        yield warning(f"none of {len(keys)} is for administration", f"Make one: {command}")
