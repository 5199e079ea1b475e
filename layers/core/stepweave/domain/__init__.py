"""Data and rules: what a workflow, a run and their parts are. No I/O, no clock, no AWS."""
