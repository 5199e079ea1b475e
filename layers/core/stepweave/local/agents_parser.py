"""The arguments of `stepweave agents`."""

import argparse
from collections.abc import Callable
from pathlib import Path


def add_agent_actions(agents: argparse.ArgumentParser, add_home: Callable[[argparse.ArgumentParser], None]) -> None:
    actions = agents.add_subparsers(dest="action", metavar="put|get|list|delete", required=True)
    put = actions.add_parser("put", help="make an agent, or change it")
    put.add_argument("file", type=Path, help="its configuration, JSON or YAML")
    put.add_argument("--id", help="default: the file's `id`, else its name")
    get = actions.add_parser("get", help="print an agent as JSON, without credentials")
    listing = actions.add_parser("list", help="list agents")
    listing.add_argument("--prefix", default="", help="those whose id begins so")
    delete = actions.add_parser("delete", help="delete an agent; steps that name it fail from then on")
    for action in (get, delete):
        action.add_argument("id")
    for action in (put, delete):
        action.add_argument("--if-match", metavar="ETAG", help="only if the agent has this ETag")
    for action in (put, get, listing, delete):
        where = action.add_mutually_exclusive_group()
        where.add_argument("--table", metavar="NAME", help="a deployed table, with your AWS credentials")
        where.add_argument("--stack", metavar="NAME", help="a deployed CloudFormation stack, with your AWS credentials")
        add_home(action)
