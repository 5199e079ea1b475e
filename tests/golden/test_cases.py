"""Every folder of `cases/` holds a definition, the ASL that it compiles to, and pictures of its graph and its weave."""

import json
from pathlib import Path

import pytest
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from statelint.linter import Linter

from golden_targets import TARGETS
from stepweave.compiler.compile import compile_asl, compile_definition
from stepweave.compiler.mermaid import mermaid
from stepweave.compiler.picture import tree

CASES = sorted((Path(__file__).parent / "cases").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_definition_compiles_to_the_machine_and_the_pictures_beside_it(case: Path, update_golden: bool) -> None:
    compiled = compile_definition(json.loads((case / "definition.json").read_text()))
    assert compiled.problems == ()
    assert compiled.woven is not None
    assert compiled.graph is not None
    machine = json.loads(compile_asl(compiled, TARGETS))
    found = {
        "asl.json": json.dumps(machine, indent=2) + "\n",
        "tree.txt": tree(compiled.woven) + "\n",
        "graph.mmd": mermaid(compiled.graph).rstrip("\n") + "\n",
    }
    if update_golden:
        for name, text in found.items():
            (case / name).write_text(text)
    assert Linter.validate(machine) == []
    AmazonStateLanguageParser.parse(found["asl.json"])
    assert found == {name: (case / name).read_text() for name in found}


def test_there_are_cases() -> None:
    assert len(CASES) >= 10
