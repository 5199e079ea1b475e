import pytest

from fakes.samples import a_version, a_workflow
from fakes.workflows import FakeWorkflows
from stepweave.errors import Invalid, NotFound
from stepweave.services.graphs import draw_definition, draw_workflow

STEP = {"id": "fetch", "type": "script", "config": {"language": "shell", "source": "true"}}
DEFINITION = {"name": "Fetch", "steps": [STEP]}


@pytest.mark.parametrize(("form", "start"), [("mermaid", "flowchart TD"), ("svg", "<svg")])
def test_a_draft_and_a_stored_workflow_are_drawn_alike(form, start):
    workflows = FakeWorkflows()
    workflows.create(a_workflow(), a_version(definition=DEFINITION))
    drawn = draw_workflow("wf_1", form, workflows=workflows)
    assert drawn == draw_definition(DEFINITION, form)
    assert drawn.startswith(start)
    assert "fetch" in drawn


def test_an_invalid_definition_is_refused_with_its_problems():
    with pytest.raises(Invalid) as error:
        draw_definition({"name": "Fetch", "steps": [{**STEP, "depends_on": ["absent"]}]}, "svg")
    assert [fault.path for fault in error.value.faults] == ["/definition/steps/0/depends_on/0"]


def test_an_unknown_workflow_is_not_found():
    with pytest.raises(NotFound):
        draw_workflow("wf_9", "svg", workflows=FakeWorkflows())
