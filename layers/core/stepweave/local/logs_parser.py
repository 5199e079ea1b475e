"""Arguments of `stepweave logs`."""

import argparse
from collections.abc import Callable

from stepweave.local.remote_parser import AddHome


def add_logs(parser: argparse.ArgumentParser, add_home: AddHome, duration: Callable[[str], float]) -> None:
    parser.add_argument("id", help="the run's id: run_...")
    parser.add_argument(
        "--stack", metavar="NAME", help="of a deployed CloudFormation stack, from CloudWatch, with your AWS credentials"
    )
    parser.add_argument("--since", type=duration, metavar="DURATION", help="90, 5m, 2h ago; default: all of the run")
    parser.add_argument("--json", action="store_true", help="print each line as it was written")
    add_home(parser)
