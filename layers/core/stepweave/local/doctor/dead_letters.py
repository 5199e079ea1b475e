"""Events that could not be delivered or handled."""

from collections.abc import Iterator

from stepweave.local.doctor.deployment import Deployment
from stepweave.local.doctor.finding import Finding, ok, warning


def check(deployment: Deployment) -> Iterator[Finding]:
    sqs = deployment.clients("sqs")
    found = sqs.get_queue_attributes(
        QueueUrl=deployment.resources["LostEvents"], AttributeNames=["ApproximateNumberOfMessages"]
    )
    waiting = int(found["Attributes"]["ApproximateNumberOfMessages"])
    if waiting:
        yield warning(
            f"{waiting} events could not be delivered or handled in the last 14 days",
            "Read one in the queue LostEvents: it says why. Reconcile heals what they were for; then purge the queue.",
        )
    else:
        yield ok("none in 14 days")
