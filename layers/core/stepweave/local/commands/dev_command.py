"""`stepweave dev`: serves until Ctrl-C."""

import argparse
import os
import signal
import sys

from stepweave.local.stack import EmbeddedStack
from stepweave.local.terminal import logged, say


def main(arguments: argparse.Namespace) -> int:
    stopped = _stop_signals()
    stack = EmbeddedStack(arguments.home, port=arguments.port)
    with logged(stack.home.log, echoed=arguments.verbose), stack:
        stack.start(allowed_hosts=os.environ.get("HTTP_ALLOWED_HOSTS", ""))
        say(_welcome(stack))
        os.read(stopped, 1)
        say("\nStopping ...")
    sys.stderr.flush()
    # Everything is closed. Functions may still be at work in threads, beside which the interpreter's own end can hang.
    os._exit(0)


def _stop_signals() -> int:
    """A pipe that can be read from once Ctrl-C or SIGTERM has come, whichever thread the system gives it to."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    return reading


def _welcome(stack: EmbeddedStack) -> str:
    key = stack.key()
    return f"""\
Stepweave serves {stack.url} (docs: {stack.url}/docs), data and log in {stack.home.folder}/
API key: {key}

Try it:
  curl -s -H 'Authorization: Bearer {key}' {stack.url}/api/workflows

Ctrl-C ends it; what was accepted goes on at the next start."""
