"""The port `IdempotencyKeys`."""

from datetime import UTC, datetime, timedelta

from stepweave.services.ports import Claim

NOW = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
FIRST, SECOND = Claim("run_1", "digest"), Claim("run_2", "other")


def claim(stores, wanted, *, scope="run/wf_1", key="k", now=NOW, seconds=60):
    return stores.idempotency.claim(scope, key, wanted, now, now + timedelta(seconds=seconds))


def test_the_first_claim_stands_however_often_others_come(stores):
    assert [claim(stores, each) for each in (FIRST, SECOND, FIRST, SECOND)] == [FIRST] * 4


def test_a_claim_is_found_while_it_stands(stores):
    assert stores.idempotency.standing("run/wf_1", "k", NOW) is None
    claim(stores, FIRST)
    assert stores.idempotency.standing("run/wf_1", "k", NOW + timedelta(seconds=59)) == FIRST
    assert stores.idempotency.standing("run/wf_1", "k", NOW + timedelta(seconds=60)) is None


def test_a_claim_that_has_expired_is_replaced(stores):
    claim(stores, FIRST)
    assert claim(stores, SECOND, now=NOW + timedelta(seconds=60)) == SECOND
    assert claim(stores, FIRST, now=NOW + timedelta(seconds=61)) == SECOND


def test_keys_and_scopes_do_not_meet(stores):
    claim(stores, FIRST)
    assert claim(stores, SECOND, key="k2") == SECOND
    assert claim(stores, SECOND, scope="run/wf_2") == SECOND


def test_any_text_is_a_key(stores):
    key = "é\x00#/ " * 50
    assert [claim(stores, each, key=key) for each in (FIRST, SECOND)] == [FIRST, FIRST]
