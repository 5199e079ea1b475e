"""Arguments of `stepweave runs`."""

import argparse

from stepweave.local.remote_parser import AddHome

_CONTROL = {
    "cancel": "end a run: nothing more of it starts",
    "pause": "start nothing more of a run until it is resumed",
    "resume": "let a paused or finished run go on",
    "delete": "delete a run that is over, with all that it left",
}


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
    watch = actions.add_parser("watch", help="follow a run until its end, event by event; exit 1 if it failed")
    watch.add_argument("id", help="the run's id: run_...")
    add_home(watch)
    get = actions.add_parser("get", help="show a run with its step runs")
    get.add_argument("id", help="the run's id: run_...")
    get.add_argument("--json", action="store_true", help="print JSON, and nothing else")
    add_home(get)
    for verb, does in _CONTROL.items():
        control = actions.add_parser(verb, help=does)
        control.add_argument("id", help="the run's id: run_...")
        if verb == "resume":
            control.add_argument("--from-step", metavar="STEP", help="run it again, and all that depends on it")
            control.add_argument("--version", type=int, help="default: the one it last ran on")
        add_home(control)
    signal = actions.add_parser("signal", help="send a run a signal: its oldest wait of that name goes on")
    signal.add_argument("id", help="the run's id: run_...")
    signal.add_argument("name", help="the signal's name, as the wait has it")
    signal.add_argument("--payload", default="null", metavar="JSON|@FILE", help="becomes the wait's output")
    signal.add_argument("--idempotency-key", metavar="KEY", help="the same command again sends nothing more")
    signal.add_argument("--json", action="store_true", help="print JSON, and nothing else")
    add_home(signal)
    listing = actions.add_parser("list", help="list runs, newest first")
    listing.add_argument("workflow", nargs="?", help="id or slug; default: runs of all workflows")
    listing.add_argument("--status", help="queued, running, waiting, paused, completed, failed, cancelled or timed_out")
    listing.add_argument("--label", action="append", default=[], metavar="NAME=VALUE", help="may be repeated")
    listing.add_argument("--trigger", help="how they were started: manual, schedule, ...")
    listing.add_argument("--since", metavar="TIME", help="created then or later: 2026-11-02T08:30:00Z")
    listing.add_argument("--until", metavar="TIME", help="created before then")
    listing.add_argument("--limit", type=int, default=50, help="rows at most; default: 50")
    listing.add_argument("--json", action="store_true", help="print JSON, and nothing else")
    add_home(listing)
