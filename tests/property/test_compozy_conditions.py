"""Random conditions in CEL, translated and evaluated by our engine."""

import random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from random_conditions import INPUT, items, number, text, truth
from random_definitions import RANDOMS
from stepweave.compiler.expressions import evaluate, syntax_problem
from stepweave.compozy.cel import condition
from stepweave.compozy.jsonata import Path, Source, read
from stepweave.compozy.refusal import Refusal


def resolve(path: Path) -> Source:
    return Source(read("input", path[1:]))


@settings(max_examples=300)
@given(RANDOMS, st.sampled_from([truth, truth, number, text, items]), st.integers(0, 4))
def test_a_condition_has_the_value_that_cel_gives_it(chosen: random.Random, kind: object, depth: int) -> None:
    told = kind(chosen, depth)  # type: ignore[operator]  # one of the four
    source = condition(told.text, resolve)
    value = evaluate(source.text, {"input": INPUT})
    assert (value, isinstance(value, bool)) == (told.value, isinstance(told.value, bool)), (told.text, source.text)


@given(st.text(alphabet="abin_.()[]{}!&|=<>+-*/?:,'\"\\ 019", max_size=40))
@example("a" * 39)
@example("(" * 500)
@example("!" * 500 + "a")
def test_any_text_is_translated_into_an_expression_or_refused(source: str) -> None:
    try:
        translated = condition(source, resolve)
    except Refusal:
        return
    assert syntax_problem(translated.text) is None, translated.text
