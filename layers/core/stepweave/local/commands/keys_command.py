"""`stepweave keys`: API keys of the local data folder or of a deployed table."""

import argparse
import contextlib
from collections.abc import Iterator

from stepweave.adapters.api_key_store import ApiKeyStore
from stepweave.local.chosen_table import NoSuchStack, chosen_table
from stepweave.local.keys import key_store, new_key
from stepweave.local.terminal import complain, say


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
    with chosen_table(arguments) as (dynamodb, table):
        yield key_store(dynamodb, table)
