"""Any text as a Go template: translated into a text that our engine reads, or refused."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from stepweave.compiler.expressions import syntax_problem
from stepweave.compiler.references import sources
from stepweave.compozy.go_template import expression, template
from stepweave.compozy.jsonata import Path, Source, read
from stepweave.compozy.refusal import Refusal

WORDS = [
    "{{",
    "}}",
    ".input.a",
    ".a-b.c",
    "|",
    "upper",
    "default",
    '"x"',
    "`y`",
    "3",
    "-",
    " ",
    "(",
    ")",
    "eq",
    "and",
    "$",
    "}",
]
TEXTS = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=3)), max_size=14).map(" ".join)


def resolve(path: Path) -> Source:
    return Source(read("input", path))


@settings(max_examples=400)
@given(TEXTS)
@example("{{" + "(" * 300 + ".a" + ")" * 300 + "}}")
@example('{{ "}}" }}')
@example("{{- /* note */ -}} x")
def test_any_text_is_translated_into_one_that_we_read_or_refused(text: str) -> None:
    try:
        translated = template(text, resolve)
        whole = expression(text, resolve)
    except Refusal:
        return
    assert [syntax_problem(source) for source in sources(translated)] == [None] * len(list(sources(translated)))
    assert syntax_problem(whole.text) is None
