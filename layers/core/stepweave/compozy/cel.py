"""Conditions in CEL as expressions of ours.

    "tasks.classify.output.kind == 'bug' && size(input.tags) > 0"
        =>  ((steps.classify.output.kind) = ("bug") and ... > 0)

Where CEL comes to a value, ours comes to the same. Where CEL ends in an error (a member that is missing, a text that is
compared with a number), ours may be false instead.
"""

from collections.abc import Callable

from stepweave.compozy.cel_syntax import Call, Entries, Index, Literal, Name, Operation, Select, Term, parse_cel
from stepweave.compozy.go_functions import size
from stepweave.compozy.jsonata import Path, Source, literal
from stepweave.compozy.refusal import Refusal

Resolve = Callable[[Path], Source]
_SAME = {"==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_LOGICAL = {"&&": "and", "||": "or"}
_WHOLE_NUMBERS = "Whole numbers are divided differently in ours."


def condition(text: str, resolve: Resolve) -> Source:
    """The expression of a condition; `Refusal` for what has no equal."""
    if "{{" in text:
        raise Refusal("a condition is an expression of CEL, and no template", "Write its names without '{{ }}'.")
    return _source(parse_cel(text), resolve)


def _source(term: Term, resolve: Resolve) -> Source:
    match term:
        case Literal(value):
            kinds = {bool: "boolean", str: "text", int: "number", float: "number"}
            return Source(literal(value), kinds.get(type(value), "any"))  # type: ignore[arg-type]  # of that table
        case Name() | Select() | Index():
            return _selected(term, resolve)
        case Call():
            return _called(term, resolve)
        case Operation(sign, operands):
            return _operated(sign, [_source(each, resolve) for each in operands])
        case Entries(entries):
            return _listed([_source(each, resolve) for each in entries])


def _selected(term: Name | Select | Index, resolve: Resolve) -> Source:
    path = _path(term)
    if path is not None:
        return resolve(path)
    if isinstance(term, Select):
        return Source(f"$lookup({_source(term.of, resolve).text}, {literal(term.member)})")
    if isinstance(term, Index):
        at = _source(term.at, resolve)
        of = _source(term.of, resolve).text
        if at.kind == "text":
            return Source(f"$lookup({of}, {at.text})")
        if at.kind == "number":
            return Source(f"({of})[{at.text}]")
    raise Refusal("an index that is no constant cannot tell lists from objects")


def _path(term: Term) -> Path | None:
    """The path of a name and what is selected from it by constants; None when it is none."""
    match term:
        case Name(name):
            return (name,)
        case Select(of, member):
            before = _path(of)
            return None if before is None else (*before, member)
        case Index(of, Literal(str() | int() as at)) if not isinstance(at, bool):
            if isinstance(at, int) and at < 0:
                raise Refusal("an index counts from 0")
            before = _path(of)
            return None if before is None else (*before, at)
    return None


def _operated(sign: str, operands: list[Source]) -> Source:
    texts = [each.text for each in operands]
    if sign in _SAME:
        return Source(f"(({texts[0]}) {_SAME[sign]} ({texts[1]}))", "boolean")
    if sign in _LOGICAL:
        _boolean(sign, operands)
        return Source(f"({texts[0]} {_LOGICAL[sign]} {texts[1]})", "boolean")
    match sign:
        case "!":
            _boolean(sign, operands)
            return Source(f"$not({texts[0]})", "boolean")
        case "?":
            _boolean(sign, operands[:1])
            kind = operands[1].kind if operands[1].kind == operands[2].kind else "any"
            return Source(f"({texts[0]} ? {texts[1]} : {texts[2]})", kind)
        case "in":
            test = f'($r := {texts[1]}; $type($r) = "object" ? ({texts[0]}) in $keys($r) : ({texts[0]}) in $r)'
            return Source(test, "boolean")
    return _computed(sign, operands)


def _computed(sign: str, operands: list[Source]) -> Source:
    texts, kinds = [each.text for each in operands], {each.kind for each in operands}
    if sign in "/%":
        raise Refusal(f"'{sign}' is not translated", _WHOLE_NUMBERS)
    if sign == "neg":
        return Source(f"(-({texts[0]}))", "number")
    if sign == "+" and "number" not in kinds:
        if "text" not in kinds:
            raise Refusal("whether '+' adds or joins cannot be told here", "Join with a text, or add a number.")
        return Source(f"(({texts[0]}) & ({texts[1]}))", "text")
    if kinds - {"number", "any"}:
        raise Refusal(f"'{sign}' takes numbers")
    return Source(f"(({texts[0]}) {sign} ({texts[1]}))", "number")


def _boolean(sign: str, operands: list[Source]) -> None:
    if any(each.kind in ("text", "number") for each in operands):
        raise Refusal(f"'{sign}' takes what is true or false")


def _listed(entries: list[Source]) -> Source:
    if any(each.kind == "any" and each.text[:1] not in "[n" for each in entries):
        # JSONata would take a list apart that stands in a list.
        raise Refusal("a list of values that are read from elsewhere is not translated", "Compare with each of them.")
    return Source(f"[{', '.join(each.text for each in entries)}]")


def _called(call: Call, resolve: Resolve) -> Source:
    if call.name == "has" and call.of is None:
        return _has(call, resolve)
    arguments = [_source(each, resolve).text for each in ([call.of] if call.of else []) + list(call.arguments)]
    match call.name, arguments:
        case "size", [text]:
            return Source(size(text), "number")
        case "contains", [text, part] if call.of:
            return Source(f"$contains({text}, {part})", "boolean")
        case "startsWith", [text, part] if call.of:
            return Source(f"($p := {part}; $substring({text}, 0, $length($p)) = $p)", "boolean")
        case "endsWith", [text, part] if call.of:
            ends = "$contains($s, $p) and $substring($s, $length($s) - $length($p)) = $p"
            return Source(f"($s := {text}; $p := {part}; {ends})", "boolean")
        case "matches", [text, _]:
            return _matches(text, call.arguments[-1])
    raise Refusal(f"the function '{call.name}' is not translated", f"These are: {_KNOWN}.")


_KNOWN = "has, size, contains, startsWith, endsWith, matches"


def _has(call: Call, resolve: Resolve) -> Source:
    if len(call.arguments) != 1 or not isinstance(call.arguments[0], Select):
        raise Refusal("'has' takes a member, as in has(input.name)")
    return Source(f"$exists({_selected(call.arguments[0], resolve).text})", "boolean")


def _matches(text: str, pattern: Term) -> Source:
    if not isinstance(pattern, Literal) or not isinstance(pattern.value, str) or not pattern.value:
        raise Refusal("'matches' takes a pattern that is written out")
    if "\n" in pattern.value or "\\/" in pattern.value:
        raise Refusal("this pattern cannot be written in an expression of ours", "Leave out line breaks and '\\/'.")
    return Source(f"$contains({text}, /{pattern.value.replace('/', chr(92) + '/')}/)", "boolean")
