"""Whether each function can be called, and how many at once."""

from collections.abc import Iterator

from stepweave.local.doctor.deployment import Deployment
from stepweave.local.doctor.finding import Finding, error, ok, warning

ENOUGH = 200
"""Of invocations at once: 10 workflows with 10 runs each, and the API beside them."""


def check(deployment: Deployment) -> Iterator[Finding]:
    client = deployment.clients("lambda")
    for logical, name in deployment.functions.items():
        found = client.get_function_configuration(FunctionName=name)
        if found.get("State", "Active") not in ("Active", "Inactive"):
            yield error(f"{logical} is {found['State']}: {found.get('StateReason')}", "Deploy again.")
        elif found.get("LastUpdateStatus") == "Failed":
            yield error(f"{logical} has an update that failed: {found.get('LastUpdateStatusReason')}", "Deploy again.")
    yield ok(f"{len(deployment.functions)} can be called")
    yield _concurrency(client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"])


def _concurrency(unreserved: int) -> Finding:
    if unreserved >= ENOUGH:
        return ok(f"{unreserved} may run at once in this account and Region")
    return warning(
        f"only {unreserved} may run at once in this account and Region; more are throttled, and steps wait",
        "Raise the quota 'Concurrent executions' of Lambda (L-B99A9384).",
    )
