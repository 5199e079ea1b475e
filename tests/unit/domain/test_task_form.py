import pytest
from pydantic import ValidationError

from stepweave.domain.task_form import TaskForm

WHOLE = {
    "resource": "task",
    "type": "collection",
    "items": "{{ .workflow.input.cities }}",
    "filter": "item != ''",
    "item_var": "city",
    "mode": "sequential",
    "batch": 5,
    "task": {"id": "one", "type": "basic", "agent": "writer", "action": "greet", "on_error": {"next": "x"}},
    "config": {"retry_policy": {"maximum_attempts": 3}, "on_error": {"next": "handle", "with": {"a": 1}}},
    "routes": {"a": "b", "c": {"type": "basic", "tool": {"id": "t"}}},
    "outputs": {"all": "{{ .output }}"},
    "on_success": {"next": "after"},
}


def test_every_member_may_be_left_out_and_nothing_added() -> None:
    TaskForm.model_validate({})
    TaskForm.model_validate(WHOLE)
    TaskForm.model_validate({"model_config": {"provider": "openai"}, "has_subtasks": True, "subtask_ids": ["a"]})


@pytest.mark.parametrize(
    "content", [{"instruction": "x"}, {"type": "dance"}, {"task": {"nope": 1}}, {"mode": "zigzag"}, {"tool": 5}]
)
def test_what_a_task_has_not_is_refused(content: object) -> None:
    with pytest.raises(ValidationError):
        TaskForm.model_validate(content)
