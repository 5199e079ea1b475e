"""`stepweave logs`: the lines of one run, from every function, in the order of time."""

import argparse
import json
from datetime import UTC, datetime, timedelta

from stepweave.ids import milliseconds_of
from stepweave.local.deployed_logs import deployed_lines
from stepweave.local.home import Home
from stepweave.local.log_file import lines_of
from stepweave.local.log_lines import LogLine, lines_about, shown
from stepweave.local.terminal import complain, say

_BEFORE = timedelta(minutes=5)
"""Clocks differ, and the request that started a run was there before it."""


def main(arguments: argparse.Namespace) -> int:
    from botocore.exceptions import BotoCoreError, ClientError

    made = milliseconds_of(arguments.id)
    if made is None or not arguments.id.startswith("run_"):
        complain(f"stepweave: '{arguments.id}' is no id of a run: run_ and 26 characters")
        return 1
    try:
        lines = _lines(arguments, datetime.fromtimestamp(made / 1000, UTC) - _BEFORE)
    except (BotoCoreError, ClientError) as error:
        complain(f"stepweave: {error}")
        return 1
    for line in lines:
        say(json.dumps(line.entry, ensure_ascii=False) if arguments.json else shown(line))
    if not lines:
        where = f"the stack '{arguments.stack}'" if arguments.stack else f"{arguments.home}/log"
        complain(f"stepweave: nothing in {where} is about {arguments.id}; logs are not kept for ever")
    return 0 if lines else 1


def _lines(arguments: argparse.Namespace, made: datetime) -> list[LogLine]:
    since = datetime.now(UTC) - timedelta(seconds=arguments.since) if arguments.since is not None else made
    if arguments.stack:
        return deployed_lines(arguments.id, arguments.stack, since)
    return list(lines_about(arguments.id, lines_of(Home(arguments.home).log), since))
