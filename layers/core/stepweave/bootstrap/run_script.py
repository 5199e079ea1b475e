"""Wires `run_script`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stepweave.bootstrap.handler import Handler

MAX_PROCESSES = 512
"""Half of the processes and threads that an execution environment has (AWS Lambda quotas)."""


def run_script_handler() -> Handler:
    """`run_step` -> one script. Nothing of AWS is imported.

    On Lambda a script may take four fifths of the memory: a greedy one gets its own error, and the function survives.
    SCRIPT_SCRATCH names the folder that is emptied after each script, so that the next one finds nothing: all that is
    writable on Lambda, and nothing where the variable is not set, for a folder that others use must not be emptied.
    """
    from stepweave.steps.script_runner import run_script
    from stepweave.steps.seclusion import hide_process, sweep

    megabytes = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "0"))
    memory_bytes = megabytes * 1024 * 1024 * 4 // 5 or None
    scratch = Path(os.environ["SCRIPT_SCRATCH"]) if os.environ.get("SCRIPT_SCRATCH") else None
    hide_process(os.environ)

    def handle(event: Mapping[str, Any], _: Any) -> Mapping[str, Any]:
        try:
            return run_script(
                event, event["timeout_seconds"], memory_bytes=memory_bytes, processes=MAX_PROCESSES, parent=scratch
            )
        finally:
            if scratch is not None:
                sweep(scratch)

    return handle
