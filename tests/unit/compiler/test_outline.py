"""Problems of form do not hide the others."""

from typing import Any

from definitions import condition, definition, loop, request, script
from stepweave.compiler.compile import compile_definition
from stepweave.compiler.form import MAX_PROBLEMS

UNKNOWN = script("last", ["nowhere"])


def _told(*steps: Any, **more: Any) -> list[tuple[str, str]]:
    return [(problem.code, problem.path) for problem in compile_definition(definition(*steps, **more)).problems]


def test_a_misspelt_member_does_not_hide_an_unknown_dependency_nor_a_cycle() -> None:
    steps = [request("a", confg={}), script("b", ["c"]), script("c", ["b"]), UNKNOWN]
    assert _told(*steps) == [
        ("unknown_member", "/steps/0/confg"),
        ("unknown_dependency", "/steps/3/depends_on/0"),
        ("cycle", "/steps/1"),
    ]


def test_a_step_with_a_broken_config_is_still_there_with_its_dependencies_and_expressions() -> None:
    broken = {"id": "a", "type": "http_request", "config": {"body": "{{ steps.b.output }}"}, "depends_on": ["x"]}
    assert _told(broken, script("b", ["a"], "{{ steps.a.output }}")) == [
        ("missing_member", "/steps/0/config/url"),
        ("unknown_dependency", "/steps/0/depends_on/0"),
        ("reference_not_upstream", "/steps/0/config/body"),
    ]


def test_steps_without_a_readable_id_keep_their_place() -> None:
    steps = [7, {"type": "script"}, script("1x"), UNKNOWN]
    assert ("unknown_dependency", "/steps/3/depends_on/0") in _told(*steps)
    assert all("_unreadable" not in f"{each}" for each in compile_definition(definition(*steps)).problems)


def test_what_is_upstream_is_not_judged_where_an_order_may_be_missing() -> None:
    reader = script("b", [], "{{ steps.a.output }}")
    assert _told(script("a"), reader) == [("reference_not_upstream", "/steps/1/config/source")]
    assert _told(script("a"), reader | {"depends_on": "a"}) == [("wrong_type", "/steps/1/depends_on")]
    assert _told(script("a", typ=1), {**reader, "type": "scrpt"}) == [
        ("unknown_member", "/steps/0/typ"),
        ("unknown_type", "/steps/1/type"),
    ]


def test_a_broken_condition_still_names_its_steps() -> None:
    plain = condition("c", then=["x", "y"]) | {"nam": 1}
    assert ("unknown_step", "/steps/0/config/then/1") in _told(plain, script("x"))
    arms = {"cases": [{"when": "input.a", "then": ["x"]}, {"when": "", "then": ["z"]}, 5]}
    told = _told({"id": "c", "type": "condition", "config": arms}, script("x"))
    assert ("unknown_step", "/steps/0/config/cases/1/then/0") in told


def test_what_is_well_formed_in_a_broken_loop_is_looked_at() -> None:
    inside = [script("x", ["nowhere"]), script("y", ["x"], "{{ row }} {{ itm }}"), script("z", nam=1)]
    broken = loop("l", [], inside, item_name="row", max_concurrency=0)
    assert _told(broken, script("a", ["l"])) == [
        ("unknown_member", "/steps/0/config/steps/2/nam"),
        ("invalid_value", "/steps/0/config/max_concurrency"),
        ("unknown_dependency", "/steps/0/config/steps/0/depends_on/0"),
        ("unknown_name", "/steps/0/config/steps/1/config/source"),
    ]
    nested = loop("l", [], [loop("m", [], [script("x", ["nowhere"]), script("y", nam=1)])])
    assert ("unknown_dependency", "/steps/0/config/steps/0/config/steps/0/depends_on/0") in _told(nested)
    assert _told(loop("l", [], [], items=3), UNKNOWN)[-1] == ("unknown_dependency", "/steps/1/depends_on/0")


def test_handlers_and_conditions_of_broken_steps_are_looked_at() -> None:
    broken = script("a", nam=1, when="steps.q.output", on_error={"goto": "h"})
    assert _told(broken)[1:] == [("unknown_step", "/steps/0/on_error/goto"), ("unknown_reference", "/steps/0/when")]


def test_a_broken_head_hides_nothing_of_the_steps() -> None:
    found = compile_definition({"nam": 1, "steps": [UNKNOWN], "config": {"env": 7}}).problems
    assert [problem.code for problem in found] == [
        "missing_member",
        "wrong_type",
        "unknown_member",
        "unknown_dependency",
    ]


def test_without_steps_only_the_form_is_judged() -> None:
    assert [problem.code for problem in compile_definition({"name": "n", "steps": "x"}).problems] == ["wrong_type"]


def test_more_problems_than_anybody_reads_are_not_added_to() -> None:
    steps = [script(f"s{number}", nam=1) for number in range(MAX_PROBLEMS + 1)]
    assert _told(*steps, UNKNOWN)[-1][0] == "more_problems"
    assert len(_told(*steps, UNKNOWN)) == MAX_PROBLEMS + 1
    assert len(_told(*steps[2:], *(script(f"t{number}", ["nowhere"]) for number in range(9)))) == MAX_PROBLEMS + 1


def test_a_broken_step_does_not_hide_what_is_wrong_with_the_schedule() -> None:
    schedule = {"cron": "61 * * * *", "timezone": "Mars/X"}
    assert _told(script("a", nam=1), schedule=schedule) == [
        ("unknown_member", "/steps/0/nam"),
        ("invalid_cron", "/schedule/cron"),
        ("unknown_timezone", "/schedule/timezone"),
    ]
    assert _told(script("a"), schedule={**schedule, "crn": 1}) == [("unknown_member", "/schedule/crn")]
