import pytest
import yaml

from stepweave.domain.workflow import Version, Workflow

STEPS = [{"id": "a", "type": "wait", "config": {"seconds": 1}}]
DEFINITION = {"name": "Plain", "steps": STEPS}
GREET = {"id": "greet", "tasks": [{"id": "hi", "agent": "host", "prompt": "Hi {{ .workflow.input.name }}"}]}
AGENT = {"id": "host", "instructions": "Greet.", "env": {"A_TOKEN": "x"}}


@pytest.fixture
def plain(service):
    workflow = Workflow("wf_" + "1" * 26, "Plain", 1, "active", "manual", "t", "t", "k", "k", slug="plain")
    service.resources.workflows.create(workflow, Version(workflow.id, 1, DEFINITION, "", "t", "k"))
    return service.resources


def taken(call, query="", **more):
    answer = call("POST", f"/api/v0/workflows/import{query}", **more)
    assert answer.status == 200, answer.body
    data = answer.json["data"]
    return data["imported"], data["skipped"], data["overwritten"]


def test_workflows_go_out_as_files_and_come_back_as_the_same(call, plain):
    answer = call("POST", "/api/v0/workflows/export")
    assert (answer.status, answer.json["data"]) == (200, {"written": 1})
    [(place, text)] = plain.files.files.items()
    assert place == ("default", "workflows/plain.yaml")
    assert yaml.safe_load(text)["definition"] == DEFINITION
    assert taken(call) == (0, 1, 0)
    plain.files.files[place] = text.replace("seconds: 1", "seconds: 2")
    assert taken(call, "?strategy=overwrite_conflicts") == (0, 0, 1)
    found = plain.workflows.get("wf_" + "1" * 26)
    assert (found.version.number, found.version.definition["steps"][0]["config"]) == (2, {"seconds": 2})


def test_a_bundle_goes_out_and_in(call, plain):
    answer = call("POST", "/api/v0/workflows/export", headers={"accept": "application/yaml"})
    plain.workflows.workflows.clear()
    plain.workflows.slugs.clear()
    assert taken(call, body=answer.body, headers={"content-type": "application/yaml"}) == (1, 0, 0)
    assert taken(call, body=answer.body, headers={"content-type": "application/yaml"}) == (0, 1, 0)


def test_a_document_of_compozy_s_is_translated_and_its_agents_are_put(call, service):
    bundle = {"workflows": [{**GREET, "agents": [AGENT]}]}
    assert taken(call, json=bundle) == (1, 0, 0)
    found = service.resources.workflows.get(service.resources.workflows.resolve("greet"))
    assert found.version.definition["steps"][0]["type"] == "agent_task"
    assert service.resources.resources.get("agent", "host").content["instructions"] == "Greet."
    changed = {"workflows": [{**GREET, "agents": [{**AGENT, "instructions": "New."}]}]}
    assert taken(call, json=changed) == (0, 1, 0)
    assert service.resources.resources.get("agent", "host").content["instructions"] == "Greet."
    assert taken(call, "?strategy=overwrite_conflicts", json=changed) == (0, 0, 1)
    assert service.resources.resources.get("agent", "host").content["instructions"] == "New."


def test_tools_that_a_document_names_are_those_of_the_project(call):
    document = {"id": "look", "tasks": [{"id": "a", "tool": "weather", "with": {"city": "Graz"}}]}
    refused = call("POST", "/api/v0/workflows/import", json={"workflows": [document]})
    assert (refused.status, "weather" in refused.json["error"]["details"]) == (400, True)
    call("PUT", "/api/v0/tools/weather", json={"config": {"url": "https://w.example"}})
    assert taken(call, json={"workflows": [document]}) == (1, 0, 0)


def test_a_credential_of_a_tool_is_not_copied_into_a_definition(call, service):
    call("PUT", "/api/v0/tools/weather", json={"config": {"url": "https://w.example", "headers": {"X-API-Key": "k"}}})
    document = {"id": "look", "tasks": [{"id": "a", "tool": "weather"}]}
    refused = call("POST", "/api/v0/workflows/import", json={"workflows": [document]})
    assert (refused.status, "secrets.NAME" in refused.json["error"]["details"]) == (400, True)
    assert service.resources.workflows.workflows == {}


def test_a_bare_definition_is_called_as_its_file(call, service):
    service.resources.files.write("blue", "workflows/night.yaml", yaml.safe_dump(DEFINITION))
    assert taken(call, "?project=blue") == (1, 0, 0)
    assert service.resources.workflows.resolve("night")
    assert taken(call, "?project=blue") == (0, 1, 0)


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"id": "a", "name": "n", "steps": [{"type": "wait"}]}, "/workflows/1/steps/0"),
        ({"id": "a", "definition": {"name": "x", "steps": [{"id": "a", "type": "dance"}]}}, "/workflows/1"),
        ({"id": "a", "tasks": [{"id": "x", "type": "memory"}]}, "/workflows/1/tasks/0"),
        ({"id": "good"}, "/workflows/1/id"),
        ({"id": "no slug", "steps": STEPS, "name": "n"}, "/workflows/1"),
        ({"steps": []}, "/workflows/1/id"),
    ],
)
def test_if_one_is_wrong_none_is_stored_and_its_place_is_told(call, service, document, place):
    bundle = {"workflows": [{"id": "good", **DEFINITION}, document]}
    answer = call("POST", "/api/v0/workflows/import", json=bundle)
    assert (answer.status, answer.json["error"]["code"]) == (400, "BAD_REQUEST"), answer.json
    assert place in answer.json["error"]["details"]
    assert service.resources.workflows.workflows == {}


def test_both_need_the_role_write(call):
    for path in ("export", "import"):
        assert call("POST", f"/api/v0/workflows/{path}", key="sw_reader").status == 403
