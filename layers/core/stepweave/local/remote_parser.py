"""Arguments of the commands that talk to a server."""

import argparse
from collections.abc import Callable
from pathlib import Path

from stepweave.domain.workflow import TRIGGER_TYPES, WORKFLOW_STATUSES

AddHome = Callable[[argparse.ArgumentParser], None]


def add_workflow_actions(parser: argparse.ArgumentParser, add_home: AddHome) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, does: str, *, ref: bool = True) -> argparse.ArgumentParser:
        found = actions.add_parser(name, help=does)
        if ref:
            found.add_argument("ref", help="the workflow's id or slug")
        _add_json(found)
        add_home(found)
        return found

    listing = action("list", "list workflows", ref=False)
    listing.add_argument("--status", choices=WORKFLOW_STATUSES)
    listing.add_argument("--trigger-type", choices=TRIGGER_TYPES)
    listing.add_argument("--tag", action="append", default=[], help="may be repeated: all must hold")
    listing.add_argument("--q", metavar="WORD", help="a word of the name, or its beginning")
    listing.add_argument("--limit", type=int, help="how many at most; default: all")
    action("get", "show a workflow and its definition")
    create = action("create", "make a workflow of a definition", ref=False)
    create.add_argument("file", type=Path, help="a definition, JSON or YAML")
    create.add_argument("--slug", help="a name to use in paths")
    create.add_argument("--status", choices=WORKFLOW_STATUSES)
    create.add_argument("--tag", action="append", help="may be repeated; default: the definition's")
    put = action("put", "give a workflow a new definition")
    put.add_argument("file", type=Path, help="a definition, JSON or YAML")
    put.add_argument("--summary", metavar="TEXT", help="what has changed; default: told by the difference")
    put.add_argument("--tag", action="append", help="may be repeated; default: those it has")
    put.add_argument("--if-match", metavar="ETAG", help="only if the workflow is still the one of that ETag")
    action("versions", "list the versions of a workflow")
    diff = action("diff", "compare two versions of a workflow")
    diff.add_argument("v1", type=int)
    diff.add_argument("v2", type=int)
    action("rollback", "make an earlier version the current one").add_argument("version", type=int)
    action("status", "set a workflow's status").add_argument("status", choices=WORKFLOW_STATUSES)
    delete = action("delete", "delete a workflow and its versions")
    delete.add_argument("--force", action="store_true", help="cancel its active runs first")


def add_template_actions(parser: argparse.ArgumentParser, add_home: AddHome) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, does: str, *, ref: bool = True) -> argparse.ArgumentParser:
        found = actions.add_parser(name, help=does)
        if ref:
            found.add_argument("ref", help="the template's id, or the slug of a built-in one")
        _add_json(found)
        add_home(found)
        return found

    listing = action("list", "list templates", ref=False)
    listing.add_argument("--category")
    listing.add_argument("--q", metavar="WORD", help="in the name or a tag")
    action("get", "show a template, its parameters and its definition")
    install = action("install", "make a workflow of a template; prints its id")
    install.add_argument("--name", help="of the workflow; default: the template's")
    install.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE", help="may be repeated")
    install.add_argument("--tag", dest="tags", action="append", help="may be repeated; default: the template's")
    create = action("create", "make a template of a definition or of a workflow; prints its id", ref=False)
    source = create.add_mutually_exclusive_group(required=True)
    source.add_argument("file", nargs="?", type=Path, help="a definition, JSON or YAML")
    source.add_argument("--workflow", dest="workflow_id", metavar="REF", help="a workflow's id or slug")
    create.add_argument("--version", type=int, help="of that workflow; default: the current one")
    for name in ("name", "description", "category"):
        create.add_argument(f"--{name}")
    create.add_argument("--tag", dest="tags", action="append", help="may be repeated; default: the definition's")
    create.add_argument("--parameters", metavar="FILE", help="the JSON Schema of its parameters, JSON or YAML")
    action("delete", "delete a template of your own")


def add_export(parser: argparse.ArgumentParser, add_home: AddHome) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the files go, one for each workflow")
    parser.add_argument("--tag", action="append", default=[], help="only workflows with this tag; may be repeated")
    add_home(parser)


def add_import(parser: argparse.ArgumentParser, add_home: AddHome) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder with files of workflows, or one such file")
    parser.add_argument(
        "--on-conflict",
        choices=("version", "fail", "copy"),
        default="version",
        help="what happens to a workflow that is there and another; default: version",
    )
    add_home(parser)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")
