from typing import Any

import pytest
from pydantic_core import ErrorDetails

from definitions import condition, definition, loop, request, script
from stepweave.compiler.form import MAX_PROBLEMS, form_problems
from stepweave.compiler.parse import parse
from stepweave.domain.problem import Problem


def _problems(source: object) -> list[tuple[str, str, str, str]]:
    parsed = parse(source)
    assert (parsed.definition is None) == bool(parsed.problems)
    return [(each.code, each.path, each.message, each.hint) for each in parsed.problems]


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": [value]}
    return value


def test_a_definition_of_the_right_form_is_parsed_as_it_is() -> None:
    parsed = parse(definition(request("fetch"), loop("each", ["fetch"], [script("inner")])))
    assert parsed.problems == ()
    assert parsed.definition is not None
    assert [step.id for step in parsed.definition.steps] == ["fetch", "each"]


@pytest.mark.parametrize("source", [None, [], "text", 5, True])
def test_what_is_no_object_is_refused(source: object) -> None:
    assert _problems(source) == [("not_an_object", "", "The definition must be a JSON object", "")]


def test_an_empty_object_lacks_name_and_steps() -> None:
    assert _problems({}) == [
        ("missing_member", "/name", "name is missing", ""),
        ("missing_member", "/steps", "steps is missing", ""),
    ]


def test_a_definition_has_at_least_one_step() -> None:
    assert _problems(definition()) == [("invalid_value", "/steps", "steps must not be empty", "")]


def test_all_problems_come_at_once() -> None:
    source = definition(
        {"id": "a", "type": "htp_request", "config": {}},
        {"id": "b", "config": {}},
        {"id": "c", "type": "http_request", "confg": {}, "config": {"ur": 1, "method": "get"}},
        {"type": "wait", "config": {}},
        5,
        author={"nam": "x"},
        stepz=[],
    )
    assert [(code, path) for code, path, _, _ in _problems(source)] == [
        ("unknown_member", "/author/nam"),
        ("unknown_type", "/steps/0/type"),
        ("missing_member", "/steps/1/type"),
        ("missing_member", "/steps/2/config/url"),
        ("invalid_value", "/steps/2/config/method"),
        ("unknown_member", "/steps/2/config/ur"),
        ("unknown_member", "/steps/2/confg"),
        ("missing_member", "/steps/3/id"),
        ("invalid_value", "/steps/3/config"),
        ("wrong_type", "/steps/4"),
        ("unknown_member", "/stepz"),
    ]


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        (
            {"id": "a", "type": "wiat", "config": {}},
            ("unknown_type", "/steps/0/type", "Step 'a': type is 'wiat', which is unknown", "Did you mean 'wait'?"),
        ),
        (
            {"id": "a", "type": "wait", "config": {"secnds": 1, "seconds": 1}},
            (
                "unknown_member",
                "/steps/0/config/secnds",
                "Step 'a': config.secnds is unknown",
                "Did you mean 'seconds'?",
            ),
        ),
        (
            script("a", on_error="contnue"),
            (
                "invalid_value",
                "/steps/0/on_error",
                "Step 'a': on_error must be 'fail' or 'continue' or an object",
                "Did you mean 'continue'?",
            ),
        ),
        (
            script("a", on_error={"got": "b", "goto": "c"}),
            ("unknown_member", "/steps/0/on_error/got", "Step 'a': on_error.got is unknown", "Did you mean 'goto'?"),
        ),
        (
            script("a", on_error=7),
            ("wrong_type", "/steps/0/on_error", "Step 'a': on_error must be 'fail' or 'continue' or an object", ""),
        ),
        (
            script("a", retry={"initial_interval": "5 parsecs"}),
            (
                "invalid_value",
                "/steps/0/retry/initial_interval",
                "Step 'a': retry.initial_interval: '5 parsecs' has an unknown unit 'parsecs';"
                " units are ms, s, m, h, d and w",
                "",
            ),
        ),
        (
            script("a", timeout_seconds=0),
            ("invalid_value", "/steps/0/timeout_seconds", "Step 'a': timeout_seconds must be greater than 0.0", ""),
        ),
        (
            script("a", timeout_seconds=float("1e9")),
            ("invalid_value", "/steps/0/timeout_seconds", "Step 'a': timeout_seconds must be at most 840.0", ""),
        ),
        (
            script("a", retry={"max_attempts": 1.5}),
            ("wrong_type", "/steps/0/retry/max_attempts", "Step 'a': retry.max_attempts must be a whole number", ""),
        ),
        (
            script("1a"),
            (
                "invalid_value",
                "/steps/0/id",
                "Step '1a': id: a step id is a letter or '_', then at most 63 letters, digits, '_' or '-'",
                "",
            ),
        ),
        (
            loop("a", [], [condition("b", thn=[])]),
            (
                "unknown_member",
                "/steps/0/config/steps/0/config/thn",
                "Step 'b': config.thn is unknown",
                "Did you mean 'then'?",
            ),
        ),
        (
            loop("a", [], [], items=5),
            ("wrong_type", "/steps/0/config/items", "Step 'a': config.items must be a string or an array", ""),
        ),
        (
            condition("a", then="b"),
            ("wrong_type", "/steps/0/config/then", "Step 'a': config.then must be an array", ""),
        ),
        (
            {"id": "a", "type": "http_request", "http_request": 1, "config": {"url": "https://x"}},
            (
                "unknown_member",
                "/steps/0/http_request",
                "Step 'a': http_request is unknown",
                "Known: config, depends_on, id, name, on_error, retry, timeout_seconds, type, when.",
            ),
        ),
    ],
)
def test_a_problem_says_where_it_is_what_it_is_and_what_to_do(step: Any, problem: tuple[str, str, str, str]) -> None:
    assert problem in _problems(definition(step))


def test_members_outside_of_steps_are_named_by_their_path() -> None:
    source = definition(
        script("a"),
        config={"on_error": {"next": "a", "width": {}}, "start_to_close_timeout": []},
        triggers=[{"type": "sgnal"}, {"type": "webhook", "slug": "!"}],
        tags=["", *["t"] * 20],
    )
    assert _problems(source) == [
        ("invalid_value", "/tags/0", "tags.0 must not be empty", ""),
        ("unknown_member", "/config/on_error/width", "config.on_error.width is unknown", "Did you mean 'with'?"),
        (
            "wrong_type",
            "/config/start_to_close_timeout",
            "config.start_to_close_timeout must be a string or a number",
            "",
        ),
        ("unknown_type", "/triggers/0/type", "triggers.0.type is 'sgnal', which is unknown", "Did you mean 'signal'?"),
        (
            "invalid_value",
            "/triggers/1/slug",
            "triggers.1.slug must match ^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
            "",
        ),
    ]


def test_an_error_of_a_kind_that_nobody_foresaw_is_still_told() -> None:
    error = ErrorDetails(type="new_kind", loc=("name",), msg="Input is odd", input=1)
    assert form_problems([error], {"name": 1}) == [Problem("invalid_value", "/name", "name: Input is odd")]


def test_there_are_at_most_so_many_problems() -> None:
    found = _problems(definition(script("a", list(range(50_000)))))
    assert len(found) == MAX_PROBLEMS + 1
    assert found[-1] == ("more_problems", "", f"There are {50_000 - MAX_PROBLEMS:,} more problems of form", "")


@pytest.mark.parametrize(
    ("source", "code", "path"),
    [
        ({"name": "x", "steps": _nested(50_000)}, "too_deep", "/steps/a/0/a/0/a/0/a"),
        ({"name": "x" * 600_000}, "definition_too_large", ""),
        ({"name": "x", "steps": [{}] * 1_001}, "too_many_steps", "/steps"),
        (definition(loop("l", [], [script(f"s{n}") for n in range(1_000)])), "too_many_steps", "/steps"),
        (definition(script("a", timeout_seconds=float("nan"))), "not_a_number", "/steps/0/timeout_seconds"),
        ({"name": 10**400}, "not_a_number", "/name"),
        ({"name": "\ud800"}, "invalid_text", "/name"),
        ({"\ud800": 1}, "invalid_text", ""),
    ],
)
def test_what_is_over_a_limit_is_refused_and_not_looked_at_any_further(source: Any, code: str, path: str) -> None:
    [(found, at, _, _)] = _problems(source)
    assert (found, at) == (code, path)


@pytest.mark.parametrize("junk", [None, 5, "x", [], [5], {}, {"a": 1}, [[]], True, 1.5])
def test_junk_anywhere_is_a_problem_and_no_exception(junk: Any) -> None:
    for member in ("id", "type", "config", "depends_on", "when", "retry", "on_error", "timeout_seconds", "name"):
        parse(definition(script("a") | {member: junk}))
    for member in ("name", "steps", "config", "author", "tags", "outputs", "schedule", "triggers"):
        parse(definition(script("a")) | {member: junk})
    for member in ("input", "env", "retry_policy", "on_error", "run_timeout", "concurrency"):
        parse(definition(script("a"), config={member: junk}))
    assert parse({"name": junk, "steps": junk}).problems


def test_text_of_any_language_is_text() -> None:
    source = definition(script("a", [], "echo 'größer — 更大 🎈'"), name="Überblick")
    assert parse(source).problems == ()
