"""Validation: what a definition of the right form may still get wrong, all of it, kind by kind.

Two sentences are worded as the API publishes them: `Step 'notify' depends on 'fetch' which doesn't exist`, and
`Cycle detected: step_a → step_b → step_a`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice

from stepweave.compiler.cycles import cycles
from stepweave.compiler.form import MAX_PROBLEMS, did_you_mean
from stepweave.compiler.graph import Graph, Scope
from stepweave.compiler.links import Link
from stepweave.compiler.requests import request_problems
from stepweave.compiler.schema_values import value_problems, with_defaults
from stepweave.compiler.schemas import schema_problems
from stepweave.compiler.scoping import TAKEN, expression_problems
from stepweave.compiler.timing import timing_problems
from stepweave.compiler.triggers import trigger_problems
from stepweave.compiler.variables import variable_problems
from stepweave.domain.definition import Definition, WebhookTrigger
from stepweave.domain.plan import MAX_ITEMS
from stepweave.domain.problem import Problem
from stepweave.domain.schedule import MAX_INPUT_BYTES
from stepweave.domain.step import LoopStep, all_steps


def validate(definition: Definition, graph: Graph) -> list[Problem]:
    """Every problem of a parsed definition, at most `MAX_PROBLEMS`; none when it can be compiled."""
    passes = (
        _duplicates(definition),
        _links(definition, graph),
        _unreachable_handlers(graph),
        _cycles(graph),
        _items(definition),
        expression_problems(definition, graph),
        request_problems(definition),
        variable_problems(definition),
        timing_problems(definition),
        trigger_problems(definition),
        _schemas(definition),
        _scheduled_input(definition),
    )
    return at_most(chain.from_iterable(passes))


def at_most(problems: Iterable[Problem]) -> list[Problem]:
    """The first `MAX_PROBLEMS`, and one that tells that there are more."""
    found = list(islice(problems, MAX_PROBLEMS + 1))
    if len(found) > MAX_PROBLEMS:
        found[-1] = Problem("more_problems", "", f"There are more problems than these {MAX_PROBLEMS}")
    return found


def _duplicates(definition: Definition) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for at, step in all_steps(definition.steps):
        if step.id in first:
            message = f"Step id '{step.id}' is used more than once"
            yield Problem("duplicate_id", f"{at}/id", message, f"It is first used at {first[step.id]}.")
        first.setdefault(step.id, at)


def _links(definition: Definition, graph: Graph) -> Iterator[Problem]:
    for scope in graph.scopes.values():
        for link in scope.links:
            named = link.before if link.kind == "depends" else link.after
            if named not in scope.steps:
                yield _bad_link(link, named, scope, graph.home)
    handler = definition.config.on_error
    if handler is not None and handler.next not in graph.top.steps:
        message = f"config.on_error names step '{handler.next}', which {_whereabouts(handler.next, graph.home)}"
        hint = did_you_mean(handler.next, graph.top.steps)
        yield Problem("unknown_step", "/config/on_error/next", message, hint)
    elif handler is not None and not any(
        link.kind == "goto" and link.after == handler.next for link in graph.top.links
    ):
        message = f"config.on_error names step '{handler.next}', but no failure of a step leads there"
        hint = f"Every other step says its own on_error or comes after '{handler.next}'. Leave config.on_error out."
        yield Problem("unreachable_handler", "/config/on_error/next", message, hint)


def _bad_link(link: Link, named: str, scope: Scope, home: Mapping[str, Scope]) -> Problem:
    hint = did_you_mean(named, [name for name in scope.steps if name not in (link.before, link.after)])
    if link.kind == "depends":
        if named not in home:
            message = f"Step '{link.after}' depends on '{named}' which doesn't exist"
            return Problem("unknown_dependency", link.at, message, hint)
        message = f"Step '{link.after}' depends on '{named}', which {_whereabouts(named, home)}"
        return Problem("dependency_out_of_scope", link.at, message, _SCOPE_HINT)
    verb = f"names '{named}' in {link.branch}" if link.kind == "branch" else f"goes to '{named}' on error"
    message = f"Step '{link.before}' {verb}, which {_whereabouts(named, home)}"
    return Problem("unknown_step", link.at, message, _SCOPE_HINT if named in home else hint)


def _unreachable_handlers(graph: Graph) -> Iterator[Problem]:
    """A condition that fails takes no branch: what it names is skipped then, and cannot handle that failure."""
    for scope in graph.scopes.values():
        named = {(link.before, link.after) for link in scope.links if link.kind == "branch"}
        gotos = [link for link in scope.links if link.kind == "goto" and link.at.endswith("/on_error/goto")]
        for link in gotos:
            others = {each.before for each in gotos if each.after == link.after} - {link.before}
            if (link.before, link.after) in named and not others:
                message = f"Step '{link.after}' cannot handle a failure of '{link.before}', which names it in a branch"
                hint = "A condition that fails takes no branch, so the step is skipped. Name another handler."
                yield Problem("unreachable_handler", link.at, message, hint)


_SCOPE_HINT = "Steps inside a loop are linked with each other only; the loop itself is linked with what is around it."


def _whereabouts(named: str, home: Mapping[str, Scope]) -> str:
    if named not in home:
        return "doesn't exist"
    loops = home[named].loops
    return f"is inside the loop '{loops[-1]}'" if loops else "is outside the loop"


def _cycles(graph: Graph) -> Iterator[Problem]:
    for scope in graph.scopes.values():
        for cycle in cycles(scope):
            path = " → ".join([*cycle, cycle[0]])
            hint = "Remove one of these dependencies."
            yield Problem("cycle", scope.places[cycle[0]], f"Cycle detected: {path}", hint)


def _items(definition: Definition) -> Iterator[Problem]:
    """Too many; or by the name of something else, which they would hide from the steps of the loop."""
    for at, step in all_steps(definition.steps):
        if not isinstance(step, LoopStep):
            continue
        if not isinstance(step.config.items, str) and len(step.config.items) > MAX_ITEMS:
            message = f"Step '{step.id}' has {len(step.config.items):,} items; the limit is {MAX_ITEMS:,}"
            hint = "Put a loop around it, over parts of the list."
            yield Problem("too_many_items", f"{at}/config/items", message, hint)
        if step.config.item_name in TAKEN:
            message = f"Step '{step.id}' names its item '{step.config.item_name}', which is the name of something else"
            hint = f"Choose a name that is none of {', '.join(sorted(TAKEN))}."
            yield Problem("invalid_item_name", f"{at}/config/item_name", message, hint)


def _scheduled_input(definition: Definition) -> Iterator[Problem]:
    """What the schedule gives each run must be what a run takes: nobody is there to be told when it fires."""
    schedule, schema = definition.schedule, definition.config.input
    if schedule is None:
        return
    if len(json.dumps(schedule.input, ensure_ascii=False).encode(errors="replace")) > MAX_INPUT_BYTES:
        message = f"The schedule's input has more than {MAX_INPUT_BYTES:,} bytes of JSON"
        yield Problem("invalid_value", "/schedule/input", message)
    elif schema is not None and not any(schema_problems(schema, "")):
        yield from value_problems(schema, with_defaults(schema, schedule.input), "/schedule/input")


def _schemas(definition: Definition) -> Iterator[Problem]:
    schemas: list[tuple[str, object]] = [("/config/input", definition.config.input)]
    for index, trigger in enumerate(definition.triggers):
        schemas.append((f"/triggers/{index}/schema", trigger.schema_))
        events = trigger.events if isinstance(trigger, WebhookTrigger) else ()
        schemas += [(f"/triggers/{index}/events/{place}/schema", each.schema_) for place, each in enumerate(events)]
    schemas += [
        (f"{at}/config/output_schema", step.config.output_schema)
        for at, step in all_steps(definition.steps)
        if step.type == "agent_task"
    ]
    return (problem for at, schema in schemas if schema is not None for problem in schema_problems(schema, at))
