"""What was acknowledged is there again, whatever ended the process."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from stepweave.adapters.table import TABLE
from stepweave.local import embedded
from stepweave.local.embedded import EmbeddedAws
from stepweave.local.journal import Journal

WRITER = """
import sys, threading
from pathlib import Path
from stepweave.adapters.table import TABLE
from stepweave.local import embedded
from stepweave.local.embedded import EmbeddedAws
from stepweave.local.journal import Journal

EmbeddedAws(table="t", table_shape=TABLE, bucket="bucket", functions={}, journal=Journal(Path(sys.argv[1])))
dynamodb, s3 = embedded.client("dynamodb"), embedded.client("s3")
said = threading.Lock()

def write(thread):
    for number in range(100_000):
        name = f"{thread}-{number}"
        dynamodb.put_item(TableName="t", Item={"pk": {"S": name}, "sk": {"S": "X"}, "body": {"B": b"\\x00\\xff"}})
        if number % 10 == 0:
            s3.put_object(Bucket="bucket", Key=name, Body=name.encode())
        with said:
            print(name, flush=True)

for thread in range(4):
    threading.Thread(target=write, args=(thread,)).start()
"""


def opened(path: Path, *, guest: bool = False) -> EmbeddedAws:
    return EmbeddedAws(table="t", table_shape=TABLE, bucket="bucket", functions={}, journal=Journal(path, guest=guest))


def key(name: str) -> dict[str, Any]:
    return {"pk": {"S": name}, "sk": {"S": "X"}}


def test_every_acknowledged_write_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    child = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    acknowledged = [child.stdout.readline().strip() for _ in range(300)]
    os.kill(child.pid, signal.SIGKILL)
    acknowledged += [line.strip() for line in child.stdout if line.endswith("\n")]
    child.stdout.close()
    assert child.wait(20) == -signal.SIGKILL
    assert all(acknowledged)

    aws = opened(path)
    try:
        dynamodb, s3 = embedded.client("dynamodb"), embedded.client("s3")
        for name in acknowledged:
            assert dynamodb.get_item(TableName="t", Key=key(name))["Item"]["body"] == {"B": b"\x00\xff"}
            if name.endswith("0"):
                assert s3.get_object(Bucket="bucket", Key=name)["Body"].read() == name.encode()
    finally:
        aws.close()


def test_updates_deletes_batches_and_transactions_come_back(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    aws = opened(path)
    dynamodb, s3 = embedded.client("dynamodb"), embedded.client("s3")
    for name in "ABCD":
        dynamodb.put_item(TableName="t", Item=key(name))
    one = {":one": {"N": "1"}}
    dynamodb.update_item(TableName="t", Key=key("A"), UpdateExpression="SET n = :one", ExpressionAttributeValues=one)
    dynamodb.delete_item(TableName="t", Key=key("B"))
    dynamodb.batch_write_item(
        RequestItems={"t": [{"DeleteRequest": {"Key": key("C")}}, {"PutRequest": {"Item": key("E")}}]}
    )
    dynamodb.transact_write_items(
        TransactItems=[
            {"Delete": {"TableName": "t", "Key": key("D")}},
            {"Put": {"TableName": "t", "Item": key("F") | {"tags": {"SS": ["x", "y"]}}}},
        ]
    )
    s3.put_object(Bucket="bucket", Key="gone", Body=b"1")
    s3.put_object(Bucket="bucket", Key="kept", Body=b"2")
    s3.delete_object(Bucket="bucket", Key="gone")
    aws.close()

    aws = opened(path)
    try:
        items = {item["pk"]["S"]: item for item in dynamodb.scan(TableName="t")["Items"]}
        assert items.keys() == {"A", "E", "F"}
        assert items["A"]["n"] == {"N": "1"}
        assert sorted(items["F"]["tags"]["SS"]) == ["x", "y"]
        assert [found["Key"] for found in s3.list_objects_v2(Bucket="bucket")["Contents"]] == ["kept"]
    finally:
        aws.close()


def test_what_a_guest_writes_is_there_at_the_next_call_of_the_owner(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    aws = opened(path)
    guest = Journal(path, guest=True)
    try:
        dynamodb = embedded.client("dynamodb")
        dynamodb.put_item(TableName="t", Item=key("A"))
        guest.write([("t", key("A"), None), ("t", key("B"), key("B"))])
        assert "Item" not in dynamodb.get_item(TableName="t", Key=key("A"))
        assert "Item" in dynamodb.get_item(TableName="t", Key=key("B"))
    finally:
        guest.close()
        aws.close()
