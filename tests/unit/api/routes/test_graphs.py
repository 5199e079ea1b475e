import pytest

DEFINITION = {"name": "Fetch", "steps": []}


@pytest.fixture
def workflow(call):
    return call("POST", "/api/workflows", json={"definition": DEFINITION}).json["id"]


@pytest.mark.parametrize(
    ("query", "accept", "media", "form"),
    [
        ("", "*/*", "text/vnd.mermaid", "mermaid"),
        ("", "text/html, image/svg+xml", "image/svg+xml", "svg"),
        ("?format=mermaid", "image/svg+xml", "text/vnd.mermaid", "mermaid"),
        ("?format=svg", "*/*", "image/svg+xml", "svg"),
    ],
)
def test_the_form_is_the_one_asked_for(call, workflow, query, accept, media, form):
    drafted = call("POST", f"/api/workflows/graph{query}", json={"definition": DEFINITION}, headers={"accept": accept})
    stored = call("GET", f"/api/workflows/{workflow}/graph{query}", headers={"accept": accept})
    for answer in (drafted, stored):
        assert answer.status == 200
        assert answer.headers["content-type"].startswith(media)
        assert answer.body == f"{form} of Fetch".encode()
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_what_cannot_be_drawn_is_refused_with_its_places(call):
    answer = call("POST", "/api/workflows/graph", json={"definition": {}})
    assert answer.status == 422
    assert answer.json["errors"][0]["path"] == "/definition/name"


def test_unknown_forms_and_workflows_are_refused(call, workflow):
    assert call("GET", f"/api/workflows/{workflow}/graph?format=png").status == 422
    assert call("GET", f"/api/workflows/{workflow}/graph?colour=red").status == 422
    assert call("GET", "/api/workflows/wf_9/graph").status == 404
