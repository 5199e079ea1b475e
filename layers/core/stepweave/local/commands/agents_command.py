"""`stepweave agents`: the agents of the local data folder or of a deployed table."""

import argparse
import json

from stepweave.adapters.resource_store import ResourceStore
from stepweave.adapters.table import Table
from stepweave.bootstrap.clients import utc_now
from stepweave.domain.reference import Ref
from stepweave.domain.resource import DEFAULT_PROJECT
from stepweave.errors import Invalid, NotFound, StepweaveError
from stepweave.local.chosen_table import NoSuchStack, chosen_table
from stepweave.local.definition_file import Unreadable, read_definition
from stepweave.local.terminal import complain, say
from stepweave.local.unusable import Unusable
from stepweave.services.preconditions import ANY, IfMatch
from stepweave.services.resources import get_resource, put_resource, remove_resource, shown

_PAGE = 200


class BadAgent(Unusable):
    """A file that holds no agent."""


def main(arguments: argparse.Namespace) -> int:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        with chosen_table(arguments) as (dynamodb, table):
            return _act(arguments, ResourceStore(Table(dynamodb, table)))
    except Invalid as error:
        for fault in error.faults:
            complain(f"stepweave: {fault.path or '/'}: {fault.message}")
    except (BotoCoreError, ClientError, NoSuchStack, Unreadable) as error:
        complain(f"stepweave: {error}")
    except StepweaveError as error:
        complain(f"stepweave: {error.message}")
    return 1


def _act(arguments: argparse.Namespace, store: ResourceStore) -> int:
    expected = IfMatch(frozenset({arguments.if_match})) if getattr(arguments, "if_match", None) else ANY
    match arguments.action:
        case "put":
            content = read_definition(arguments.file).content
            if not isinstance(content, dict):
                raise BadAgent(f"{arguments.file} holds no object")
            agent_id = arguments.id or content.get("id") or arguments.file.stem
            agent, is_new = put_resource(
                "agent", str(agent_id), content, resources=store, clock=utc_now, expected=expected
            )
            complain(f"{agent.id} is {'put' if is_new else 'changed'}; its ETag is {agent.etag}")
        case "get":
            agent = get_resource("agent", arguments.id, resources=store)
            say(json.dumps({**shown(agent), "etag": agent.etag}, indent=2, ensure_ascii=False))
        case "list":
            _list(store, arguments.prefix)
        case _:
            if not remove_resource(Ref("agent", arguments.id), resources=store, clock=utc_now, expected=expected):
                raise NotFound("agent", arguments.id)
            complain(f"{arguments.id} is deleted")
    return 0


def _list(store: ResourceStore, prefix: str) -> None:
    after = None
    while True:
        page = store.page("agent", DEFAULT_PROJECT, prefix=prefix, limit=_PAGE, at=after)
        for agent in page.rows:
            model = ((agent.content.get("model") or {}).get("config") or {}).get("model") or "no model"
            say(f"{agent.id}  {model}  {agent.updated_at}")
        after = page.after
        if after is None:
            return
