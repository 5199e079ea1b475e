import pytest

from fakes.stores import FakeApiKeys
from fakes.world import FakeClock
from stepweave.errors import NotFound, Unauthenticated
from stepweave.ids import ulid
from stepweave.services.api_keys import authenticate, create_key, list_keys, revoke_key


@pytest.fixture
def keys():
    return FakeApiKeys()


def create(keys, number=1, role="write"):
    ident = f"key_{ulid(number, 7)}"
    return create_key("ci", role, keys=keys, new_id=lambda _: ident, clock=FakeClock(), new_secret=lambda: "s3cr3t" * 8)


def test_a_key_opens_with_its_text_and_is_stored_as_a_hash(keys):
    key, text = create(keys)
    assert authenticate(text, keys=keys).key_id == key.id
    assert text.startswith("sw_")
    assert "s3cr3t" not in repr(keys)


@pytest.mark.parametrize(
    "change", [lambda t: t + "x", lambda t: t[:-1], lambda _: "sw_" + "0" * 26 + "_x", lambda _: ""]
)
def test_any_other_text_does_not_open(keys, change):
    _, text = create(keys)
    with pytest.raises(Unauthenticated):
        authenticate(change(text), keys=keys)


def test_a_revoked_key_does_not_open_any_more(keys):
    key, text = create(keys)
    revoke_key(key.id, keys=keys)
    with pytest.raises(Unauthenticated):
        authenticate(text, keys=keys)
    with pytest.raises(NotFound):
        revoke_key(key.id, keys=keys)


def test_keys_are_listed_oldest_first(keys):
    made = [create(keys, number)[0] for number in (2, 1)]
    assert list(list_keys(keys=keys)) == made[::-1]
