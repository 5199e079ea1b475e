"""The pipeline, front to back: `source -> Definition -> Graph -> Weave -> Plan`, and from these the ASL."""

from dataclasses import dataclass, replace

from stepweave.compiler.emit import Targets, emit
from stepweave.compiler.graph import Graph, graph
from stepweave.compiler.history import looking_too_often
from stepweave.compiler.parse import Parsed, parse
from stepweave.compiler.plan import plan
from stepweave.compiler.validate import at_most, validate
from stepweave.compiler.weave import weave
from stepweave.compiler.woven import Weave
from stepweave.domain.definition import Definition
from stepweave.domain.plan import Plan
from stepweave.domain.problem import Problem
from stepweave.domain.step import all_steps

MAX_ASL = 1_000_000
"""Characters of ASL: the limit of CreateStateMachine is 1,048,576, and its request of 1 MB holds more than the ASL."""
LONGEST_ARN = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:" + "f" * 64 + ":1234567890"
"""The size is checked with function ARNs as long as they can be, so that what is valid can be deployed everywhere."""


@dataclass(frozen=True)
class Compiled:
    """A definition with its graph, weave and plan; where there are problems, the last three are None.

    definition: None when the problems are of its form.
    """

    definition: Definition | None
    problems: tuple[Problem, ...] = ()
    graph: Graph | None = None
    woven: Weave | None = None
    plan: Plan | None = None


def compile_definition(source: object) -> Compiled:
    """A definition as sent, compiled. Never raises for what a user may send."""
    parsed = parse(source)
    if parsed.definition is None:
        return Compiled(None, all_problems(parsed))
    whole = graph(parsed.definition)
    problems = validate(parsed.definition, whole)
    if problems:
        return Compiled(parsed.definition, tuple(problems))
    woven = weave(whole)
    planned = plan(parsed.definition, whole, woven)
    if often := looking_too_often(woven, planned):
        return Compiled(parsed.definition, tuple(_too_often(parsed.definition, often)))
    compiled = Compiled(parsed.definition, (), whole, woven, planned)
    size = len(compile_asl(compiled, Targets(LONGEST_ARN, LONGEST_ARN)))
    return Compiled(parsed.definition, (_too_large(size),)) if size > MAX_ASL else compiled


def all_problems(parsed: Parsed) -> tuple[Problem, ...]:
    """Of a definition whose form has problems: these, and those of what can be read of it."""
    if parsed.outline is None:
        return parsed.problems
    definition = parsed.outline.definition
    found = validate(definition, graph(definition))
    told = {problem.path for problem in parsed.problems}
    more = [replace(problem, path=parsed.outline.place(problem.path)) for problem in found if _is_sure(problem, parsed)]
    return tuple(at_most([*parsed.problems, *(problem for problem in more if problem.path not in told)]))


def _is_sure(problem: Problem, parsed: Parsed) -> bool:
    return problem.code != "reference_not_upstream" or (parsed.outline is not None and not parsed.outline.unclear)


def compile_asl(compiled: Compiled, targets: Targets) -> str:
    """The state machine of a definition without problems. ValueError for one with problems."""
    if compiled.woven is None or compiled.plan is None:
        raise ValueError("a definition with problems has no state machine")
    return emit(compiled.woven, compiled.plan, targets)


def _too_often(definition: Definition, waits: list[str]) -> list[Problem]:
    at = {step.id: place for place, step in all_steps(definition.steps)}
    return [
        Problem(
            "history_too_long",
            f"{at[name]}/config/interval_seconds",
            f"Step '{name}' and what runs beside it may look for a condition more often than an execution can record",
            "Raise interval_seconds, or set timeout_seconds lower.",
        )
        for name in waits
    ]


def _too_large(size: int) -> Problem:
    return Problem(
        "asl_too_large",
        "/steps",
        f"The state machine would have {size:,} characters; Step Functions takes {MAX_ASL:,}.",
        "Split the workflow: let one workflow start another.",
    )
