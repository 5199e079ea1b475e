from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stepweave.errors import StepError
from stepweave.services.ports import Done, StepContext, Wait
from stepweave.steps.wait import wait

MakeContext = Callable[..., StepContext]
ENTERED = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("config", "seconds"),
    [
        ({"seconds": 5}, 5),
        ({"seconds": 0.5}, 0.5),
        ({"seconds": "7"}, 7),
        ({"duration": "1h30m"}, 5400),
        ({"duration": 90}, 90),
        ({"until": "2026-11-02T08:31:00Z"}, 60),
        ({"until": "2026-11-02T03:30:10-05:00"}, 10),
    ],
)
def test_the_due_time_is_counted_from_the_first_entry(
    make_context: MakeContext, config: dict[str, Any], seconds: float
) -> None:
    assert wait()(make_context(config, first_entered=ENTERED)) == Wait(until=ENTERED + timedelta(seconds=seconds))


def test_a_later_entry_keeps_the_due_time_that_was_fixed(make_context: MakeContext) -> None:
    due = ENTERED + timedelta(seconds=20)
    context = make_context({"seconds": 99}, due_at=due, now=due - timedelta(seconds=1), first_entered=ENTERED)
    assert wait()(context) == Wait(until=due)


def test_at_its_due_time_it_is_done(make_context: MakeContext) -> None:
    due = ENTERED + timedelta(seconds=20)
    context = make_context({"seconds": 20}, due_at=due, now=due + timedelta(seconds=3), first_entered=ENTERED)
    assert wait()(context) == Done({"waited_seconds": 20})


@pytest.mark.parametrize("config", [{"seconds": 0}, {"until": "2020-01-01T00:00:00Z"}])
def test_a_moment_that_has_passed_is_not_waited_for(make_context: MakeContext, config: dict[str, Any]) -> None:
    assert wait()(make_context(config)) == Done({"waited_seconds": 0})


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"seconds": -1}, "/config/seconds"),
        ({"seconds": "soon"}, "/config/seconds"),
        ({"seconds": True}, "/config/seconds"),
        ({"seconds": {}}, "/config/seconds"),
        ({"seconds": [1]}, "/config/seconds"),
        ({"seconds": float("nan")}, "/config/seconds"),
        ({"seconds": 10**400}, "/config/seconds"),
        ({"seconds": 366 * 86400}, "/config/seconds"),
        ({"duration": "5 parsecs"}, "/config/duration"),
        ({}, "/config/duration"),
        ({"until": "tomorrow"}, "/config/until"),
        ({"until": "2026-11-02T08:31:00"}, "/config/until"),
        ({"until": "0001-01-01T00:00:00+23:00"}, "/config/until"),
        ({"until": 5}, "/config/until"),
        ({"until": "2030-01-01T00:00:00Z"}, "/config/until"),
    ],
)
def test_a_value_that_is_no_time_is_named_with_its_place(
    make_context: MakeContext, config: dict[str, Any], path: str
) -> None:
    with pytest.raises(StepError) as caught:
        wait()(make_context(config))
    assert caught.value.code == "invalid_config"
    assert caught.value.details == {"path": path}


def look(make_context: MakeContext, finds: Any, after: float = 0, due: float | None = None, **config: Any) -> Any:
    """What a look so many seconds after the first entry comes to."""
    moment = None if due is None else ENTERED + timedelta(seconds=due)
    now = ENTERED + timedelta(seconds=after)
    context = make_context(
        {"condition": "x", **config}, evaluate=lambda _: finds, now=now, first_entered=ENTERED, due_at=moment
    )
    outcome = wait()(context)
    return (outcome.until - ENTERED).total_seconds() if isinstance(outcome, Wait) else outcome.output


def test_a_condition_that_holds_at_once_is_not_waited_for(make_context: MakeContext) -> None:
    assert look(make_context, True) == {"waited_seconds": 0}


def test_one_that_does_not_hold_is_looked_at_again_after_its_interval(make_context: MakeContext) -> None:
    assert look(make_context, False) == 30
    assert look(make_context, False, 31, 30, interval_seconds=5) == 36
    assert look(make_context, True, 36, 36) == {"waited_seconds": 36}


def test_before_it_is_due_nothing_is_evaluated(make_context: MakeContext) -> None:
    assert look(make_context, True, 29, 30) == 30


def test_a_look_comes_no_sooner_than_a_fiftieth_of_the_time_waited_nor_later_than_a_day(
    make_context: MakeContext,
) -> None:
    assert look(make_context, False, 3600) == 3600 + 72
    assert look(make_context, False, 200 * 86400) == 201 * 86400


def test_the_last_look_is_at_the_deadline_and_may_still_find_that_it_holds(make_context: MakeContext) -> None:
    assert look(make_context, False, 30, timeout_seconds=40) == 40
    assert look(make_context, True, 40, 40, timeout_seconds=40) == {"waited_seconds": 40}


def test_what_does_not_hold_in_time_fails_and_is_not_tried_again(make_context: MakeContext) -> None:
    with pytest.raises(StepError) as caught:
        look(make_context, False, 40, 40, timeout_seconds=40)
    assert (caught.value.code, caught.value.kind) == ("timeout", "final")
    assert caught.value.details == {"timeout_seconds": 40}
