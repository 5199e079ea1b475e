"""`condition`: decides which branch of a definition is taken."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stepweave.compiler.expressions import truth
from stepweave.services.ports import Done, StepBody, StepContext


def condition() -> StepBody:
    """Output `{result, branch}`; `branch` is `then`, `else` or `cases/<index>` of the first case that is true."""

    def decide(context: StepContext) -> Done:
        branch = _branch(context.raw, context.evaluate)
        return Done({"result": branch != "else", "branch": branch}, branch=branch)

    return decide


def _branch(raw: Mapping[str, Any], evaluate: Callable[[str], Any]) -> str:
    cases: Sequence[Mapping[str, Any]] = raw.get("cases") or ()
    if not cases:
        return "then" if truth(evaluate(raw["expression"])) else "else"
    for index, case in enumerate(cases):
        if truth(evaluate(case["when"])):
            return f"cases/{index}"
    return "else"
