"""Every built-in template installs with nothing given; the machine that it then compiles to is kept in
`statemachines/<template>.asl.json`. `pytest tests/golden --update-golden` writes them anew."""

import json
from pathlib import Path

import pytest
from statelint.linter import Linter

from golden_targets import TARGETS
from stepweave.adapters.builtin_templates import BuiltinTemplateFiles
from stepweave.compiler.compile import compile_asl, compile_definition
from stepweave.compiler.parameters import fill_parameters, parameter_problems
from stepweave.compiler.schema_values import value_problems, with_defaults
from stepweave.compiler.schemas import schema_problems
from stepweave.domain.step import STEP_TYPES
from stepweave.domain.template import Template

KEPT = Path(__file__).parents[2] / "statemachines"
BUILTINS = BuiltinTemplateFiles()
SLUGS = sorted(head.slug or "" for head in BUILTINS.heads())


def template(slug: str) -> Template:
    found = BUILTINS.get(slug)
    assert found is not None
    return found


def types_of(steps: list[dict[str, object]]) -> set[str]:
    nested = [types_of(step["config"].get("steps", [])) for step in steps]  # type: ignore[attr-defined]
    return {str(step["type"]) for step in steps}.union(*nested)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_built_in_template_compiles_to_the_machine_that_is_kept(slug: str, update_golden: bool) -> None:
    found = template(slug)
    filled = fill_parameters(found.definition, with_defaults(found.parameters, {}))
    compiled = compile_definition(filled)
    assert compiled.problems == ()
    machine = json.loads(compile_asl(compiled, TARGETS))
    assert Linter.validate(machine) == []
    text = json.dumps(machine, indent=2) + "\n"
    kept = KEPT / f"{slug}.asl.json"
    if update_golden:
        kept.write_text(text)
    assert text == kept.read_text()


@pytest.mark.parametrize("slug", SLUGS)
def test_a_built_in_template_declares_what_it_reads_with_defaults_that_fit(slug: str) -> None:
    found = template(slug)
    declared = found.parameters["properties"]
    assert list(schema_problems(found.parameters, "")) == []
    assert list(parameter_problems(found.definition, declared)) == []
    assert list(value_problems(found.parameters, {name: of["default"] for name, of in declared.items()})) == []
    text = json.dumps(found.definition)
    for name, of in declared.items():
        assert f"parameters.{name}" in text, f"{name} is declared and never read"
        assert of["description"], name


def test_there_are_eight_and_together_they_use_every_step_type() -> None:
    assert len(SLUGS) >= 8
    assert set().union(*(types_of(template(slug).definition["steps"]) for slug in SLUGS)) == set(STEP_TYPES)


def test_no_machine_is_kept_of_a_template_that_is_gone() -> None:
    machines = {path.name.removesuffix(".asl.json") for path in KEPT.glob("*.asl.json")}
    assert set(SLUGS) <= machines
    for path in KEPT.glob("*.asl.json"):
        assert "StartAt" in json.loads(path.read_text()), path


def test_their_ids_are_their_own_and_never_change() -> None:
    ids = {head.slug: head.id for head in BUILTINS.heads()}
    assert len(set(ids.values())) == len(ids)
    assert ids["data-pipeline"] == "tpl_00000000000000000000000001"
