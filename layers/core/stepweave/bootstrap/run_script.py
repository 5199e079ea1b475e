"""Wires `run_script`."""

import os

from stepweave.bootstrap.handler import Handler


def run_script_handler() -> Handler:
    """`run_step` -> one script. Nothing of AWS is imported.

    On Lambda a script may take four fifths of the memory: a greedy one gets its own error, and the function survives.
    """
    from stepweave.steps.script_runner import run_script

    megabytes = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "0"))
    memory_bytes = megabytes * 1024 * 1024 * 4 // 5 or None
    return lambda event, _: run_script(event, event["timeout_seconds"], memory_bytes=memory_bytes)
