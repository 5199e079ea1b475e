"""Use cases: functions whose ports are parameters."""
