import itertools
from dataclasses import replace

import pytest

from fakes.stores import FakeApiKeys
from fakes.world import FakeClock
from stepweave.domain.api_key import Caller
from stepweave.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from stepweave.ids import ulid
from stepweave.services.api_keys import (
    MAX_MADE,
    CreateKey,
    KeyPorts,
    create_key,
    get_key,
    keys_of,
    list_keys,
    revoke_key,
    rotate_key,
)
from stepweave.services.authentication import authenticate
from stepweave.services.listing import ListQuery


class Stage:
    """`key` makes one and gives who has it."""

    def __init__(self):
        self.keys, self.clock = FakeApiKeys(), FakeClock()
        ids, secrets = itertools.count(1), itertools.count(1)
        self.ports = KeyPorts(
            self.keys, lambda kind: f"{kind}_{ulid(next(ids), 7)}", self.clock, lambda: f"s3cr3t{next(secrets)}"
        )
        self.texts = {}

    def key(self, role="admin", by=None, name="ci", expires_at=None):
        key, text = create_key(by, CreateKey(name, role, expires_at), self.ports)
        self.texts[key.id] = text
        return Caller(key.id, role)

    def opens(self, text):
        try:
            return authenticate(text, keys=self.keys, clock=self.clock).key_id
        except Unauthenticated:
            return None

    def works(self, caller):
        return self.opens(self.texts[caller.key_id]) == caller.key_id


@pytest.fixture
def stage():
    return Stage()


def test_a_key_opens_with_its_text_and_is_stored_as_a_hash(stage):
    caller = stage.key()
    assert stage.works(caller)
    assert stage.texts[caller.key_id].startswith("sw_")
    assert "s3cr3t" not in repr(stage.keys)


def test_a_key_tells_who_made_it_and_until_when_it_lasts(stage):
    maker = stage.key()
    made = stage.key("write", by=maker, expires_at="2026-11-02T09:00:00.000Z")
    key = get_key(maker, made.key_id, stage.ports)
    assert (key.created_by, key.created_at) == (maker.key_id, "2026-11-02T08:30:00.000Z")
    assert key.expires_at == "2026-11-02T09:00:00.000Z"
    stage.clock.advance(1_799)
    assert stage.works(made)
    stage.clock.advance(1)
    assert not stage.works(made)


def test_no_key_gives_more_than_it_has(stage):
    with pytest.raises(Forbidden):
        stage.key("admin", by=stage.key("write"))
    with pytest.raises(Forbidden):
        stage.key("write", by=stage.key("read"))
    assert stage.works(stage.key("read", by=stage.key("read")))


def test_a_key_that_has_expired_already_is_not_made(stage):
    with pytest.raises(Invalid) as error:
        stage.key(expires_at="2026-11-02T08:30:00.000Z")
    assert [fault.path for fault in error.value.faults] == ["/expires_at"]
    assert stage.keys.keys == {}


def test_what_a_key_below_admin_makes_does_not_outlive_it(stage):
    ends = "2026-11-02T09:00:00.000Z"
    maker = stage.key("write", expires_at=ends)
    sooner, later = "2026-11-02T08:45:00.000Z", "2026-12-01T00:00:00.000Z"
    made = [stage.key("read", by=maker, expires_at=wanted).key_id for wanted in (None, later, sooner)]
    assert [stage.keys.get(key_id).expires_at for key_id in made] == [ends, ends, sooner]
    assert stage.keys.get(stage.key("read", by=stage.key(expires_at=ends)).key_id).expires_at is None


def test_a_key_that_is_revoked_while_it_makes_another_has_made_none(stage):
    maker = stage.key("write")
    revoke_key(None, maker.key_id, stage.ports)
    with pytest.raises(Unauthenticated):
        stage.key("read", by=maker)
    admin = stage.key("admin")
    stage.keys.remove(admin.key_id)
    with pytest.raises(Unauthenticated):
        stage.key("read", by=admin)
    assert stage.keys.keys == {}


def test_a_key_below_admin_makes_so_many_keys_with_those_that_come_from_it(stage):
    admin = stage.key()
    first = stage.key("write", by=admin)
    made = [stage.key("write", by=first) for _ in range(MAX_MADE // 2)]
    chain = [made[0]]
    while len(chain) <= MAX_MADE - len(made):
        chain.append(stage.key("read", by=chain[-1]))
    for maker in (first, made[0], chain[-1]):
        with pytest.raises(Conflict) as error:
            stage.key("read", by=maker)
        assert error.value.code == "too_many_keys"
    assert stage.works(stage.key("write", by=admin))
    revoke_key(first, made[1].key_id, stage.ports)
    assert stage.works(stage.key("read", by=chain[-1]))


def test_what_a_key_makes_while_it_is_revoked_goes_with_it(stage):
    """The new key is stored, and its maker looked for, between the list of what there is and the maker's removal."""
    maker = stage.key("write")
    other = stage.key("write", by=maker)
    made = []

    def remove(key_id, remove=stage.keys.remove):
        if key_id in (maker.key_id, other.key_id):
            made.append(stage.key("read", by=Caller(key_id, "write")))
        return remove(key_id)

    stage.keys.remove = remove
    revoke_key(None, maker.key_id, stage.ports)
    assert len(made) == 2
    assert stage.keys.keys == {}


def test_an_admin_manages_all_keys_and_another_key_itself_and_what_it_made(stage):
    admin, one, other = stage.key(), stage.key("write"), stage.key("write")
    made = stage.key("read", by=one)
    assert [key.id for key in keys_of(one, stage.ports)] == [one.key_id, made.key_id]
    assert len(keys_of(admin, stage.ports)) == 4
    for key_id in (one.key_id, made.key_id):
        assert get_key(one, key_id, stage.ports).id == get_key(admin, key_id, stage.ports).id == key_id
    for key_id in (other.key_id, admin.key_id, "key_none"):
        for use in (get_key, revoke_key):
            with pytest.raises(Forbidden):
                use(one, key_id, stage.ports)
        with pytest.raises(Forbidden):
            rotate_key(one, key_id, 0, stage.ports)
    with pytest.raises(NotFound):
        get_key(admin, "key_none", stage.ports)


def test_a_rotated_key_opens_with_its_new_text_alone(stage):
    caller = stage.key("read")
    stage.clock.advance(1)
    key, text = rotate_key(caller, caller.key_id, 0, stage.ports)
    assert key.rotated_at == "2026-11-02T08:30:01.000Z"
    assert stage.opens(text) == caller.key_id
    assert not stage.works(caller)
    assert get_key(caller, caller.key_id, stage.ports) == key


def test_the_old_text_stays_valid_for_the_grace(stage):
    caller = stage.key("read")
    _, text = rotate_key(caller, caller.key_id, 60, stage.ports)
    stage.clock.advance(59)
    assert stage.opens(text)
    assert stage.works(caller)
    stage.clock.advance(1)
    assert stage.opens(text)
    assert not stage.works(caller)


def test_whose_answer_was_lost_rotates_again_with_the_text_it_has(stage):
    caller = stage.key("read")
    _, lost = rotate_key(caller, caller.key_id, 60, stage.ports)
    stage.clock.advance(30)
    _, text = rotate_key(caller, caller.key_id, 60, stage.ports)
    assert stage.works(caller)
    assert stage.opens(lost)
    stage.clock.advance(31)
    assert not stage.works(caller)
    assert stage.opens(text)


def test_without_a_grace_every_older_text_is_out(stage):
    caller = stage.key("read")
    rotate_key(caller, caller.key_id, 600, stage.ports)
    rotate_key(caller, caller.key_id, 0, stage.ports)
    assert not stage.works(caller)
    assert stage.keys.get(caller.key_id).old_secrets == {}


def test_of_two_rotations_at_once_one_is_told_of_the_other(stage):
    caller = stage.key("read")
    read = stage.keys.get(caller.key_id)
    rotate_key(caller, caller.key_id, 0, stage.ports)
    stage.keys.get = lambda _: read
    with pytest.raises(Conflict) as error:
        rotate_key(caller, caller.key_id, 0, stage.ports)
    assert error.value.code == "key_changed"


def test_a_revoked_key_does_not_open_any_more(stage):
    admin, caller = stage.key(), stage.key("read")
    revoke_key(admin, caller.key_id, stage.ports)
    assert not stage.works(caller)
    with pytest.raises(NotFound):
        revoke_key(admin, caller.key_id, stage.ports)


def test_what_a_key_below_admin_has_made_goes_with_it(stage):
    admin = stage.key()
    maker = stage.key("write", by=admin)
    made = stage.key("write", by=maker)
    made_by_that = stage.key("read", by=made)
    revoke_key(maker, maker.key_id, stage.ports)
    assert not any(stage.works(one) for one in (maker, made, made_by_that))
    assert stage.works(admin)


def test_what_an_admin_has_made_stays(stage):
    admin, other = stage.key(), stage.key()
    made = stage.key("write", by=admin)
    revoke_key(other, admin.key_id, stage.ports)
    assert stage.works(made)
    assert not stage.works(admin)


def test_the_last_admin_is_an_operator_s_to_revoke(stage):
    stage.key("write")
    admin, expired = stage.key(), stage.key(expires_at="2026-11-02T08:31:00.000Z")
    stage.clock.advance(60)
    with pytest.raises(Conflict) as error:
        revoke_key(admin, admin.key_id, stage.ports)
    assert error.value.code == "last_admin_key"
    assert stage.works(admin)
    revoke_key(admin, expired.key_id, stage.ports)
    revoke_key(None, admin.key_id, stage.ports)
    assert not stage.works(admin)


def test_another_admin_that_is_revoked_meanwhile_does_not_count(stage):
    one, other = stage.key(), stage.key()
    listed = stage.keys.all()
    revoke_key(other, one.key_id, stage.ports)
    stage.keys.add(replace(listed[0]))
    stage.keys.remove(other.key_id)
    stage.keys.all = lambda: listed
    with pytest.raises(Conflict):
        revoke_key(one, one.key_id, stage.ports)


def test_keys_are_listed_oldest_first_in_pages(stage):
    made = [stage.key().key_id for _ in range(3)]
    page = list_keys(ListQuery(limit=2), stage.ports)
    assert ([key.id for key in page.rows], page.total) == (made[:2], 3)
    assert [key.id for key in list_keys(ListQuery(cursor=page.next_cursor), stage.ports).rows] == made[2:]
