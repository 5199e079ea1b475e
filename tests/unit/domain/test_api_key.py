from dataclasses import replace

import pytest

from stepweave.domain.api_key import (
    MAX_OLD_SECRETS,
    ApiKey,
    Role,
    allows,
    has_expired,
    key_prefix,
    key_text,
    opens,
    rotated,
    secret_hash,
    split_key_text,
)

KEY = ApiKey(f"key_{'0' * 26}", "ci", "write", secret_hash("s3cret"), "2026-01-01T00:00:00.000Z")


def test_the_text_of_a_key_can_be_taken_apart_again() -> None:
    assert split_key_text(key_text(KEY.id, "s3cret")) == (KEY.id, "s3cret")


@pytest.mark.parametrize(
    "text", ["", "sw_", f"sw_{'0' * 26}", f"sw_{'0' * 25}_x", f"xx_{'0' * 26}_x", f"sw_{'!' * 26}_x"]
)
def test_what_is_no_key_is_none(text: str) -> None:
    assert split_key_text(text) is None


NOW, LATER = "2026-01-02T00:00:00.000Z", "2026-01-03T00:00:00.000Z"


def test_only_the_secret_of_a_key_opens_it() -> None:
    assert opens(KEY, secret_hash("s3cret"), NOW)
    assert not opens(KEY, secret_hash("S3cret"), NOW)


def test_an_old_secret_opens_until_its_time_is_over() -> None:
    key = rotated(KEY, "new", NOW, LATER)
    assert opens(key, "new", LATER)
    assert opens(key, KEY.secret_sha256, NOW)
    assert not opens(key, KEY.secret_sha256, LATER)


def test_of_many_old_secrets_those_that_last_longest_are_kept() -> None:
    key = KEY
    for number in range(MAX_OLD_SECRETS + 2):
        key = rotated(key, f"new{number}", NOW, f"2026-01-0{9 - number}T00:00:00.000Z")
    assert list(key.old_secrets) == [KEY.secret_sha256, "new0", "new1", "new2"]
    assert rotated(key, "last", NOW, NOW).old_secrets == {}


def test_a_key_expires_at_its_moment() -> None:
    assert not has_expired(KEY, LATER)
    key = replace(KEY, expires_at=LATER)
    assert not has_expired(key, NOW)
    assert has_expired(key, LATER)


def test_the_beginning_of_a_text_tells_the_key_and_nothing_secret() -> None:
    assert key_prefix(KEY.id) == f"sw_{'0' * 26}"


@pytest.mark.parametrize(
    ("held", "needed", "is_allowed"),
    [
        ("read", "read", True),
        ("read", "write", False),
        ("write", "read", True),
        ("admin", "write", True),
        ("write", "admin", False),
    ],
)
def test_a_higher_role_may_do_what_a_lower_one_may(held: Role, needed: Role, is_allowed: bool) -> None:
    assert allows(held, needed) is is_allowed
