import pytest

SURFACES = {"/openapi.json": "Stepweave", "/api/v0/openapi.json": "Compozy", "/workflows/openapi.json": "Syntropic137"}


@pytest.mark.parametrize(("path", "title"), SURFACES.items())
def test_each_surface_has_a_document_of_its_own(call, path, title):
    assert call("GET", path, key=None).json["info"]["title"].startswith(title)


def test_a_surface_is_made_when_it_is_first_asked(call, app):
    assert app._made == {}
    call("GET", "/health", key=None)
    assert app._made == {}
    call("GET", "/workflows/openapi.json", key=None)
    made = dict(app._made)
    assert list(made) == ["/workflows"]
    call("GET", "/workflows/openapi.json", key=None)
    assert app._made == made


@pytest.mark.parametrize(
    ("path", "member"),
    [("/workflowsx", "title"), ("/api/v0x", "title"), ("/workflows/x", "detail"), ("/api/v0/", "error")],
)
def test_a_path_belongs_to_the_surface_whose_first_part_it_has(call, path, member):
    answer = call("GET", path)
    assert answer.status == 404
    assert member in answer.json
