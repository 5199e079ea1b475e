"""Whole documents, translated or refused."""

from typing import Any

import pytest

from compozy_documents import Json, asks, task, workflow
from stepweave.compozy.definition import translate
from stepweave.errors import Invalid


def translated(*tasks: Json, **more: Any) -> Any:
    return translate(workflow(*tasks, **more)).definition


def step(definition: Any, name: str) -> Any:
    return next(each for each in definition["steps"] if each["id"] == name)


def refused(document: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        translate(document)
    return {fault.path: fault.message for fault in caught.value.faults}


def test_tasks_in_a_row_are_steps_in_a_chain():
    made = translated(asks("a", "b"), asks("b"))
    assert step(made, "a") == {
        "id": "a",
        "type": "agent_task",
        "config": {"agent_id": "helper", "goal": "do a"},
    }
    assert step(made, "b")["depends_on"] == ["a"]


def test_what_the_workflow_says_of_itself_is_taken_over():
    said = {"version": "1.2", "description": "d", "author": {"name": "Ann"}, "schedule": {"cron": "0 9 * * 1"}}
    config = {"input": {"type": "object"}, "env": {"REGION": "eu"}, "start_to_close_timeout": "5m"}
    made = translated(asks("a"), **said, config=config, outputs={"o": "{{ .tasks.a.output }}"})
    assert {name: made[name] for name in said} == said
    assert made["name"] == "flow"
    assert made["config"] == config
    assert made["outputs"] == {"o": "{{ steps.a.output }}"}


def test_a_handler_is_a_goto():
    made = translated(asks("a", "b", "h"), asks("b"), asks("h"))
    assert step(made, "a")["on_error"] == {"goto": "h"}
    assert "depends_on" not in step(made, "h")


def test_what_comes_after_success_and_failure_alike_depends_on_the_task():
    made = translated(asks("a", "b", "b"), asks("b"))
    assert step(made, "a")["on_error"] == "continue"
    assert step(made, "b")["depends_on"] == ["a"]
    assert "when" not in step(made, "b")


def test_what_comes_after_different_outcomes_says_which():
    made = translated(asks("a", "b", "c"), asks("b", "c"), asks("c"))
    assert step(made, "c")["depends_on"] == ["a", "b"]
    assert step(made, "c")["when"] == 'steps.a.status = "failed" or steps.b.status = "completed"'
    assert step(made, "b")["when"] == 'steps.a.status = "completed"'


def test_a_router_has_a_case_for_each_route_and_fails_without():
    router = task("router", "r", condition="input.kind", routes={"x": "a", "y": asks("b")})
    made = translated(router, asks("a"))
    cases = step(made, "r")["config"]["cases"]
    assert cases[0] == {"when": '$string(input.kind) = "x"', "then": ["a"]}
    assert cases[1]["then"] == ["b"]
    assert "has no route for" in cases[2]["when"]
    assert cases[2]["then"] == []


def test_a_task_that_nothing_leads_to_is_refused():
    assert "No task leads to 'b'" in refused(workflow(asks("a"), asks("b")))["/tasks/1"]


def test_tasks_that_lead_back_are_refused():
    found = refused(workflow(asks("a", "b"), asks("b", "a")))
    assert found == {"/tasks/1/on_success/next": found["/tasks/1/on_success/next"]}
    assert "The tasks lead back: a → b → a" in found["/tasks/1/on_success/next"]


def test_a_task_that_does_not_exist_is_refused():
    assert "Did you mean 'b'" in refused(workflow(asks("a", "bb"), asks("b", "a")))["/tasks/0/on_success/next"]


def test_what_our_compiler_finds_is_told_where_it_comes_from():
    found = refused(workflow(asks("a", "b", prompt="{{ .tasks.b.output }}"), asks("b"), schedule={"cron": "no"}))
    assert "not upstream" in found["/tasks/0"]
    assert "/schedule/cron" in found


@pytest.mark.parametrize("document", [None, [], "x", {}, {"id": "x"}, {"id": "x", "tasks": []}, {"id": 1}])
def test_what_is_no_workflow_is_refused(document: Any):
    assert refused(document)


def test_the_document_is_kept_without_credentials():
    agent = {"id": "own", "instructions": "", "model": {"config": {"provider": "openai", "api_key": "sk-1"}}}
    result = translate(workflow(asks("a", agent={"id": "own"}), agents=[agent]))
    assert result.agents == {"own": agent}
    assert result.definition["source"]["document"]["agents"][0]["model"]["config"]["api_key"] == "********"
