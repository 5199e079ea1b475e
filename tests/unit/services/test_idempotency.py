from datetime import UTC, datetime, timedelta

import pytest

from fakes.stores import FakeIdempotencyKeys
from stepweave.errors import Conflict
from stepweave.services.idempotency import Claimed, Once, claim, claimed_before, fingerprint

NOW = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
ONCE = Once("run/wf_1", "k")


@pytest.fixture
def keys():
    return FakeIdempotencyKeys()


def test_without_a_key_every_request_makes_its_own(keys):
    assert claim(None, {}, "run_1", keys, NOW) == Claimed("run_1", replayed=False)
    assert claimed_before(None, {}, keys, NOW) is None
    assert not keys.claims


def test_the_same_request_again_makes_what_the_first_makes(keys):
    assert claim(ONCE, {"a": 1, "b": 2}, "run_1", keys, NOW) == Claimed("run_1", replayed=False)
    assert claim(ONCE, {"b": 2, "a": 1}, "run_2", keys, NOW) == Claimed("run_1", replayed=True)
    assert claimed_before(ONCE, {"a": 1, "b": 2}, keys, NOW) == Claimed("run_1", replayed=True)


def test_another_request_with_the_key_is_refused_and_told_what_the_first_made(keys):
    claim(ONCE, {"a": 1}, "run_1", keys, NOW)
    for ask in (lambda: claim(ONCE, {"a": 2}, "run_2", keys, NOW), lambda: claimed_before(ONCE, {"a": 2}, keys, NOW)):
        with pytest.raises(Conflict, match="run_1") as error:
            ask()
        assert error.value.code == "idempotency_conflict"


def test_a_key_is_forgotten_after_its_time(keys):
    claim(Once("run/wf_1", "k", seconds=10), {}, "run_1", keys, NOW)
    later = NOW + timedelta(seconds=10)
    assert claimed_before(ONCE, {}, keys, later) is None
    assert claim(ONCE, {"other": True}, "run_2", keys, later) == Claimed("run_2", replayed=False)


def test_a_fingerprint_tells_values_apart_and_takes_half_surrogate_pairs():
    assert fingerprint({"a": "\ud800"}) != fingerprint({"a": "\ud801"})
    assert fingerprint([1]) != fingerprint(["1"])
