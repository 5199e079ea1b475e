from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stepweave.errors import StepError, StepNotAvailable
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


def test_a_form_of_a_later_release_says_so(make_context: MakeContext) -> None:
    with pytest.raises(StepNotAvailable):
        wait()(make_context({"condition": "x"}))
