"""What a start makes of a process that died: its executions are gone, and nobody works on the steps it had claimed.

On AWS executions and functions outlive each other, so leases have to run out. Here all died with the process: their
leases end now, and every active run is due for a check, so that reconcile takes all of them up at once.
"""

from collections.abc import Iterator
from typing import Any

LONG_AGO = "1970-01-01T00:00:00.000Z"


def end_leases(dynamodb: Any, table: str) -> int:
    """Ends the lease of every step run that is under way and makes every active run due; how many items that were."""
    count = 0
    for item in _unfinished(dynamodb, table):
        name = "lease_until" if item["sk"]["S"].startswith("STEP#") else "check_after"
        dynamodb.update_item(
            TableName=table,
            Key={"pk": item["pk"], "sk": item["sk"]},
            UpdateExpression="SET #name = :ago",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":ago": {"S": LONG_AGO}},
        )
        count += 1
    return count


def _unfinished(dynamodb: Any, table: str) -> Iterator[dict[str, Any]]:
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="(begins_with(sk, :step) AND #status = :running) OR attribute_exists(#check)",
        ExpressionAttributeNames={"#status": "status", "#check": "check"},
        ExpressionAttributeValues={":step": {"S": "STEP#"}, ":running": {"S": "running"}},
    )
    found = [item for page in pages for item in page["Items"]]
    return iter(found)
