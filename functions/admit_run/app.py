"""The state machine `delayed_start` calls this when the time of a delayed run has come."""

from stepweave.bootstrap.admit_run import admit_run_handler

handler = admit_run_handler()
