"""The functions of Go's templates that have the same meaning in ours; all others are refused by name.

https://pkg.go.dev/text/template#hdr-Functions and https://masterminds.github.io/sprig, which Compozy adds.
"""

from collections.abc import Callable, Sequence

from stepweave.compozy.jsonata import Source, is_empty, literal
from stepweave.compozy.refusal import Refusal

Arguments = Sequence[Source]
_COMPARED = {"ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def called(name: str, arguments: Arguments) -> Source:
    """The value of a call; `Refusal` for a function without an equal, or with other arguments than it takes."""
    if name in _COMPARED:
        _count(name, arguments, 2)
        return Source(f"(({arguments[0].text}) {_COMPARED[name]} ({arguments[1].text}))", "boolean")
    function = _FUNCTIONS.get(name)
    if function is None:
        known = ", ".join(sorted([*_FUNCTIONS, *_COMPARED]))
        raise Refusal(f"the function '{name}' has no equal in expressions of ours", f"These have: {known}.")
    return function(name, arguments)


def _count(name: str, arguments: Arguments, least: int, most: int | None = None) -> None:
    if not least <= len(arguments) <= (least if most is None else most):
        raise Refusal(f"the function '{name}' has {len(arguments)} arguments here, which it cannot have")


def _of_text(pattern: str) -> Callable[[str, Arguments], Source]:
    def function(name: str, arguments: Arguments) -> Source:
        _count(name, arguments, 1)
        return Source(pattern.format(arguments[0].text), "text")

    return function


def _two_texts(pattern: str) -> Callable[[str, Arguments], Source]:
    """Sprig puts what is looked at last: `hasPrefix "a" .x`."""

    def function(name: str, arguments: Arguments) -> Source:
        _count(name, arguments, 2)
        return Source(pattern.format(p=arguments[0].text, s=arguments[1].text), "boolean")

    return function


def _default(name: str, arguments: Arguments) -> Source:
    _count(name, arguments, 2)
    instead, given = arguments
    kind = instead.kind if instead.kind == given.kind else "any"
    return Source(f"($v := {given.text}; $exists($v) and $not({is_empty('$v')}) ? $v : {instead.text})", kind)


def to_json(name: str, arguments: Arguments) -> Source:
    """A value's JSON. JSONata's `$string` leaves a text as it is, so it is put into an object first."""
    _count(name, arguments, 1)
    text = f'($j := $string({{"v": {arguments[0].text}}}); $substring($j, 5, $length($j) - 6))'
    return Source(text, "text")


def _len(name: str, arguments: Arguments) -> Source:
    _count(name, arguments, 1)
    return Source(size(arguments[0].text), "number")


def size(text: str) -> str:
    """Characters of a text, entries of a list, members of an object."""
    return f'($v := {text}; $type($v) = "string" ? $length($v) : $type($v) = "object" ? $count($keys($v)) : $count($v))'


def _join(name: str, arguments: Arguments) -> Source:
    _count(name, arguments, 2)
    return Source(f"$join([$map({arguments[1].text}, function($v) {{ $string($v) }})], {arguments[0].text})", "text")


def _index(name: str, arguments: Arguments) -> Source:
    """Of a list by number, of an object by name; which of them, the constant tells."""
    if len(arguments) < 2:
        _count(name, arguments, 2)
    text = arguments[0].text
    for key in arguments[1:]:
        if key.kind == "number":
            if key.text.startswith("-"):
                raise Refusal("'index' counts from 0")
            text = f"({text})[{key.text}]"
        elif key.kind == "text":
            text = f"$lookup({text}, {key.text})"
        else:
            raise Refusal("'index' by a value that is no constant cannot tell lists from objects")
    return Source(text)


def _eq(name: str, arguments: Arguments) -> Source:
    """Whether the first equals one of the others."""
    _count(name, arguments, 2, 20)
    first, *others = arguments
    return Source(f"({' or '.join(f'({first.text}) = ({other.text})' for other in others)})", "boolean")


def _logical(name: str, arguments: Arguments) -> Source:
    """Go yields one of the arguments; only for true and false is that the same as JSONata's answer."""
    _count(name, arguments, 1, 20)
    _all_boolean(name, arguments)
    return Source(f"({f' {name} '.join(each.text for each in arguments)})", "boolean")


def _not(name: str, arguments: Arguments) -> Source:
    _count(name, arguments, 1)
    _all_boolean(name, arguments)
    return Source(f"$not({arguments[0].text})", "boolean")


def _all_boolean(name: str, arguments: Arguments) -> None:
    if any(each.kind != "boolean" for each in arguments):
        reason = f"'{name}' over values that may be neither true nor false means something else in ours"
        raise Refusal(reason, "Compare them first, for example 'eq .x true'.")


def _ternary(name: str, arguments: Arguments) -> Source:
    _count(name, arguments, 3)
    yes, no, test = arguments
    _all_boolean(name, [test])
    return Source(f"({test.text} ? {yes.text} : {no.text})", yes.kind if yes.kind == no.kind else "any")


def _empty(name: str, arguments: Arguments) -> Source:
    _count(name, arguments, 1)
    return Source(is_empty(arguments[0].text), "boolean")


def _replace(name: str, arguments: Arguments) -> Source:
    _count(name, arguments, 3)
    old, new, text = arguments
    if old.text == literal(""):
        raise Refusal("'replace' of nothing has no equal in expressions of ours")
    return Source(f"$replace({text.text}, {old.text}, {new.text})", "text")


def _has_key(name: str, arguments: Arguments) -> Source:
    _count(name, arguments, 2)
    return Source(f"(({arguments[1].text}) in $keys({arguments[0].text}))", "boolean")


def _string(name: str, arguments: Arguments) -> Source:
    _count(name, arguments, 1)
    return Source(f"$string({arguments[0].text})", "text")


_FUNCTIONS: dict[str, Callable[[str, Arguments], Source]] = {
    "and": _logical,
    "contains": _two_texts("$contains({s}, {p})"),
    "default": _default,
    "empty": _empty,
    "eq": _eq,
    "hasKey": _has_key,
    "hasPrefix": _two_texts("($p := {p}; $substring({s}, 0, $length($p)) = $p)"),
    "hasSuffix": _two_texts(
        "($s := {s}; $p := {p}; $contains($s, $p) and $substring($s, $length($s) - $length($p)) = $p)"
    ),
    "index": _index,
    "join": _join,
    "len": _len,
    "lower": _of_text("$lowercase({})"),
    "not": _not,
    "or": _logical,
    "replace": _replace,
    "ternary": _ternary,
    "toJson": to_json,
    "toString": _string,
    "trim": _of_text('$replace({}, /^\\s+|\\s+$/, "")'),
    "upper": _of_text("$uppercase({})"),
}
