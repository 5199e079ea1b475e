"""`stepweave keys`: API keys of the local data folder or of a deployed table."""

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stepweave.adapters.api_key_store import ApiKeyStore
from stepweave.local.keys import key_store, new_key
from stepweave.local.terminal import complain, say


class NoSuchStack(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(f"the stack '{name}' has no output TableName. Is it a Stepweave stack, in this region?")


def main(arguments: argparse.Namespace) -> int:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        with _store(arguments) as store:
            return _act(arguments, store)
    except (BotoCoreError, ClientError, NoSuchStack) as error:
        complain(f"stepweave: {error}")
        return 1


def _act(arguments: argparse.Namespace, store: ApiKeyStore) -> int:
    match arguments.action:
        case "create":
            key, text = new_key(store, arguments.name, arguments.role)
            complain(f"{key.id}  {key.role}  keep this text, it is not shown again:")
            say(text)
        case "list":
            for key in store.all():
                say(f"{key.id}  {key.role:5}  {key.created_at}  {key.name}")
        case _:
            if not store.remove(arguments.id):
                complain(f"stepweave: there is no key '{arguments.id}'; `stepweave keys list` shows them")
                return 1
            complain(f"{arguments.id} is revoked")
    return 0


@contextlib.contextmanager
def _store(arguments: argparse.Namespace) -> Iterator[ApiKeyStore]:
    if arguments.stack or arguments.table:
        yield key_store(_client("dynamodb"), arguments.table or _table_of(arguments.stack))
        return
    with _local_table(arguments.home) as (dynamodb, table):
        yield key_store(dynamodb, table)


def _client(service: str) -> Any:
    import boto3

    make: Any = boto3.client
    return make(service)


def _table_of(stack: str) -> str:
    (found,) = _client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    for output in found.get("Outputs", []):
        if output["OutputKey"] == "TableName":
            return str(output["OutputValue"])
    raise NoSuchStack(stack)


@contextlib.contextmanager
def _local_table(folder: Path) -> Iterator[tuple[Any, str]]:
    """The table of a data folder; beside a running server as its guest, which then sees every change at once."""
    from stepweave.adapters.table import TABLE
    from stepweave.local import embedded
    from stepweave.local.home import Home, HomeInUse
    from stepweave.local.journal import Journal

    home = Home(folder)
    try:
        home.own()
        guest = False
    except HomeInUse:
        guest = True
    journal = Journal(home.journal, guest=guest)
    names = {"table": embedded.TABLE_NAME, "bucket": embedded.BUCKET_NAME}
    aws = embedded.EmbeddedAws(**names, table_shape=TABLE, functions={}, journal=journal)
    try:
        yield embedded.client("dynamodb"), embedded.TABLE_NAME
    finally:
        aws.close()
        home.release()
