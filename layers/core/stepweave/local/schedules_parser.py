"""Arguments of `stepweave schedules`."""

import argparse

from stepweave.domain.schedule import OVERLAP_POLICIES
from stepweave.local.remote_parser import AddHome

_OF_ONE = {
    "get": "show a schedule",
    "next": "tell when a schedule fires next, in its zone",
    "fire": "fire a schedule now, under its own policy",
    "backfill": "start a run for each fire time of a stretch of time",
    "enable": "let a schedule fire again",
    "disable": "let a schedule fire no more until it is enabled",
    "delete": "delete a schedule; the runs that it started stay",
}


def add_schedule_actions(parser: argparse.ArgumentParser, add_home: AddHome) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list the schedules of a workflow, the next to fire first")
    listing.add_argument("workflow", help="the workflow's id or slug")
    _add_json(listing, add_home)
    _add_create(actions.add_parser("create", help="make a schedule; prints its id"), add_home)
    for verb, does in _OF_ONE.items():
        action = actions.add_parser(verb, help=does)
        action.add_argument("id", help="the schedule's id: sched_...")
        if verb == "next":
            action.add_argument("--count", type=int, default=10, help="default: 10")
        if verb == "backfill":
            action.add_argument("--from", dest="since", required=True, metavar="TIME", help="2026-11-02T08:30:00Z")
            action.add_argument("--to", dest="until", required=True, metavar="TIME", help="both are included")
        _add_json(action, add_home)
    migrate = actions.add_parser("migrate", help="move all schedules of a deployed stack to the backend it is set to")
    migrate.add_argument("--stack", required=True, metavar="NAME", help="with your AWS credentials")


def _add_create(create: argparse.ArgumentParser, add_home: AddHome) -> None:
    create.add_argument("workflow", help="the workflow's id or slug")
    when = create.add_mutually_exclusive_group(required=True)
    when.add_argument("--cron", metavar="FIELDS", help="five fields of local time, or @daily and the like")
    when.add_argument("--rate", metavar="DURATION", help="15 minutes, 2h: of whole minutes")
    create.add_argument("--timezone", metavar="ZONE", help="a name of the IANA database; default: UTC")
    create.add_argument("--input", default="{}", metavar="JSON|@FILE", help="the input_data of each run")
    create.add_argument("--start-at", metavar="TIME", help="nothing fires before: 2026-11-02T08:30:00Z")
    create.add_argument("--end-at", metavar="TIME", help="nothing fires from then on")
    create.add_argument("--jitter", metavar="DURATION", help="start up to so much later; at most 1h")
    create.add_argument("--catch-up", metavar="DURATION", help="how late a lost fire may still start; at most 24h")
    create.add_argument("--overlap-policy", choices=OVERLAP_POLICIES, help="while the last run is on; default: skip")
    create.add_argument("--disabled", action="store_true", help="fire nothing until it is enabled")
    _add_json(create, add_home)


def _add_json(parser: argparse.ArgumentParser, add_home: AddHome) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON, and nothing else")
    add_home(parser)
