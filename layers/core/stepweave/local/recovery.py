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
    """Ends the lease of every step run and direct execution that is under way and makes every active run, and every
    such execution, due; how many items that were."""
    count = 0
    for item in _unfinished(dynamodb, table):
        names = ["lease_until"] if _is_step(item) else ["check_after"]
        if _is_direct(item):
            names.append("lease_until")
        dynamodb.update_item(
            TableName=table,
            Key={"pk": item["pk"], "sk": item["sk"]},
            UpdateExpression=f"SET {', '.join(f'#{name} = :ago' for name in names)}",
            ExpressionAttributeNames={f"#{name}": name for name in names},
            ExpressionAttributeValues={":ago": {"S": LONG_AGO}},
        )
        count += 1
    return count


def _is_step(item: dict[str, Any]) -> bool:
    return bool(item["sk"]["S"].startswith("STEP#"))


def _is_direct(item: dict[str, Any]) -> bool:
    return bool(item["pk"]["S"].startswith("EXEC#"))


def give_back_attempts(dynamodb: Any, table: str) -> int:
    """Makes every attempt under way one that is due and not begun; how many that were. Loops are not attempts."""
    unfinished = list(_unfinished(dynamodb, table))
    found = [item for item in unfinished if _is_step(item)]
    direct = [item for item in unfinished if _is_direct(item) and item["status"]["S"] == "running"]
    for item in direct:
        dynamodb.update_item(
            TableName=table,
            Key={"pk": item["pk"], "sk": item["sk"]},
            UpdateExpression="SET #lease = :ago ADD #attempt :less",
            ExpressionAttributeNames={"#lease": "lease_until", "#attempt": "attempt"},
            ExpressionAttributeValues={":ago": {"S": LONG_AGO}, ":less": {"N": "-1"}},
        )
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
    return len(attempts) + len(direct)


def _unfinished(dynamodb: Any, table: str) -> Iterator[dict[str, Any]]:
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="(begins_with(sk, :step) AND #status = :running) OR attribute_exists(#check)",
        ExpressionAttributeNames={"#status": "status", "#check": "check"},
        ExpressionAttributeValues={":step": {"S": "STEP#"}, ":running": {"S": "running"}},
    )
    found = [item for page in pages for item in page["Items"]]
    return iter(found)
