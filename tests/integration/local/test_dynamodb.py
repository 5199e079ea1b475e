"""DynamoDB on the laptop: no acknowledged write is lost, under threads, in transactions, or with many items."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError


def key(name: str) -> dict[str, Any]:
    return {"pk": {"S": name}, "sk": {"S": "X"}}


def fill(lab: Any, count: int) -> None:
    items = [key(f"P{number % 50}") | {"sk": {"S": f"{number:05}"}} for number in range(count)]
    for first in range(0, count, 25):
        batch = [{"PutRequest": {"Item": item}} for item in items[first : first + 25]]
        lab.dynamodb.batch_write_item(RequestItems={"t": batch})


def test_no_update_is_lost_under_threads(lab: Any) -> None:
    def count_up(_: int) -> None:
        lab.dynamodb.update_item(
            TableName="t",
            Key=key("A"),
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # Threads change places inside calls, where moto loses updates without a lock.
    try:
        with ThreadPoolExecutor(16) as threads:
            list(threads.map(count_up, range(800)))
    finally:
        sys.setswitchinterval(usual)
    assert lab.dynamodb.get_item(TableName="t", Key=key("A"))["Item"]["n"] == {"N": "800"}


def test_a_transaction_that_fails_leaves_every_item_as_it_was(lab: Any) -> None:
    lab.dynamodb.put_item(TableName="t", Item=key("A") | {"n": {"N": "1"}})
    lab.dynamodb.put_item(TableName="t", Item=key("D"))
    update = {
        "TableName": "t",
        "Key": key("A"),
        "UpdateExpression": "SET n = :two",
        "ExpressionAttributeValues": {":two": {"N": "2"}},
    }
    put = {"TableName": "t", "Item": key("B")}
    refused = {"TableName": "t", "Item": key("D"), "ConditionExpression": "attribute_not_exists(pk)"}
    delete = {"TableName": "t", "Key": key("D")}
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        lab.dynamodb.transact_write_items(TransactItems=[{"Update": update}, {"Put": put}, {"Put": refused}])
    with pytest.raises(ClientError):
        lab.dynamodb.transact_write_items(TransactItems=[{"Delete": delete}, {"Update": update}, {"Put": refused}])
    assert lab.dynamodb.get_item(TableName="t", Key=key("A"))["Item"]["n"] == {"N": "1"}
    assert "Item" not in lab.dynamodb.get_item(TableName="t", Key=key("B"))
    assert "Item" in lab.dynamodb.get_item(TableName="t", Key=key("D"))


def test_a_transaction_does_not_grow_with_the_table(lab: Any) -> None:
    fill(lab, 5000)

    def transact(name: str) -> float:
        began = time.perf_counter()
        lab.dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "t", "Item": key(name)}}])
        return time.perf_counter() - began

    # Copying 5,000 items takes 300 ms and more; a transaction itself takes about one.
    assert min(transact(f"T{number}") for number in range(5)) < 0.05


def test_a_query_gives_the_partition_in_order_in_both_directions(lab: Any) -> None:
    fill(lab, 500)

    def query(forward: bool) -> list[str]:
        answer = lab.dynamodb.query(
            TableName="t",
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues={":p": {"S": "P7"}},
            ScanIndexForward=forward,
        )
        return [item["sk"]["S"] for item in answer["Items"]]

    expected = [f"{number:05}" for number in range(7, 500, 50)]
    assert query(True) == expected
    assert query(False) == expected[::-1]


def test_an_index_is_paged_without_gaps_or_repeats(lab: Any) -> None:
    for number in range(30):
        listed = {"list": {"S": "L"}, "list_key": {"S": f"{number // 3:03}"}}
        lab.dynamodb.put_item(TableName="t", Item=key(f"K{number:02}") | listed)
    pages = lab.dynamodb.get_paginator("query").paginate(
        TableName="t",
        IndexName="by_list",
        KeyConditionExpression="#list = :l",
        ExpressionAttributeNames={"#list": "list"},
        ExpressionAttributeValues={":l": {"S": "L"}},
        PaginationConfig={"PageSize": 7},
    )
    assert [item["pk"]["S"] for page in pages for item in page["Items"]] == [f"K{number:02}" for number in range(30)]


def test_a_scan_sees_every_item(lab: Any) -> None:
    fill(lab, 120)
    pages = lab.dynamodb.get_paginator("scan").paginate(TableName="t", PaginationConfig={"PageSize": 50})
    assert sum(len(page["Items"]) for page in pages) == 120
