import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepweave.domain.rate_limit import SECOND, RateLimit, RateLimited, allowance, token_taken

LIMIT = RateLimit(per_second=2, burst=3)


def test_a_fresh_bucket_is_full() -> None:
    left = allowance(LIMIT, 0, 7 * SECOND)
    assert (left.limit, left.remaining, left.reset_seconds, left.reset_at, left.retry_after) == (3, 3, 0, 7, 0)


def test_what_is_left_is_told_after_each_token() -> None:
    full_at, told = 0, []
    for _ in range(3):
        taken = token_taken(LIMIT, full_at, SECOND)
        assert taken is not None
        full_at = taken
        left = allowance(LIMIT, full_at, SECOND)
        told.append((left.remaining, left.reset_seconds, left.reset_at, left.retry_after))
    assert told == [(2, 1, 2, 0), (1, 1, 2, 0), (0, 2, 3, 1)]
    assert token_taken(LIMIT, full_at, SECOND) is None


def test_half_a_token_is_none() -> None:
    assert allowance(LIMIT, 1_250_000, SECOND).remaining == 2
    assert allowance(LIMIT, 2_250_000, SECOND).remaining == 0


@pytest.mark.parametrize(("per_second", "interval"), [(1, SECOND), (3, 333_334), (50, 20_000), (7, 142_858)])
def test_a_token_never_comes_back_too_early(per_second: int, interval: int) -> None:
    assert RateLimit(per_second, 1).interval == interval


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 200),
    st.integers(1, 50),
    st.lists(st.integers(-SECOND // 5, SECOND), min_size=1, max_size=80),
)
def test_in_no_time_do_more_requests_get_through_than_promised_whatever_clocks_do(
    per_second: int, burst: int, steps: list[int]
) -> None:
    """Clocks of several processes differ, so that the moments of requests that follow each other need not grow."""
    limit, now, full_at = RateLimit(per_second, burst), 10 * SECOND, 0
    taken: list[int] = []
    for step in steps:
        now = max(0, now + step)
        after = token_taken(limit, full_at, now)
        assert after is None or after > full_at
        if after is not None:
            full_at = after
            taken.append(now)
    moments = sorted(taken)
    for first, start in enumerate(moments):
        for last in range(first, len(moments)):
            assert last - first + 1 <= burst + per_second * (moments[last] - start) / SECOND


def test_who_keeps_to_the_rate_is_never_refused() -> None:
    limit, full_at = RateLimit(50, 1), 0
    for tick in range(1000):
        taken = token_taken(limit, full_at, tick * limit.interval)
        assert taken is not None
        full_at = taken


@pytest.mark.parametrize(("full_at", "seconds"), [(3 * SECOND + 1, 2), (2 * SECOND, 1)])
def test_who_is_refused_is_told_the_whole_seconds_until_a_token_is_there_at_least_one(
    full_at: int, seconds: int
) -> None:
    error = RateLimited("key_1", allowance(LIMIT, full_at, SECOND))
    assert (error.retry_after, error.key_id) == (seconds, "key_1")
    assert f"in {seconds} s" in error.message
