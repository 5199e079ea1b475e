"""Tools of Compozy's that steps call."""

from compozy_documents import Json, task, workflow
from stepweave.compozy.definition import translate
from stepweave.compozy.source import with_source
from stepweave.compozy.step_tools import step_tools

SHOP: Json = {"id": "shop", "config": {"url": "https://shop.example.com"}}
DOCUMENT: Json = workflow(
    task("basic", "named", tool="shop", on_success={"next": "group"}),
    task("composite", "group", tasks=[task("basic", "inside", tool={"id": "own", "config": SHOP["config"]})]),
    tools=[SHOP],
)


def test_the_tools_of_tasks_and_of_tasks_in_tasks_are_those_of_their_steps():
    made = translate(DOCUMENT).definition
    assert step_tools(made) == {"named": "shop", "inside": "own"}
    assert {"named", "inside"} <= {step["id"] for step in made["steps"]}


def test_a_definition_that_was_changed_or_has_a_document_of_anything_names_no_tools():
    made = translate(DOCUMENT).definition
    assert step_tools({**made, "name": "changed"}) == {}
    assert step_tools({"name": "ours", "steps": []}) == {}
    for tasks in (None, 1, [{"id": 1, "tool": "shop"}], [{"id": "a", "tool": {"id": 2}}], ["a"]):
        assert step_tools(with_source({"name": "ours"}, {"tasks": tasks})) == {}
