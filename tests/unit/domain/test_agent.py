import pytest
from pydantic import ValidationError

from stepweave.domain.agent import without_leading_dots
from stepweave.domain.agent_form import AgentForm

WHOLE = {
    "model": {"config": {"provider": "openai", "api_key": "sk-1", "params": {"max_tokens": 5}}},
    "env": {"GITHUB_TOKEN": "ghp", "CITY": "Graz", "EMPTY_TOKEN": ""},
    "mcps": [{"id": "a", "headers": {"Authorization": "Bearer x", "X-Team": "blue"}}, {"id": "b"}],
    "tools": [{"id": "t", "config": {"headers": {"authorization": "{{ secrets.x }}"}}}, {"id": "stored"}],
    "memory": ["notes"],
}


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
