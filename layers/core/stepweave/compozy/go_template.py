"""Texts with Go templates as texts with expressions of ours.

    "Hi {{ .workflow.input.name | upper }}"   =>   "Hi {{ $uppercase(input.name) }}"

A text that is one path alone keeps the type of its value, in Compozy as here. One call alone is text there.
"""

from collections.abc import Callable
from typing import Any

from stepweave.compozy.go_functions import called, to_json
from stepweave.compozy.go_syntax import Call, Constant, Field, Term, parse_text
from stepweave.compozy.jsonata import Kind, Path, Source, as_text, literal
from stepweave.compozy.refusal import Refusal

Resolve = Callable[[Path], Source]


def template(text: str, resolve: Resolve) -> str:
    """The text with expressions of ours; `Refusal` for what has no equal."""
    if "{{" not in text:
        return text
    parts = parse_text(text)
    terms = [part for part in parts if not isinstance(part, str)]
    if not terms:
        return "".join(part for part in parts if isinstance(part, str))
    if len(parts) == 1:
        return _braced(_alone(terms[0], resolve).text)
    if len(terms) == 1 and all(part.isspace() for part in parts if isinstance(part, str)):
        # Among blanks it is text; an expression of ours among blanks would keep its type.
        return _braced(" & ".join(_piece(part, resolve) for part in parts))
    _refuse_json(parts[0])
    return "".join(part if isinstance(part, str) else _braced(_joined(part, resolve).text) for part in parts)


def expression(text: str, resolve: Resolve) -> Source:
    """A text as one expression, without braces."""
    if "{{" not in text:
        return Source(literal(text), "text")
    parts = parse_text(text)
    if len(parts) == 1 and not isinstance(parts[0], str):
        return _alone(parts[0], resolve)
    _refuse_json(parts[0] if parts else "")
    return Source(f"({' & '.join(_piece(part, resolve) for part in parts)})" if parts else '""', "text")


def _alone(term: Term, resolve: Resolve) -> Source:
    source = _source(term, resolve)
    if isinstance(term, Field):
        return source
    if isinstance(term, Call) and term.name == "toJson":
        return _as_json(term, resolve)
    return Source(as_text(source), "text" if source.kind != "any" else "any")


def _as_json(term: Call, resolve: Resolve) -> Source:
    """Lists and objects stay what they are: alone, their JSON is read as JSON again; among text, they become it."""
    value = _source(term.arguments[0], resolve).text
    text = to_json("toJson", [Source("$v")]).text
    return Source(f'($v := {value}; $type($v) in ["object", "array"] ? $v : {text})')


def _joined(term: Term, resolve: Resolve) -> Source:
    if isinstance(term, Call) and term.name == "toJson" and len(term.arguments) == 1:
        return _as_json(term, resolve)
    return _source(term, resolve)


def _refuse_json(first: str | Term) -> None:
    if isinstance(first, str) and first.lstrip()[:1] in ("{", "["):
        reason = "text that begins with '{' or '[' is read as JSON once it is filled in"
        raise Refusal(reason, "Write an object or a list whose texts are the templates.")


def _piece(part: str | Term, resolve: Resolve) -> str:
    return literal(part) if isinstance(part, str) else f"$string({_source(part, resolve).text})"


def _braced(text: str) -> str:
    return f"{{{{ {text} }}}}"


def _source(term: Term, resolve: Resolve) -> Source:
    match term:
        case Field(path):
            return resolve(path)
        case Constant(value):
            return Source(literal(value), _kind(value))
        case Call(name, arguments):
            return called(name, [_source(each, resolve) for each in arguments])


def _kind(value: Any) -> Kind:
    match value:
        case bool():
            return "boolean"
        case str():
            return "text"
        case int() | float():
            return "number"
    return "any"
