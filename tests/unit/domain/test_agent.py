import pytest
from pydantic import ValidationError

from stepweave.domain.agent import HIDDEN, etag_of, hidden, is_secret_name, unhidden, without_leading_dots
from stepweave.domain.agent_form import AgentForm

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


def test_equal_configurations_have_one_etag() -> None:
    assert etag_of({"a": 1, "b": {"c": 2, "d": 3}}) == etag_of({"b": {"d": 3, "c": 2}, "a": 1})
    assert etag_of({"a": 1}) != etag_of({"a": 2})


@pytest.mark.parametrize(
    ("name", "secret"),
    [("API_KEY", True), ("x-api-key", True), ("Cookie", True), ("DB_PASSWORD", True), ("CITY", False), ("url", False)],
)
def test_names_tell_whether_a_value_is_secret(name: str, secret: bool) -> None:
    assert is_secret_name(name) is secret


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("{{ .input.city }}", "{{ input.city }}"),
        ("{{.env.X}} and {{- .input.y }}", "{{ env.X}} and {{ input.y }}"),
        ("{{ input.city }}", "{{ input.city }}"),
        ("{{ .5 }}", "{{ .5 }}"),
        (["{{ .input.a }}", {"b": "{{ .input.b }}"}, 1], ["{{ input.a }}", {"b": "{{ input.b }}"}, 1]),
    ],
)
def test_a_leading_dot_is_taken_from_an_expression(written: object, ours: object) -> None:
    assert without_leading_dots(written) == ours


def test_everything_of_an_agent_may_be_left_out_and_nothing_added() -> None:
    AgentForm.model_validate({})
    AgentForm.model_validate(WHOLE)
    with pytest.raises(ValidationError):
        AgentForm.model_validate({"instruction": "typo"})
