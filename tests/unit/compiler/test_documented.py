"""The table of problems in the guide to the API names what the compiler tells, and nothing else."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import stepweave.compiler

COMPILER = Path(stepweave.compiler.__path__[0])
GUIDE = Path(__file__).parents[3] / "docs" / "api.md"
OF_TEMPLATES = {"unknown_parameter"}
"""Told of a template's parameters, which are no definition."""
CODE = re.compile(r"[a-z]+(_[a-z]+)*")


def _told() -> Iterator[str]:
    """The first argument of each `Problem`, and of each complaint about a request."""
    for module in COMPILER.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            match node:
                case ast.Call(func=ast.Name("Problem"), args=[ast.Constant(str(code)), *_]):
                    yield code
                case ast.Yield(ast.Tuple([ast.Constant(str(code)), *_])):
                    yield code
                case ast.IfExp(_, ast.Constant(str(one)), ast.Constant(str(other))) if (
                    CODE.fullmatch(one) and "_" in one
                ):
                    yield from (one, other)


def test_every_code_of_a_problem_is_documented() -> None:
    section = GUIDE.read_text().partition("## Validate a definition")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    documented = {code for line in rows[2:] for code in re.findall(r"`([a-z_]+)`", line)} | {"more_problems"}
    assert documented == set(_told()) - OF_TEMPLATES
    assert all(CODE.fullmatch(code) for code in documented)
