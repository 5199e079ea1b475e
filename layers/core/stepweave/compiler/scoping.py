"""Problems of expressions: syntax, names that the scope does not have, and steps that are not upstream."""

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from stepweave.compiler.bounds import REFUSED
from stepweave.compiler.expressions import is_braced, syntax_problem
from stepweave.compiler.form import did_you_mean
from stepweave.compiler.graph import Graph, Scope
from stepweave.compiler.places import Place, places, templates
from stepweave.compiler.references import NOTHING, References, references, references_of, sources
from stepweave.compiler.templates import Unbalanced
from stepweave.domain.definition import Definition, EventTrigger, SignalTrigger, WebhookTrigger
from stepweave.domain.problem import Problem, pointer
from stepweave.domain.secret import SECRET_NAME, SECRET_TYPES
from stepweave.domain.step import LoopStep

ROOTS = frozenset({"input", "steps", "run", "env"})
"""Names that every expression sees; a config of `SECRET_TYPES` sees `secrets` too, loops' steps `item` and `index`."""
TAKEN = ROOTS | {"secrets", "index"}
"""Names that no item of a loop can have."""
KEY_ROOTS = frozenset({"input", "env", "labels", "trigger"})
"""What `config.concurrency.key` reads: what is known of a run before there is one."""


HOOK_ROOTS = frozenset({"headers", "body", "query"})
EVENT_ROOTS = frozenset({"event"})


@dataclass(frozen=True)
class _Reader:
    """Who reads: its name in messages, the names it sees, and the steps it may read. `step`: when it is a step."""

    label: str
    roots: frozenset[str]
    may_read: Callable[[str], bool]
    readable: Callable[[], Iterable[str]]
    step: str = ""


def expression_problems(definition: Definition, graph: Graph) -> Iterator[Problem]:
    """Problems of every expression in a definition."""
    known = {name for scope in graph.scopes.values() for name in scope.steps}
    for scope in graph.scopes.values():
        for name, step in scope.steps.items():
            may_read, readable = partial(graph.is_upstream, name, scope), partial(graph.upstream, name, scope)
            for place in places(step, scope.places[name]):
                reader = _Reader(f"Step '{name}'", _roots(place, step.type, scope, graph), may_read, readable, name)
                yield from _problems(place, reader, known)
    yield from _of_outputs(definition, graph, known)
    yield from _of_the_rest(definition, known)
    yield from _of_triggers(definition, known)


def _roots(place: Place, step_type: str, scope: Scope, graph: Graph) -> frozenset[str]:
    names = set(ROOTS)
    if "/config/" in place.at and not place.is_bare and step_type in SECRET_TYPES:
        names.add("secrets")
    for loop in scope.loops:
        # An id that is given twice may be at home elsewhere.
        home = graph.home.get(loop)
        step = home.steps.get(loop) if home else None
        names |= {"item", "index", step.config.item_name} if isinstance(step, LoopStep) else {"item", "index"}
    return frozenset(names)


def _of_outputs(definition: Definition, graph: Graph, known: set[str]) -> Iterator[Problem]:
    reader = _Reader("outputs", ROOTS, graph.top.steps.__contains__, lambda: graph.top.steps)
    for name, value in definition.outputs.items():
        for place in templates(value, pointer("outputs", name)):
            yield from _problems(place, reader, known)


def _of_the_rest(definition: Definition, known: set[str]) -> Iterator[Problem]:
    """`config.env` is literal; the key of the concurrency limit is known when a run is accepted, before any step."""
    for name, value in definition.config.env.items():
        if "{{" in value:
            hint = "Write the expression where the value is used."
            message = f"config.env.{name} is taken as it is: it cannot hold an expression"
            yield Problem("expression_not_allowed", pointer("config", "env", name), message, hint)
    concurrency = definition.config.concurrency
    if concurrency is not None and concurrency.key is not None:
        reader = _Reader("config.concurrency.key", KEY_ROOTS, lambda _: False, tuple)
        yield from _problems(Place("/config/concurrency/key", concurrency.key, True), reader, known)


def _of_triggers(definition: Definition, known: set[str]) -> Iterator[Problem]:
    """They read what has come, before there is a run."""
    for index, trigger in enumerate(definition.triggers):
        at, label = f"/triggers/{index}", f"triggers.{index}"
        if isinstance(trigger, SignalTrigger):
            continue
        roots = HOOK_ROOTS if isinstance(trigger, WebhookTrigger) else EVENT_ROOTS
        reader = _Reader(label, roots, lambda _: False, tuple)
        for place in _trigger_places(trigger, at):
            yield from _problems(place, reader, known)


def _trigger_places(trigger: WebhookTrigger | EventTrigger, at: str) -> Iterator[Place]:
    if isinstance(trigger, WebhookTrigger):
        yield from _bare(trigger.filter, f"{at}/filter")
        yield from _bare(trigger.dedupe, f"{at}/dedupe")
        for index, event in enumerate(trigger.events):
            yield from _bare(event.filter, f"{at}/events/{index}/filter")
            yield from templates(event.input, f"{at}/events/{index}/input")
    yield from templates(trigger.input, f"{at}/input")


def _bare(text: str | None, at: str) -> Iterator[Place]:
    if text is not None:
        yield Place(at, text, True)


def _problems(place: Place, reader: _Reader, known: set[str]) -> Iterator[Problem]:
    found = yield from _syntax_problems(place, reader.label)
    yield from _reference_problems(place, found, reader, known)


def _syntax_problems(place: Place, label: str) -> Generator[Problem, None, References]:
    """And what those expressions read that have none."""
    try:
        texts = [place.text] if place.is_bare else list(sources(place.text))
    except Unbalanced as error:
        yield Problem("template_unbalanced", place.at, f"{label}: {error}", "Close the expression with '}}'.")
        return NOTHING
    found = NOTHING
    for text in texts:
        problem = syntax_problem(text)
        if problem is not None:
            yield Problem("expression_syntax", place.at, f"{label}: {problem}")
        else:
            found |= references(text) if place.is_bare and is_braced(text) else references_of(text)
    return found


def _reference_problems(place: Place, found: References, reader: _Reader, known: set[str]) -> Iterator[Problem]:
    for name in sorted(found.refused):
        yield Problem("expression_refused", place.at, f"{reader.label}: ${name} cannot be used: {REFUSED[name]}")
    for root in sorted(found.roots - reader.roots):
        yield _unknown_root(place, root, reader)
    for name in sorted(found.secrets if "secrets" in reader.roots else ()):
        yield from _unusable_secret(place, name, reader)
    for name in sorted(step for step in found.steps if not reader.may_read(step)):
        yield _unreadable(place, name, reader, known)


def _unknown_root(place: Place, root: str, reader: _Reader) -> Problem:
    if root == "secrets":
        message = f"{reader.label} cannot read secrets here: only the config of a step can"
        types = ", ".join(sorted(SECRET_TYPES))
        return Problem("secrets_not_allowed", place.at, message, f"These types of steps can: {types}.")
    if root in ("item", "index"):
        return Problem("unknown_name", place.at, f"{reader.label} reads '{root}', which only steps inside a loop have")
    message = f"{reader.label} reads '{root}', which is no name here"
    return Problem("unknown_name", place.at, message, did_you_mean(root, reader.roots))


def _unusable_secret(place: Place, name: str, reader: _Reader) -> Iterator[Problem]:
    if not name:
        message = f"{reader.label} reads secrets without naming one"
        yield Problem("secret_not_named", place.at, message, "Write secrets.NAME with the name of the secret.")
    elif not SECRET_NAME.fullmatch(name):
        message = f"{reader.label} reads the secret '{name[:100]}', which is no name of a secret"
        yield Problem("invalid_secret_name", place.at, message, "Names have 1 to 64 letters, digits, _ and -.")


def _unreadable(place: Place, name: str, reader: _Reader, known: set[str]) -> Problem:
    if name not in known:
        message = f"{reader.label} reads 'steps.{name}', which doesn't exist"
        others = sorted(known - {reader.step}) if reader.step else ()
        return Problem("unknown_reference", place.at, message, did_you_mean(name, reader.readable(), others))
    if not reader.step:
        message = f"{reader.label} reads 'steps.{name}', which cannot be read here"
        return Problem("reference_not_upstream", place.at, message, "Steps inside a loop are read through its output.")
    if name == reader.step:
        return Problem("reference_not_upstream", place.at, f"{reader.label} reads itself")
    message = f"{reader.label} reads 'steps.{name}', which is not upstream of it"
    return Problem("reference_not_upstream", place.at, message, f"Add '{name}' to its depends_on.")
