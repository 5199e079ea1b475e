import ast
from pathlib import Path

import stepweave
from stepweave.api.codes import CODES

SHOWN_BY_THE_API = ("api", "services", "adapters")


def raised_codes():
    """Codes that the source gives to errors of the tree, by `code=` or by the kind of a `NotFound`."""
    for layer in SHOWN_BY_THE_API:
        for path in (Path(stepweave.__path__[0]) / layer).rglob("*.py"):
            if "syntropic137" in path.parts:
                continue  # its errors have no codes
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    yield from codes_of(node, node.func.id)


def codes_of(call, name):
    if name in ("BadRequest", "Conflict", "Invalid", "TooManyRequests"):
        yield from (word.value.value for word in call.keywords if word.arg == "code")
    if name == "NotFound" and isinstance(call.args[0], ast.Constant):
        yield call.args[0].value.replace(" ", "_") + "_not_found"


def test_every_code_that_is_raised_is_explained():
    raised = set(raised_codes())
    assert "workflow_not_runnable" in raised
    assert raised <= CODES.keys()


def test_the_type_of_a_problem_leads_to_its_line_on_the_page(call):
    page = call("GET", "/docs").body.decode()
    for answer in (call("GET", "/nothing"), call("POST", "/api/workflows", body=b"{"), call("PUT", "/health")):
        place, _, anchor = answer.json["type"].partition("#")
        assert place == "/docs"
        assert f'id="{anchor}"' in page
