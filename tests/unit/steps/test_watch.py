"""What ends something under way, with real threads and short times."""

from threading import Event

import pytest

from stepweave.steps.watch import Watch


@pytest.mark.parametrize(
    ("seconds", "stopped", "cut"), [(0.02, lambda: False, "expired"), (30, lambda: True, "stopped")]
)
def test_it_is_ended_once_and_why_is_told(seconds, stopped, cut):
    ended, calls = Event(), []
    with Watch(seconds, lambda: (calls.append(1), ended.set()), stopped) as watch:
        assert ended.wait(10)
    assert (watch.cut, calls) == (cut, [1])


def test_without_a_sign_only_time_counts():
    ended = Event()
    with Watch(0.02, ended.set) as watch:
        assert ended.wait(10)
    assert watch.cut == "expired"


def test_what_ends_by_itself_is_not_ended():
    with Watch(30, lambda: pytest.fail("it had ended"), lambda: False) as watch:
        pass
    assert watch.cut is None


def test_what_had_no_time_at_all_is_ended_at_once():
    ended = Event()
    with Watch(0, ended.set) as watch:
        assert ended.wait(10)
    assert watch.cut == "expired"
