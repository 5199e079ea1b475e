"""Times that can never be: crons, zones, moments and lengths of time written out in a definition."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from stepweave.domain.cron import parse_cron
from stepweave.domain.definition import Definition, Schedule
from stepweave.domain.duration import MAX_SECONDS, seconds_of
from stepweave.domain.inbox import bad_signal_name
from stepweave.domain.moment import is_moment
from stepweave.domain.problem import Problem
from stepweave.domain.step import WaitStep, all_steps
from stepweave.domain.zone import is_zone

MAX_JITTER = 3_600
"""Seconds that a scheduled run may be late on purpose."""


def timing_problems(definition: Definition) -> Iterator[Problem]:
    """Problems of the schedule and of the waits."""
    if definition.schedule is not None:
        yield from _schedule(definition.schedule)
    for at, step in all_steps(definition.steps):
        if isinstance(step, WaitStep):
            yield from _wait(step, f"{at}/config")


def _schedule(schedule: Schedule) -> Iterator[Problem]:
    if reason := _bad_cron(schedule.cron):
        hint = "Write five fields, for example '0 9 * * 1-5', or '@hourly', '@daily', '@every 15m'."
        yield Problem("invalid_cron", "/schedule/cron", f"The schedule's cron '{schedule.cron[:100]}' {reason}", hint)
    if not is_zone(schedule.timezone):
        message = f"There is no time zone '{schedule.timezone[:100]}'"
        hint = "Write a name of the IANA database, for example 'Europe/Berlin' or 'UTC'."
        yield Problem("unknown_timezone", "/schedule/timezone", message, hint)
    for name in ("start_at", "end_at"):
        text = getattr(schedule, name)
        if text is not None and not is_moment(text):
            yield Problem("invalid_time", f"/schedule/{name}", f"'{text[:100]}' is no time", _MOMENT_HINT)
    if _is_over_before_it_begins(schedule):
        hint = "Set end_at later, or leave one of the two out."
        yield Problem("invalid_time", "/schedule/end_at", "The schedule's end_at is not after its start_at", hint)
    if reason := _bad_jitter(schedule):
        hint = f"Write seconds or a duration of at most {MAX_JITTER} seconds, for example '2m'."
        yield Problem("invalid_time", "/schedule/jitter", f"The schedule's jitter {reason}", hint)


def _is_over_before_it_begins(schedule: Schedule) -> bool:
    moments = [text for text in (schedule.start_at, schedule.end_at) if text is not None and is_moment(text)]
    return len(moments) == 2 and datetime.fromisoformat(moments[0]) >= datetime.fromisoformat(moments[1])


def _bad_jitter(schedule: Schedule) -> str:
    seconds = seconds_of(schedule.jitter or 0)
    return "" if seconds == int(seconds) and seconds <= MAX_JITTER else "is not of whole seconds up to an hour"


_MOMENT_HINT = "Write it as ISO 8601 with its offset, for example '2026-11-02T08:30:00Z'."


def _bad_cron(cron: str) -> str:
    """Beside crons, Compozy's `@every` of whole minutes is taken."""
    if cron.startswith("@every "):
        return _bad_every(cron.removeprefix("@every "))
    try:
        parse_cron(cron)
    except ValueError as error:
        return str(error)
    return ""


def _bad_every(text: str) -> str:
    try:
        seconds = seconds_of(text)
    except ValueError as error:
        return str(error)
    return "" if 60 <= seconds <= MAX_SECONDS and seconds % 60 == 0 else "must be of whole minutes, at most 365 days"


def _wait(step: WaitStep, at: str) -> Iterator[Problem]:
    config = step.config
    if isinstance(config.seconds, int | float) and config.seconds > MAX_SECONDS:
        message = f"Step '{step.id}' waits for more than {timedelta(seconds=MAX_SECONDS).days} days"
        hint = "An execution of Step Functions lasts a year at most."
        yield Problem("invalid_time", f"{at}/seconds", message, hint)
    if config.until is not None and "{{" not in config.until and not is_moment(config.until):
        message = f"Step '{step.id}' waits until '{config.until[:100]}', which is no time"
        yield Problem("invalid_time", f"{at}/until", message, _MOMENT_HINT)
    if config.timeout_seconds is not None and config.timeout_seconds > MAX_SECONDS:
        message = f"Step '{step.id}' times out after more than {timedelta(seconds=MAX_SECONDS).days} days"
        hint = "An execution of Step Functions lasts a year at most."
        yield Problem("invalid_time", f"{at}/timeout_seconds", message, hint)
    if config.signal is not None and "{{" not in config.signal and (reason := bad_signal_name(config.signal)):
        message = f"The name of the signal that step '{step.id}' waits for {reason}"
        yield Problem("invalid_signal", f"{at}/signal", message, "Write a short name, for example 'approve'.")
