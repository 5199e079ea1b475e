"""What becomes of attempts under way when the process ends, in order or not.

On AWS executions and functions outlive each other, so leases have to run out. Here all end with the process. One that
is stopped in order gives the attempts back: they are made again and count once. Of one that died every lease is ended
by the next start; whether an attempt was at work or only paused cannot be told then, so that it counts as cut off.
"""

from collections.abc import Iterator
from typing import Any

from stepweave.adapters.value_items import fail_item
from stepweave.domain.run import Fail

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


def give_back_attempts(dynamodb: Any, table: str) -> int:
    """Makes every attempt under way one that is due and not begun; how many that were. Loops are not attempts."""
    found = [item for item in _unfinished(dynamodb, table) if item["sk"]["S"].startswith("STEP#")]
    attempts = [item for item in found if "M" not in item.get("items", {})]
    for item in attempts:
        message = f"Stepweave was stopped during attempt {item['attempt']['N']}, which is made again."
        error = {name: {"S": text} for name, text in (fail_item(Fail("stopped", message)) or {}).items()}
        dynamodb.update_item(
            TableName=table,
            Key={"pk": item["pk"], "sk": item["sk"]},
            UpdateExpression="SET #status = :waiting, #due = :ago, #lease = :none, #error = :error",
            ExpressionAttributeNames={
                "#status": "status",
                "#due": "due_at",
                "#lease": "lease_until",
                "#error": "error",
            },
            ExpressionAttributeValues={
                ":waiting": {"S": "waiting"},
                ":ago": {"S": LONG_AGO},
                ":none": {"S": ""},
                ":error": item["error"] if "M" in item.get("error", {}) else {"M": error},
            },
        )
    return len(attempts)


def _unfinished(dynamodb: Any, table: str) -> Iterator[dict[str, Any]]:
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="(begins_with(sk, :step) AND #status = :running) OR attribute_exists(#check)",
        ExpressionAttributeNames={"#status": "status", "#check": "check"},
        ExpressionAttributeValues={":step": {"S": "STEP#"}, ":running": {"S": "running"}},
    )
    found = [item for page in pages for item in page["Items"]]
    return iter(found)
