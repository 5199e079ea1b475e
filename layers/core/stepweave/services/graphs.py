"""Pictures of definitions: of a stored one, or of a draft."""

from typing import Literal

from stepweave.compiler.compile import compile_definition
from stepweave.compiler.drawing import svg
from stepweave.compiler.mermaid import mermaid
from stepweave.errors import Invalid
from stepweave.services.ports import Workflows
from stepweave.services.problems import faults_of
from stepweave.services.workflows import current

Form = Literal["mermaid", "svg"]


def draw_definition(definition: object, form: Form) -> str:
    """A definition's edges as Mermaid text, or as SVG what runs when. Raises `Invalid` with every problem."""
    compiled = compile_definition(definition)
    if compiled.graph is None or compiled.woven is None or compiled.plan is None:
        raise Invalid(faults_of(compiled.problems, "/definition"), code="definition_invalid")
    if form == "mermaid":
        return mermaid(compiled.graph)
    return svg(compiled.woven, {step_id: step["type"] for step_id, step in compiled.plan["steps"].items()})


def draw_workflow(ref: str, form: Form, *, workflows: Workflows) -> str:
    """The picture of a workflow's current version."""
    return draw_definition(current(ref, workflows).version.definition, form)
