"""Go templates: what they come to, in ours."""

from typing import Any

import pytest

from stepweave.compiler.expressions import evaluate, render
from stepweave.compozy.go_template import expression, template
from stepweave.compozy.jsonata import Path, Source, read
from stepweave.compozy.refusal import Refusal

SCOPE = {
    "input": {
        "city": "Köln",
        "n": 5,
        "half": 0.5,
        "yes": True,
        "nothing": None,
        "list": ["a", "ö"],
        "object": {"k-1": {"x": 1}},
        "empty": "",
        "blank": " a  b\n",
        "quoted": 'say "hi"',
    }
}


def resolve(path: Path) -> Source:
    return Source(read("input", path))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("{{ .n }}", 5),
        ("{{.list}}", ["a", "ö"]),
        ("{{ $.object.k-1.x }}", 1),
        ("{{ .nothing }}", None),
        (" {{ .n }} ", " 5 "),
        ("{{- .n -}}", 5),
        ("a {{- .n -}} b", "a5b"),
        ("{{/* a note */}}{{ .n }}", 5),
        ("{{ .city }} and {{ .n }}", "Köln and 5"),
        ("{{ .city | upper }}", "KÖLN"),
        ("{{ upper .city | lower }}", "köln"),
        ("{{ len .list }}", "2"),
        ("{{ len .city }} letters", "4 letters"),
        ("{{ len .object }}", "1"),
        ('{{ .empty | default "none" }}', "none"),
        ('{{ .nowhere | default "none" }}', "none"),
        ('{{ default "none" .city }}', "Köln"),
        ("{{ default 3 .n }}", "5"),
        ('{{ join ", " .list }}', "a, ö"),
        ("{{ toJson .list }}", ["a", "ö"]),
        ("{{ toJson .quoted }}", '"say \\"hi\\""'),
        ("{{ .quoted | toJson }}!", '"say \\"hi\\""!'),
        ("list: {{ .list | toJson }}", 'list: ["a","ö"]'),
        ("{{ trim .blank }}.", "a  b."),
        ("{{ eq .n 5 }}", "true"),
        ("{{ eq .n 4 5 }}", "true"),
        ("{{ ne .n 5 }}", "false"),
        ("{{ and (gt .n 4) (lt .n 6) }}", "true"),
        ("{{ or (gt .n 5) (not (eq .n 5)) }}", "false"),
        ('{{ ternary "big" "small" (ge .n 5) }}', "big"),
        ("{{ index .list 1 }}", "ö"),
        ('{{ index .object "k-1" "x" }}', "1"),
        ('{{ hasPrefix "Kö" .city }}', "true"),
        ('{{ hasSuffix "ln" .city }} {{ contains "x" .city }}', "true false"),
        ('{{ hasKey .object "k-1" }}', "true"),
        ("{{ empty .empty }}", "true"),
        ('{{ replace "K" "C" .city }}', "Cöln"),
        ('{{ `a"b` }}', 'a"b'),
        ("{{ toString .half }}", "0.5"),
        ("{{ true }}", "true"),
        ("{{ 3 }}", "3"),
    ],
)
def test_a_template_comes_to_what_it_does_in_go(text: str, value: Any):
    assert render(template(text, resolve), SCOPE) == value
    if "{{" in text and "list: " not in text:  # joined to one text by JSONata, whose JSON is ASCII
        assert evaluate(expression(text, resolve).text, SCOPE) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{ if .yes }}a{{ end }}", "'if' controls"),
        ("{{ range .list }}", "'range' controls"),
        ("{{ $x := .n }}", "cannot be read"),
        ("{{ printf `%d` .n }}", "function 'printf' has no equal"),
        ("{{ now }}", "function 'now' has no equal"),
        ("{{ .n }", "has no '}}'"),
        ("{{ }}", "is empty"),
        ("{{ . }}", "cannot be read"),
        ('{"n": {{ .n }}}', "read as JSON"),
        ("[{{ .n }}]", "read as JSON"),
        ("{{ and .city .n }}", "neither true nor false"),
        ("{{ ternary 1 2 .yes }}", "neither true nor false"),
        ("{{ index .list .n }}", "no constant"),
        ("{{ index .list -1 }}", "counts from 0"),
        ("{{ upper }}", "0 arguments"),
        ("{{ replace `` `x` .city }}", "'replace' of nothing"),
        ("{{ .n | .city }}", "no function"),
        ("{{ (.n }}", "without its ')'"),
        ("{{ .n .city }}", "cannot be read from '.city' on"),
        ('{{ "\\x41" }}', "escape"),
        ("{{ " + "(" * 30 + ".n" + ")" * 30 + " }}", "nested deeper"),
        ("{{ index .list }}", "1 arguments"),
    ],
)
def test_what_has_no_equal_is_refused_with_the_reason(text: str, why: str):
    with pytest.raises(Refusal) as caught:
        template(text, resolve)
    assert why in caught.value.reason


def test_a_name_that_cannot_be_quoted_is_refused():
    with pytest.raises(Refusal):
        read("input", ("a`b",))


def test_an_expression_that_is_too_long_is_refused():
    with pytest.raises(Refusal):
        expression("{{ " + "upper (" * 15 + '"' + "x" * 20_000 + '"' + ")" * 15 + " }}", resolve)
