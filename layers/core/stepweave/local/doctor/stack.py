"""What CloudFormation says of the stack."""

from collections.abc import Iterator

from stepweave.local.doctor.deployment import Deployment
from stepweave.local.doctor.finding import Finding, error, ok


def check(deployment: Deployment) -> Iterator[Finding]:
    (found,) = deployment.clients("cloudformation").describe_stacks(StackName=deployment.stack)["Stacks"]
    status = found["StackStatus"]
    if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"):
        yield ok(f"it is {status}")
    else:
        yield error(f"it is {status}", "See its events in CloudFormation, then deploy again.")
