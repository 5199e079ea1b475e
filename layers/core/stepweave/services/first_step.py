"""Where a run begins."""

from stepweave.compiler.compile import compile_definition
from stepweave.domain.plan import Plan
from stepweave.errors import Fault, Invalid
from stepweave.services.ports import Workflows
from stepweave.services.workflows import current


def require_first(ref: str, step_id: str, at: str, *, workflows: Workflows) -> None:
    """A run has every step of its version in it and begins with those that wait for nothing: raises `Invalid`, of the
    member `at`, unless that step is the only one of them; `NotFound` for the workflow."""
    plan = compile_definition(current(ref, workflows).version.definition).plan
    first = first_steps(plan) if plan else []
    if first != [step_id]:
        named = ", ".join(f"'{each}'" for each in first[:5])
        message = (
            f"A run cannot begin at '{step_id[:100]}': it begins with every step that waits for no other, here {named}."
            " Leave the member out; to run a part again, resume a finished run from a step."
        )
        raise Invalid([Fault(at, message)])


def first_steps(plan: Plan) -> list[str]:
    """The steps outside of loops that wait for no other."""
    return [
        step["id"]
        for step in plan["steps"].values()
        if not (step["loops"] or step["depends_on"] or step["named_by"] or step["handles"])
    ]
