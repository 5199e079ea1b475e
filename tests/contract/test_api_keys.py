"""The ports `ApiKeys` and `KeyUses`."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from stepweave.adapters.key_uses import KeyUseStore
from stepweave.domain.api_key import ApiKey, secret_hash
from stepweave.domain.rate_limit import RateLimit
from stepweave.services.moments import microseconds_of, moment_of

NOW = "2026-11-02T08:30:00.000Z"
LATER = "2026-11-02T08:30:01.000Z"
AT = microseconds_of(moment_of(NOW))
SECOND = 1_000_000
LIMIT = RateLimit(per_second=2, burst=3)
SECRET = secret_hash("secret")


def a_key(name="a", **facts):
    return replace(ApiKey(f"key_{name}", name, "admin", SECRET, NOW), **facts)


@pytest.fixture
def keys(stores):
    return stores.api_keys


@pytest.fixture
def uses(stores):
    stores.api_keys.add(a_key())
    return stores.key_uses


def test_keys_are_kept_listed_and_removed(keys):
    made = [
        a_key("b", created_by="key_a", expires_at=NOW, rotated_at=NOW, last_used_at=NOW, old_secrets={"ab": LATER}),
        a_key("a", role="read"),
    ]
    for key in made:
        keys.add(key)
    assert keys.get("key_b") == made[0]
    assert [key.id for key in keys.all()] == ["key_a", "key_b"]
    assert keys.remove("key_b")
    assert not keys.remove("key_b")
    assert keys.get("key_b") is None


def test_pages_of_keys_begin_with_the_oldest_and_go_on_after_the_cursor(keys):
    for name in "cab":
        keys.add(a_key(name))
    first = keys.page(limit=2, offset=0, cursor=None)
    assert ([key.name for key in first.rows], first.total) == (["a", "b"], 3)
    last = keys.page(limit=2, offset=0, cursor=first.next_cursor)
    assert ([key.name for key in last.rows], last.next_cursor) == (["c"], None)
    assert [key.name for key in keys.page(limit=2, offset=1, cursor=None).rows] == ["b", "c"]


def test_a_key_is_removed_beside_another_only_while_that_one_is_there(keys):
    for name in "ab":
        keys.add(a_key(name))
    assert not keys.remove_beside("key_a", "key_c")
    assert keys.remove_beside("key_a", "key_b")
    assert keys.remove_beside("key_a", "key_b")  # again: it is gone already
    assert not keys.remove_beside("key_b", "key_a")
    assert [key.name for key in keys.all()] == ["b"]


def test_a_key_is_rotated_once_from_what_it_was_and_again_by_the_same_call(keys):
    keys.add(a_key())
    changed = a_key(secret_sha256="new", rotated_at=LATER, old_secrets={SECRET: LATER})
    assert keys.rotate(changed, was=SECRET)
    assert keys.get("key_a") == changed
    assert keys.rotate(changed, was=SECRET)
    assert not keys.rotate(replace(changed, secret_sha256="other"), was=SECRET)
    assert not keys.rotate(a_key("b"), was=SECRET)
    assert keys.all() == [changed]


def test_a_bucket_gives_its_burst_at_once_then_one_token_an_interval(uses):
    taken = [uses.take("key_a", SECRET, LIMIT, AT) for _ in range(4)]
    assert [use.taken for use in taken] == [True, True, True, False]
    assert [use.full_at - AT for use in taken] == [500_000, 1_000_000, 1_500_000, 1_500_000]
    assert not uses.take("key_a", SECRET, LIMIT, AT + 499_999).taken
    assert uses.take("key_a", SECRET, LIMIT, AT + 500_000).taken
    assert not uses.take("key_a", SECRET, LIMIT, AT + 500_000).taken
    much_later = uses.take("key_a", SECRET, LIMIT, AT + 60 * SECOND)
    assert (much_later.taken, much_later.full_at) == (True, AT + 60 * SECOND + 500_000)


def test_a_use_notes_when_it_was_and_a_refused_one_does_not(uses, keys):
    for number in range(4):
        uses.take("key_a", SECRET, LIMIT, AT + number)
    assert keys.get("key_a").last_used_at == NOW
    assert uses.take("key_a", SECRET, LIMIT, AT + SECOND).key.last_used_at == LATER


def test_another_secret_and_an_unknown_or_expired_key_take_nothing_and_make_nothing(uses, keys):
    keys.add(a_key("b", expires_at=LATER))
    assert uses.take("key_c", SECRET, LIMIT, AT).key is None
    assert not uses.take("key_a", secret_hash("other"), LIMIT, AT).taken
    assert uses.take("key_b", SECRET, LIMIT, AT).taken
    expired = uses.take("key_b", SECRET, LIMIT, AT + SECOND)
    assert (expired.key.expires_at, expired.taken) == (LATER, False)
    assert [(key.name, key.last_used_at) for key in keys.all()] == [("a", None), ("b", NOW)]


def test_an_old_secret_takes_tokens_of_the_same_bucket_as_long_as_its_grace_lasts(uses, keys):
    keys.rotate(a_key(secret_sha256="new", old_secrets={SECRET: LATER}), was=SECRET)
    taken = [uses.take("key_a", hashed, LIMIT, AT).taken for hashed in (SECRET, "new", SECRET, "new")]
    assert taken == [True, True, True, False]
    assert not uses.take("key_a", SECRET, LIMIT, AT + SECOND).taken
    assert uses.take("key_a", "new", LIMIT, AT + SECOND).taken


def test_a_key_that_was_made_before_there_were_limits_opens(stores):
    """Its item has neither a bucket nor old secrets."""
    stores.api_keys.add(a_key())
    if hasattr(stores.api_keys, "_table"):
        stores.api_keys._table.update("KEY#key_a", "KEY", "REMOVE #old_secrets", "attribute_exists(pk)", {})
    assert stores.key_uses.take("key_a", SECRET, LIMIT, AT).taken
    assert not stores.key_uses.take("key_a", "other", LIMIT, AT).taken


@pytest.mark.parametrize("processes", [1, 5])
def test_fifty_clients_at_once_never_get_more_than_the_burst_and_what_comes_back(stores, processes):
    """Each process knows only what it has seen itself, and each client is at another moment of one second."""
    stores.api_keys.add(a_key())
    limit = RateLimit(per_second=10, burst=40)
    real = hasattr(stores.api_keys, "_table")
    uses = [KeyUseStore(stores.api_keys._table) if real else stores.key_uses for _ in range(processes)]
    moments = [AT + SECOND * tick // 10 for tick in range(11)]  # one second

    def client(number):
        return [uses[number % processes].take("key_a", SECRET, limit, moment).taken for moment in moments]

    with ThreadPoolExecutor(50) as pool:
        taken = sum(sum(client_taken) for client_taken in pool.map(client, range(50)))
    assert taken <= limit.burst + limit.per_second
    assert taken >= limit.burst
