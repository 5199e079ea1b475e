"""`wait`: until a moment that is fixed when the step is first entered, or until a condition holds.

For a signal, see `services.signal_waits`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from stepweave.compiler.expressions import truth
from stepweave.domain.duration import MAX_SECONDS, seconds_of
from stepweave.domain.polling import DEFAULT_INTERVAL, interval_after
from stepweave.errors import StepError
from stepweave.services.ports import Done, StepBody, StepContext, Wait
from stepweave.steps.config import invalid_config, kind_of


def wait() -> StepBody:
    """Output `{waited_seconds}`. A moment that has passed is not waited for."""

    def pause(context: StepContext) -> Done | Wait:
        if context.raw.get("condition") is not None:
            return _look(context)
        due = context.due_at or _due(context)
        if context.now < due:
            return Wait(until=due)
        return Done({"waited_seconds": _plain(max(0.0, (due - context.first_entered).total_seconds()))})

    return pause


def _look(context: StepContext) -> Done | Wait:
    """The last look is at the deadline: what holds by then is in time."""
    if context.due_at is not None and context.now < context.due_at:
        return Wait(until=context.due_at)
    waited = max(0.0, (context.now - context.first_entered).total_seconds())
    if truth(context.evaluate(context.raw["condition"])):
        is_first = context.due_at is None and context.attempt == 1
        return Done({"waited_seconds": 0 if is_first else _plain(round(waited, 3))})
    limit = context.raw.get("timeout_seconds")
    if limit is not None and waited >= limit:
        message = f"The condition did not hold within {limit:g} seconds."
        raise StepError("timeout", message, kind="final", details={"timeout_seconds": limit})
    pause = interval_after(waited, context.raw.get("interval_seconds", DEFAULT_INTERVAL))
    left = MAX_SECONDS if limit is None else limit - waited
    return Wait(until=context.now + timedelta(seconds=min(pause, left)))


def _due(context: StepContext) -> datetime:
    config = context.config
    if config.get("until") is not None:
        return _until(config["until"], context.first_entered)
    name = "seconds" if config.get("seconds") is not None else "duration"
    return context.first_entered + timedelta(seconds=_seconds(config.get(name), f"/config/{name}"))


def _seconds(value: Any, pointer: str) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise invalid_config(pointer, f"a number of seconds or a duration is needed; the value is {kind_of(value)}")
    try:
        return seconds_of(value)
    except ValueError as error:
        raise invalid_config(pointer, str(error)) from error
    except OverflowError as error:
        raise invalid_config(pointer, "the number is too large") from error


def _until(value: Any, first_entered: datetime) -> datetime:
    """A moment as RFC 3339 writes it, at most as far away as an execution can last."""
    pointer = "/config/until"
    hint = "a time with its zone is needed, for example 2026-11-02T08:30:00Z"
    if not isinstance(value, str):
        raise invalid_config(pointer, f"{hint}; the value is {kind_of(value)}")
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise invalid_config(pointer, f"{hint}; {value[:100]!r} has no zone")
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise invalid_config(pointer, f"{hint}; the value is {value[:100]!r}") from error
    if (moment - first_entered).total_seconds() > MAX_SECONDS:
        raise invalid_config(pointer, f"{value[:100]!r} is more than 365 days away")
    return moment


def _plain(seconds: float) -> int | float:
    """-> `5` for 5.0, `0.5` for 0.5: whole numbers read better."""
    return int(seconds) if seconds.is_integer() else seconds
