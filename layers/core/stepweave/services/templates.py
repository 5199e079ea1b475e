"""Templates: list, read, make, remove, and install as a workflow."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stepweave.compiler.compile import compile_definition
from stepweave.compiler.parameters import fill_parameters, parameter_problems
from stepweave.compiler.schema_values import value_problems, with_defaults
from stepweave.compiler.schemas import schema_problems
from stepweave.domain.api_key import Caller
from stepweave.domain.problem import Problem, pointer
from stepweave.domain.template import MAX_TEMPLATES, NO_PARAMETERS, Template, TemplateHead
from stepweave.domain.workflow import TriggerType, Workflow
from stepweave.errors import Conflict, Fault, Invalid, NotFound
from stepweave.ids import NewId
from stepweave.services.moments import text_of
from stepweave.services.ports import Clock, Page, Workflows
from stepweave.services.ports.templates import BuiltinTemplates, Templates
from stepweave.services.problems import faults_of
from stepweave.services.workflows import CreateWorkflow, current, normalised

CreateFrom = Callable[[Caller, CreateWorkflow], Workflow]


@dataclass(frozen=True)
class TemplateQuery:
    """`q`: in the name or a tag, whatever the case. `cursor`: the id of the last row before."""

    limit: int = 50
    offset: int = 0
    cursor: str | None = None
    category: str | None = None
    is_builtin: bool | None = None
    q: str | None = None


@dataclass(frozen=True)
class CreateTemplate:
    """Of `definition`, or of a workflow's version (None: the current one). Where a text is None, the definition's."""

    definition: Mapping[str, Any] | None = None
    workflow_id: str | None = None
    version: int | None = None
    name: str | None = None
    description: str | None = None
    category: str | None = None
    tags: tuple[str, ...] | None = None
    parameters: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class InstallTemplate:
    """`name`, `tags`: None takes the template's."""

    name: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] | None = None


def list_templates(query: TemplateQuery, *, templates: Templates, builtins: BuiltinTemplates) -> Page[TemplateHead]:
    """By id descending: one's own, the newest first, then the built-in ones. Reads the heads of all of one's own."""
    if query.cursor is not None and not re.fullmatch(r"tpl_[0-9A-Z]{26}", query.cursor):
        raise Invalid([Fault("?cursor", "is not a cursor; take `next_cursor` of the page before")])
    own: Sequence[TemplateHead] = () if query.is_builtin else templates.heads()
    matching = [head for head in (*own, *builtins.heads()) if _matches(head, query)]
    ordered = sorted(matching, key=lambda head: head.id, reverse=True)
    after = [head for head in ordered if query.cursor is None or head.id < query.cursor][query.offset :]
    following = after[query.limit - 1].id if len(after) > query.limit else None
    return Page(after[: query.limit], len(matching), following)


def _matches(head: TemplateHead, query: TemplateQuery) -> bool:
    words = " ".join((head.name, *head.tags)).casefold()
    return (
        query.category in (None, head.category)
        and query.is_builtin in (None, head.is_builtin)
        and (query.q is None or query.q.casefold() in words)
    )


def get_template(ref: str, *, templates: Templates, builtins: BuiltinTemplates) -> Template:
    """A template by id, a built-in one also by its slug."""
    found = builtins.get(ref) or templates.get(ref)
    if found is None:
        raise NotFound("template", ref)
    return found


def create_template(
    caller: Caller, request: CreateTemplate, *, templates: Templates, workflows: Workflows, new_id: NewId, clock: Clock
) -> Template:
    """The new template. Raises `Invalid` with every problem, also those of a definition that would not install."""
    definition, at = _source(request, workflows)
    parameters = NO_PARAMETERS if request.parameters is None else request.parameters
    _refuse_unless_installable(definition, at, parameters)
    if len(templates.heads()) >= MAX_TEMPLATES:
        message = f"There are {MAX_TEMPLATES} templates already; delete one that is not needed first."
        raise Conflict(message, code="too_many_templates")
    head = TemplateHead(
        id=new_id("tpl"),
        name=request.name or str(definition["name"]),
        description=definition.get("description") if request.description is None else request.description,
        category=request.category,
        tags=normalised(definition.get("tags", ()) if request.tags is None else request.tags),
        created_at=text_of(clock()),
        created_by=caller.key_id,
    )
    template = Template(head, definition, parameters)
    templates.add(template)
    return template


def _source(request: CreateTemplate, workflows: Workflows) -> tuple[Mapping[str, Any], str]:
    """The definition, and where in the request its problems are."""
    if request.definition is not None:
        return request.definition, "/definition"
    found = current(request.workflow_id or "", workflows)
    if request.version in (None, found.version.number):
        return found.version.definition, "/workflow_id"
    version = workflows.version(found.workflow.id, request.version or 0)
    if version is None:
        raise NotFound("version", str(request.version))
    return version.definition, "/workflow_id"


def _refuse_unless_installable(definition: Mapping[str, Any], at: str, parameters: Mapping[str, Any]) -> None:
    faults = faults_of(_schema_problems(parameters), "/parameters")
    if faults:
        raise Invalid(faults, code="parameters_invalid")
    declared: Mapping[str, Any] = parameters.get("properties", {})
    problems = list(parameter_problems(definition, declared))
    if not problems:
        sample = {name: _sample(of) for name, of in declared.items()}
        problems = list(compile_definition(fill_parameters(definition, sample)).problems)
    if problems:
        raise Invalid(_below(at, problems), code="definition_invalid")


def _below(at: str, problems: Sequence[Problem]) -> list[Fault]:
    """A stored definition has no place in the request; its problems say their own."""
    if at == "/definition":
        return faults_of(problems, at)
    return [Fault(at, f"{fault.path}: {fault.message}") for fault in faults_of(problems, "")]


def _schema_problems(parameters: Mapping[str, Any]) -> Iterator[Problem]:
    """A schema of an object, whose every property has a default or, where it must be told, an example to check with."""
    problems = list(schema_problems(parameters, ""))
    yield from problems
    if problems:
        return
    if parameters.get("type") != "object":
        yield Problem("parameters_invalid", "/type", "The parameters are described as an object", 'Write "object".')
    for name, of in parameters.get("properties", {}).items():
        at = pointer("properties", name)
        if not isinstance(of, Mapping) or not ("default" in of or of.get("examples")):
            hint = "Give it one, or `examples` where it has to be told at install."
            yield Problem("parameters_invalid", at, f"The parameter '{name}' has no default", hint)
        elif "default" in of:
            yield from value_problems(of, of["default"], f"{at}/default")


def _sample(of: Mapping[str, Any]) -> Any:
    return of["default"] if "default" in of else of["examples"][0]


def remove_template(ref: str, *, templates: Templates, builtins: BuiltinTemplates) -> None:
    builtin = builtins.get(ref)
    if builtin is not None:
        message = f"The template '{builtin.head.slug}' is built in and cannot be changed; make one of your own from it."
        raise Conflict(message, code="template_builtin")
    if not templates.remove(ref):
        raise NotFound("template", ref)


def install_template(
    caller: Caller,
    ref: str,
    request: InstallTemplate,
    *,
    templates: Templates,
    builtins: BuiltinTemplates,
    create: CreateFrom,
) -> Workflow:
    """The workflow made of a template: version 1 is its definition with the parameters filled in."""
    template = get_template(ref, templates=templates, builtins=builtins)
    definition = fill_parameters(template.definition, _checked(template, request.parameters))
    definition = {**definition, "name": request.name or template.head.name}
    tags = template.head.tags if request.tags is None else request.tags
    return create(caller, CreateWorkflow(definition, trigger_type_of(definition), tags))


def _checked(template: Template, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters with their defaults; raises `Invalid` with every fault."""
    declared = template.parameters.get("properties", {})
    known = ", ".join(declared) or "none"
    unknown = [name for name in given if name not in declared]
    faults = [Fault(pointer("parameters", name), f"Unknown parameter. Known: {known}.") for name in unknown]
    filled = with_defaults(template.parameters, given)
    problems = value_problems(template.parameters, {name: filled[name] for name in filled if name not in unknown})
    faults += faults_of(problems, "/parameters")
    if faults:
        raise Invalid(faults, code="parameters_invalid")
    checked: Mapping[str, Any] = filled
    return checked


def trigger_type_of(definition: Mapping[str, Any]) -> TriggerType:
    """What starts a definition by itself: its schedule, else its first trigger, else nobody."""
    if definition.get("schedule"):
        return "schedule"
    first: Mapping[str, Any] = next(iter(definition.get("triggers") or ()), {})
    match first.get("type"):
        case "webhook":
            return "webhook"
        case "event":
            return "event"
    return "manual"
