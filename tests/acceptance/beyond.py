"""Tests of tests/e2e that need no server of their own, and that this emulator cannot show; each with the reason."""

BEYOND = {
    "tests/e2e/test_runs.py::test_a_run_past_its_time_is_timed_out": "it knows no TimeoutSeconds of a state machine",
}
