import pytest

from fakes.plans import RETRY
from stepweave.domain.pause import longest_pause


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 1.0), (2, 2.0), (3, 4.0), (7, 60.0), (10_000, 60.0)])
def test_the_pause_grows_up_to_its_maximum(attempt: int, seconds: float) -> None:
    assert longest_pause(RETRY, attempt) == seconds


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 5.5), (2, 330.0), (3, 330.0), (99, 330.0)])
def test_listed_pauses_are_taken_in_turn_and_may_be_a_tenth_longer(attempt: int, seconds: float) -> None:
    assert longest_pause({**RETRY, "pauses": [5.0, 300.0]}, attempt) == pytest.approx(seconds)
