"""Arguments of `stepweave runs`."""

import argparse

from stepweave.local.remote_parser import AddHome


def add_run_actions(parser: argparse.ArgumentParser, add_home: AddHome) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    start = actions.add_parser("start", help="start a run of a workflow")
    start.add_argument("ref", help="the workflow's id or slug")
    start.add_argument("--input", default="{}", metavar="JSON|@FILE", help="the run's input_data")
    start.add_argument("--label", action="append", default=[], metavar="NAME=VALUE", help="may be repeated")
    start.add_argument("--version", type=int, help="default: the current one")
    start.add_argument("--wait", metavar="SECONDS", help="wait for its end, at most 25 seconds; exit 1 if it failed")
    start.add_argument("--delay", metavar="DURATION", help="start it later: 90, 5m, 1h30m")
    start.add_argument("--idempotency-key", metavar="KEY", help="the same command again starts nothing more")
    start.add_argument("--json", action="store_true", help="print JSON, and nothing else")
    add_home(start)
