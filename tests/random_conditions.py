"""Random conditions in CEL, each with its value: written side by side, and no parser of ours has a part in it."""

import random
import re
from dataclasses import dataclass
from typing import Any

INPUT: dict[str, Any] = {
    "n": 3,
    "zero": 0,
    "half": 0.5,
    "name": "Anna-Lena",
    "empty": "",
    "odd": "a/b \"c\" 'd' é",
    "yes": True,
    "no": False,
    "nothing": None,
    "list": [1, 2, 2],
    "words": ["a", "b/c", ""],
    "none": [],
    "deep": {"kebab-case": "k", "or": 7, "list": [{"n": 1}, {"n": 2}]},
}
_NUMBERS = {
    "input.n": 3,
    "input.zero": 0,
    "input.half": 0.5,
    "input.deep.list[1].n": 2,
    'input["n"]': 3,
    "input.list[0]": 1,
}
_NUMBERS |= {"input.deep.or": 7}
_TEXTS = {name: INPUT[name[6:]] for name in ("input.name", "input.empty", "input.odd")} | {
    "input.deep['kebab-case']": "k"
}
_TRUTHS = {"input.yes": True, "input.no": False, "has(input.n)": True, "has(input.nowhere)": False, "true": True}
_TRUTHS |= {"has(input.nothing)": True, "input.nothing == null": True, "input.n != null": True, "false": False}
_LISTS = {
    "input.list": [1, 2, 2],
    "input.none": [],
    "[1, 3]": [1, 3],
    "input.words": ["a", "b/c", ""],
    '["a", "é"]': ["a", "é"],
}
_MAPS = {"input.deep": INPUT["deep"]}


@dataclass(frozen=True)
class Told:
    """`binds`: how tightly its outermost operator does, from 0 for the conditional to 9 for what has none."""

    text: str
    value: Any
    binds: int = 9

    def within(self, binds: int) -> str:
        return self.text if self.binds >= binds else f"({self.text})"


def truth(chosen: random.Random, depth: int) -> Told:
    if depth == 0 or chosen.random() < 0.1:
        return Told(*chosen.choice(list(_TRUTHS.items())), binds=3)
    match chosen.choice(["compare", "logic", "not", "in", "text", "if", "same"]):
        case "compare":
            kind = chosen.choice([number, text])
            left, right = kind(chosen, depth - 1), kind(chosen, depth - 1)
            sign = chosen.choice(["==", "!=", "<", "<=", ">", ">="])
            return Told(
                f"{left.within(4)}{_gap(chosen)}{sign}{_gap(chosen)}{right.within(4)}", _compared(sign, left, right), 3
            )
        case "same":
            kind, other = chosen.choice([(number, text), (truth, number), (items, items)])
            left, right = kind(chosen, depth - 1), other(chosen, depth - 1)
            return Told(f"{left.within(4)} == {right.within(4)}", _same(left.value, right.value), 3)
        case "logic":
            left, right = truth(chosen, depth - 1), truth(chosen, depth - 1)
            if chosen.random() < 0.5:
                return Told(f"{left.within(2)} && {right.within(3)}", left.value and right.value, 2)
            return Told(f"{left.within(1)} || {right.within(2)}", left.value or right.value, 1)
        case "not":
            inner = truth(chosen, depth - 1)
            return Told(f"!{inner.within(9)}" if inner.binds == 9 else f"!({inner.text})", not inner.value, 6)
        case "in":
            return _member(chosen, depth)
        case "text":
            return _of_text(chosen, depth)
    return _either(chosen, truth, depth)


def number(chosen: random.Random, depth: int) -> Told:
    if depth == 0 or chosen.random() < 0.3:
        value = chosen.choice([0, 1, 2, 3, 0.5, 2.5])
        return chosen.choice([Told(str(value), value), Told(*chosen.choice(list(_NUMBERS.items())))])
    match chosen.choice(["size", "sum", "negative", "if"]):
        case "size":
            of = chosen.choice([text, items])(chosen, depth - 1)
            return Told(chosen.choice([f"size({of.text})", f"{of.within(9)}.size()"]), len(of.value))
        case "negative":
            inner = number(chosen, depth - 1)
            return Told(f"-({inner.text})", -inner.value, 6)
        case "sum":
            left, right = number(chosen, depth - 1), Told(*chosen.choice([("1", 1), ("0.5", 0.5)]))
            sign = chosen.choice("+-*")
            value = {"+": left.value + right.value, "-": left.value - right.value, "*": left.value * right.value}[sign]
            binds = 5 if sign == "*" else 4
            return Told(f"{left.within(binds)} {sign} {right.within(binds + 1)}", value, binds)
    return _either(chosen, number, depth)


def text(chosen: random.Random, depth: int) -> Told:
    if depth == 0 or chosen.random() < 0.4:
        literals = [
            ('"an"', "an"),
            ("'Anna'", "Anna"),
            ("'it\\'s \"x\"'", 'it\'s "x"'),
            ('""', ""),
            ('"\\n/é"', "\n/é"),
            ("'Lena'", "Lena"),
        ]
        return Told(*chosen.choice([*literals, *_TEXTS.items()]))
    if chosen.random() < 0.5:
        left, right = text(chosen, depth - 1), Told(*chosen.choice([('"a"', "a"), ("'-'", "-")]))
        return Told(f"{left.within(4)} + {right.text}", left.value + right.value, 4)
    return _either(chosen, text, depth)


def items(chosen: random.Random, depth: int) -> Told:
    return Told(*chosen.choice(list(_LISTS.items())))


def _member(chosen: random.Random, depth: int) -> Told:
    if chosen.random() < 0.3:
        key = chosen.choice(["or", "nowhere", "kebab-case", "list"])
        return Told(f'"{key}" in input.deep', key in INPUT["deep"], 3)
    one, many = chosen.choice([number, text])(chosen, depth - 1), items(chosen, depth - 1)
    return Told(f"{one.within(4)} in {many.text}", any(_same(one.value, each) for each in many.value), 3)


def _of_text(chosen: random.Random, depth: int) -> Told:
    of, part = text(chosen, depth - 1), text(chosen, 0)
    match chosen.choice(["contains", "startsWith", "endsWith", "matches"]):
        case "contains":
            return Told(f"{of.within(9)}.contains({part.text})", part.value in of.value)
        case "startsWith":
            return Told(f"{of.within(9)}.startsWith({part.text})", of.value.startswith(part.value))
        case "endsWith":
            return Told(f"{of.within(9)}.endsWith({part.text})", of.value.endswith(part.value))
    pattern = chosen.choice(["^A", "a$", "[a-c]/", "n{2}", "a.b|x"])
    return Told(f"{of.within(9)}.matches('{pattern}')", re.search(pattern, of.value) is not None)


def _either(chosen: random.Random, kind: Any, depth: int) -> Told:
    test, yes, no = truth(chosen, depth - 1), kind(chosen, depth - 1), kind(chosen, depth - 1)
    return Told(f"{test.within(1)} ? {yes.within(1)} : {no.text}", yes.value if test.value else no.value, 0)


def _compared(sign: str, left: Told, right: Told) -> bool:
    a, b = left.value, right.value
    return {"==": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[sign]


def _same(one: Any, other: Any) -> bool:
    """Numbers by value; true is no number."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _gap(chosen: random.Random) -> str:
    return chosen.choice(["", " ", "  "])
