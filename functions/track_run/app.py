"""EventBridge calls this when the execution behind a run has ended."""

from stepweave.bootstrap.track_run import track_run_handler

handler = track_run_handler()
