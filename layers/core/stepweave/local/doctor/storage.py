"""Whether the records are kept, forgotten and closed as the template says."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from stepweave.local.doctor.deployment import Deployment
from stepweave.local.doctor.finding import Finding, error, ok, warning


def check(deployment: Deployment) -> Iterator[Finding]:
    dynamodb, table = deployment.clients("dynamodb"), deployment.settings.table
    status = dynamodb.describe_table(TableName=table)["Table"]["TableStatus"]
    there = status in ("ACTIVE", "UPDATING")
    yield ok("the table is there") if there else error(f"the table is {status}", "Wait, or restore it from a backup.")
    expiry = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"]
    if expiry not in ("ENABLED", "ENABLING"):
        yield error("nothing in the table expires", "Turn its time to live on, for the attribute expires_at.")
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    if recovery != "ENABLED":
        yield warning("the table cannot be restored to a point in time", "Turn point-in-time recovery on.")
    yield _bucket(deployment)


def _bucket(deployment: Deployment) -> Finding:
    s3, bucket = deployment.clients("s3"), deployment.settings.bucket
    try:
        blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    except ClientError as missing:
        if missing.response["Error"]["Code"] != "NoSuchPublicAccessBlockConfiguration":
            raise
        blocked = {}
    if blocked and all(blocked.values()):
        return ok("the bucket is closed to the public")
    return error("the bucket is not closed to the public", "Block all public access to it.")
