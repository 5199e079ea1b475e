import pytest

from fakes.plans import RETRY
from stepweave.errors import StepError
from stepweave.services.retries import may_retry, pause


@pytest.mark.parametrize(
    ("attempt", "kind", "again"), [(1, "timeout", True), (2, "server_error", True), (3, "timeout", False)]
)
def test_attempts_end_with_the_last_one(attempt, kind, again):
    assert may_retry(RETRY, attempt, kind) is again


def test_a_class_that_is_not_named_is_not_retried():
    assert not may_retry(RETRY, 1, "permanent")
    assert may_retry({**RETRY, "on": ["any"]}, 1, "permanent")


@pytest.mark.parametrize(("attempt", "longest"), [(1, 1.0), (2, 2.0), (3, 4.0), (7, 60.0), (10_000, 60.0)])
def test_the_pause_grows_up_to_its_maximum(attempt, longest):
    error = StepError("c", "m", kind="timeout")
    assert pause(RETRY, attempt, error, 1.0) == longest
    assert pause(RETRY, attempt, error, 0.25) == longest / 4


def test_what_the_other_side_asks_for_is_the_least_pause():
    assert pause(RETRY, 1, StepError("c", "m", retry_after=3600), 0.5) == 3600


def test_what_is_final_is_not_retried_whatever_is_asked_for():
    assert not may_retry({**RETRY, "on": ["any"]}, 1, "final")


def test_a_listed_pause_is_a_tenth_longer_at_most():
    listed = {**RETRY, "pauses": [5.0, 300.0]}
    error = StepError("c", "m", kind="server_error")
    assert pause(listed, 1, error, 0.0) == pytest.approx(5.0)
    assert pause(listed, 2, error, 0.5) == pytest.approx(315.0)
    assert pause(listed, 2, error, 1.0) == pytest.approx(330.0)
    assert pause(listed, 1, StepError("c", "m", retry_after=60), 1.0) == 60
