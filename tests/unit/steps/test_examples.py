"""The examples in docs/steps are steps that a definition may hold."""

import json
import re
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from stepweave.domain.step import Step

DOCS = Path(__file__).parents[3] / "docs" / "steps"
EXAMPLES = [
    pytest.param(text, id=f"{page.stem}-{index}")
    for page in sorted(DOCS.glob("*.md"))
    for index, text in enumerate(re.findall(r"```json\n(.*?)```", page.read_text(), re.DOTALL))
]


def test_every_page_has_an_example() -> None:
    assert {example.id.rpartition("-")[0] for example in EXAMPLES if example.id} == {p.stem for p in DOCS.glob("*.md")}


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_is_a_step(text: str) -> None:
    TypeAdapter(Step).validate_python(json.loads(text))
