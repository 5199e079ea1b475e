"""A rule of EventBridge calls this at each minute that could be a fire time of a schedule."""

from stepweave.bootstrap.fire_schedule import fire_schedule_handler

handler = fire_schedule_handler()
