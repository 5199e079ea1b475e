"""`stepweave secrets`: the secrets of the local data folder or of a deployed stack. No value is ever an argument."""

import argparse
import getpass
import sys
from typing import Any

from stepweave.domain.secret import SECRET_NAME, SHORTEST_MASKED, Secret
from stepweave.local.terminal import complain, say
from stepweave.local.unusable import Unusable
from stepweave.steps.address import named_hosts

_MOST_BYTES = 4_096
"""What a standard parameter of Parameter Store holds."""


class BadSecret(Unusable):
    """A name, a value or a binding that cannot be used."""


def main(arguments: argparse.Namespace) -> int:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return _act(arguments, _store(arguments))
    except (BotoCoreError, ClientError) as error:
        complain(f"stepweave: {error}")
        return 1


def _act(arguments: argparse.Namespace, store: Any) -> int:
    match arguments.action:
        case "set":
            _check_name(arguments.name)
            hosts, workflows = _hosts(arguments.host), _ids(arguments.workflow)
            store.set(arguments.name, Secret(_value(), hosts, workflows))
            complain(f"{arguments.name} is set; a step's config names it {{{{ secrets.{arguments.name} }}}}")
        case "list":
            for name, secret in store.names().items():
                say(f"{name}  {_shown(secret)}".rstrip())
        case _:
            if not store.remove(arguments.name):
                complain(f"stepweave: there is no secret '{arguments.name}'; `stepweave secrets list` shows them")
                return 1
            complain(f"{arguments.name} is removed")
    return 0


def _store(arguments: argparse.Namespace) -> Any:
    if arguments.stack:
        import boto3

        from stepweave.local.deployed_secrets import DeployedSecrets

        make: Any = boto3.client
        return DeployedSecrets(make("ssm"), arguments.stack)
    from stepweave.local.home import Home
    from stepweave.local.secrets import LocalSecrets

    return LocalSecrets(Home(arguments.home).secrets)


def _check_name(name: str) -> None:
    if not SECRET_NAME.fullmatch(name):
        raise BadSecret(f"'{name}' is no name of a secret: it takes 1 to 64 letters, digits, _ and -")


def _value() -> str:
    """From a prompt without echo, or all of standard input but the line end that editors and `echo` put there."""
    text = getpass.getpass("value (not shown): ") if sys.stdin.isatty() else sys.stdin.read()
    value = text.removesuffix("\n").removesuffix("\r")
    if len(value) < SHORTEST_MASKED:
        raise BadSecret(f"a value of less than {SHORTEST_MASKED} characters cannot be found and masked in texts")
    if len(value.encode()) > _MOST_BYTES:
        raise BadSecret(f"the value has more than {_MOST_BYTES} bytes")
    return value


def _hosts(entries: list[str]) -> tuple[str, ...]:
    try:
        named_hosts(entries)
    except ValueError as error:
        raise BadSecret(f"--host: {error}") from error
    return tuple(entries)


def _ids(ids: list[str]) -> tuple[str, ...]:
    if bad := next((each for each in ids if not each.startswith("wf_")), None):
        raise BadSecret(f"--workflow: '{bad}' is no id of a workflow; they begin with wf_")
    return tuple(ids)


def _shown(secret: Secret) -> str:
    return "  ".join([*(f"host={host}" for host in secret.hosts), *(f"workflow={each}" for each in secret.workflows)])
