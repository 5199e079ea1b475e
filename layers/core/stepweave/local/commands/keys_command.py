"""`stepweave keys`: API keys of the local data folder or of a deployed table."""

import argparse
import contextlib
from collections.abc import Iterator
from datetime import timedelta

from stepweave.adapters.api_key_store import ApiKeyStore
from stepweave.domain.api_key import ApiKey
from stepweave.errors import Conflict, NotFound
from stepweave.local.chosen_table import NoSuchStack, chosen_table
from stepweave.local.keys import key_ports, key_store, new_key, now
from stepweave.local.terminal import complain, say
from stepweave.services.api_keys import revoke_key, rotate_key
from stepweave.services.moments import text_of


def main(arguments: argparse.Namespace) -> int:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        with _store(arguments) as store:
            _act(arguments, store)
    except NotFound as error:
        complain(f"stepweave: there is no key '{error.ref}'; `stepweave keys list` shows them")
        return 1
    except (BotoCoreError, ClientError, NoSuchStack, Conflict) as error:
        complain(f"stepweave: {error}")
        return 1
    return 0


def _act(arguments: argparse.Namespace, store: ApiKeyStore) -> None:
    match arguments.action:
        case "create":
            ends = text_of(now() + timedelta(seconds=arguments.expires)) if arguments.expires else None
            _show_once(*new_key(store, arguments.name, arguments.role, ends))
        case "rotate":
            _show_once(*rotate_key(None, arguments.id, int(arguments.grace), key_ports(store)))
        case "list":
            for key in store.all():
                say(_line(key))
        case _:
            revoke_key(None, arguments.id, key_ports(store))
            complain(f"{arguments.id} is revoked")


def _show_once(key: ApiKey, text: str) -> None:
    complain(f"{key.id}  {key.role}  keep this text, it is not shown again:")
    say(text)


def _line(key: ApiKey) -> str:
    """Id, role, when it was made, was last used and expires (`-`: not yet, and never), name."""
    times = "  ".join(f"{at or '-':24}" for at in (key.created_at, key.last_used_at, key.expires_at))
    return f"{key.id}  {key.role:5}  {times}  {key.name}"


@contextlib.contextmanager
def _store(arguments: argparse.Namespace) -> Iterator[ApiKeyStore]:
    with chosen_table(arguments) as (dynamodb, table):
        yield key_store(dynamodb, table)
