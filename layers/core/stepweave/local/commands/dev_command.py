"""`stepweave dev`: serves until Ctrl-C."""

import argparse
import os
import signal
import threading

from stepweave.local.stack import EmbeddedStack
from stepweave.local.terminal import logged, say


def main(arguments: argparse.Namespace) -> int:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stack = EmbeddedStack(arguments.home, port=arguments.port)
    with logged(None if arguments.verbose else stack.home.log), stack:
        stack.start(allowed_hosts=os.environ.get("HTTP_ALLOWED_HOSTS", ""))
        say(_welcome(stack))
        stop.wait()
        say("\nStopping ...")
    return 0


def _welcome(stack: EmbeddedStack) -> str:
    key = stack.key()
    return f"""\
Stepweave serves {stack.url} (docs: {stack.url}/docs), data and log in {stack.home.folder}/
API key: {key}

Try it:
  curl -s -H 'Authorization: Bearer {key}' {stack.url}/api/workflows

Ctrl-C ends it; what was accepted goes on at the next start."""
