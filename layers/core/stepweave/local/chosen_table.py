"""The table that a command works on: that of the data folder or, with AWS credentials, a deployed one."""

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class NoSuchStack(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(f"the stack '{name}' has no output TableName. Is it a Stepweave stack, in this region?")


@contextlib.contextmanager
def chosen_table(arguments: argparse.Namespace) -> Iterator[tuple[Any, str]]:
    """A client of DynamoDB and the table's name, by `--stack`, `--table` or `--home`."""
    if arguments.stack or arguments.table:
        yield _client("dynamodb"), arguments.table or _table_of(arguments.stack)
        return
    with local_table(arguments.home) as found:
        yield found


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
def local_table(folder: Path) -> Iterator[tuple[Any, str]]:
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
