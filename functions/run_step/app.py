"""Every Task state of a compiled state machine calls this, with the ids of a run and one of its steps."""

from stepweave.bootstrap.run_step import run_step_handler

handler = run_step_handler()
