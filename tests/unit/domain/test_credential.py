import pytest

from stepweave.domain.credential import (
    HIDDEN,
    hidden,
    is_secret_name,
    places_hidden,
    places_of_credentials,
    unhidden,
    with_credentials,
    without_credentials,
)

WHOLE = {
    "model": {"config": {"provider": "openai", "api_key": "sk-1", "params": {"max_tokens": 5}}},
    "env": {"GITHUB_TOKEN": "ghp", "CITY": "Graz", "EMPTY_TOKEN": ""},
    "mcps": [{"id": "a", "headers": {"Authorization": "Bearer x", "X-Team": "blue"}}, {"id": "b"}],
    "tools": [{"id": "t", "config": {"headers": {"authorization": "{{ secrets.x }}"}}}],
    "memory": ["notes"],
}


def test_credentials_are_hidden_and_what_only_names_a_secret_is_not() -> None:
    shown = hidden(WHOLE)
    assert shown["model"]["config"] == {"provider": "openai", "api_key": HIDDEN, "params": {"max_tokens": 5}}
    assert shown["env"] == {"GITHUB_TOKEN": HIDDEN, "CITY": "Graz", "EMPTY_TOKEN": ""}
    assert shown["mcps"][0]["headers"] == {"Authorization": HIDDEN, "X-Team": "blue"}
    assert shown["tools"] == WHOLE["tools"]
    assert shown["memory"] == ["notes"]


def test_what_is_put_back_as_it_was_shown_is_what_was_stored() -> None:
    assert unhidden(hidden(WHOLE), WHOLE) == WHOLE


def test_entries_of_lists_are_found_by_their_id() -> None:
    changed = {"mcps": [{"id": "b"}, {"id": "a", "headers": {"Authorization": HIDDEN}}]}
    assert unhidden(changed, WHOLE)["mcps"][1]["headers"] == {"Authorization": "Bearer x"}


@pytest.mark.parametrize("stored", [{}, {"mcps": "none"}, {"mcps": [1, {"id": [1]}]}, []])
def test_what_was_never_stored_stays_hidden(stored: object) -> None:
    changed = {"env": {"A_TOKEN": HIDDEN}, "mcps": [{"id": "a", "headers": {"Authorization": HIDDEN}}]}
    assert unhidden(changed, stored) == changed


@pytest.mark.parametrize(
    ("name", "secret"),
    [("API_KEY", True), ("x-api-key", True), ("Cookie", True), ("DB_PASSWORD", True), ("CITY", False), ("url", False)],
)
def test_names_tell_whether_a_value_is_secret(name: str, secret: bool) -> None:
    assert is_secret_name(name) is secret


def test_a_configuration_goes_without_its_credentials_and_gets_them_back() -> None:
    bare = without_credentials(WHOLE)
    assert bare["model"]["config"] == {"provider": "openai", "params": {"max_tokens": 5}}
    assert bare["env"] == {"CITY": "Graz", "EMPTY_TOKEN": ""}
    assert bare["mcps"][0]["headers"] == {"X-Team": "blue"}
    assert bare["tools"] == WHOLE["tools"]
    assert with_credentials(bare, WHOLE) == WHOLE


@pytest.mark.parametrize("stored", [{}, None, {"mcps": "none"}, {"mcps": [1]}])
def test_what_was_never_stored_is_not_put_back(stored: object) -> None:
    bare = {"mcps": [{"id": "a"}], "env": {"A_TOKEN": "own"}}
    assert with_credentials(bare, stored) == bare


def test_hidden_values_are_found() -> None:
    places = [
        "/model/config/api_key",
        "/env/GITHUB_TOKEN",
        "/mcps/0/headers/Authorization",
    ]
    assert places_hidden(hidden(WHOLE)) == places
    assert places_hidden(WHOLE) == []


def test_the_places_of_credentials_are_told_hidden_ones_too() -> None:
    whole = [{**WHOLE, "a/b": {"token": HIDDEN}}]
    assert places_of_credentials(whole) == [
        "/0/model/config/api_key",
        "/0/env/GITHUB_TOKEN",
        "/0/mcps/0/headers/Authorization",
        "/0/a~1b/token",
    ]
