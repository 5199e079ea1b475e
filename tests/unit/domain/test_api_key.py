import pytest

from stepweave.domain.api_key import ApiKey, Role, allows, key_text, matches, secret_hash, split_key_text

KEY = ApiKey(f"key_{'0' * 26}", "ci", "write", secret_hash("s3cret"), "2026-01-01T00:00:00.000Z")


def test_the_text_of_a_key_can_be_taken_apart_again() -> None:
    assert split_key_text(key_text(KEY.id, "s3cret")) == (KEY.id, "s3cret")


@pytest.mark.parametrize(
    "text", ["", "sw_", f"sw_{'0' * 26}", f"sw_{'0' * 25}_x", f"xx_{'0' * 26}_x", f"sw_{'!' * 26}_x"]
)
def test_what_is_no_key_is_none(text: str) -> None:
    assert split_key_text(text) is None


def test_only_the_secret_of_a_key_matches() -> None:
    assert matches(KEY, "s3cret")
    assert not matches(KEY, "S3cret")


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
