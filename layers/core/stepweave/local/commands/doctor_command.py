"""`stepweave doctor`: examines a deployed stack."""

import argparse
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict

from botocore.exceptions import BotoCoreError, ClientError

from stepweave.bootstrap.clients import client, utc_now
from stepweave.local.doctor.deployment import Clients, find_deployment
from stepweave.local.doctor.examination import examine
from stepweave.local.doctor.finding import Finding
from stepweave.local.terminal import complain, say

_SIGNS = {"ok": "ok     ", "warning": "WARNING", "error": "ERROR  "}


def main(arguments: argparse.Namespace, clients: Clients = client, out: Callable[[str], None] = say) -> int:
    """Exit code 1 when anything is an error, or the stack cannot be found."""
    try:
        deployment = find_deployment(arguments.stack, clients, utc_now)
    except (BotoCoreError, ClientError) as error:
        complain(f"stepweave: {error}")
        return 1
    found = []
    for check, finding in examine(deployment):
        found.append((check, finding))
        if not arguments.json:
            out(_shown(check, finding))
    if arguments.json:
        out(json.dumps([{"check": check, **asdict(finding)} for check, finding in found], indent=2))
    return _exit_code(finding for _, finding in found)


def _shown(check: str, finding: Finding) -> str:
    line = f"{_SIGNS[finding.level]}  {check}: {finding.said}"
    return f"{line}\n           -> {finding.advice}" if finding.advice else line


def _exit_code(findings: Iterable[Finding]) -> int:
    return int(any(finding.level == "error" for finding in findings))
