from typing import Any

import pytest

from definitions import cases, condition, definition, loop, request, script
from stepweave.compiler.compile import compile_definition
from stepweave.compiler.plan import plan_key
from stepweave.domain.plan import Plan, PlanStep

AGENT = {"id": "a", "type": "agent_task", "config": {"agent_id": "x", "goal": "g"}}


def _plan(*steps: dict[str, Any], **more: Any) -> Plan:
    compiled = compile_definition(definition(*steps, **more))
    assert compiled.problems == ()
    assert compiled.plan is not None
    return compiled.plan


def _step(step: dict[str, Any], **config: Any) -> PlanStep:
    return _plan(step, config=config)["steps"]["a"]


def test_a_plan_holds_what_the_functions_need_of_a_workflow() -> None:
    config = {"env": {"A": "1"}, "run_timeout": "1h", "concurrency": {"limit": 3}}
    plan = _plan(script("a"), outputs={"o": "{{ steps.a.output }}"}, config=config)
    assert (plan["format"], plan["env"], plan["outputs"]) == (1, {"A": "1"}, {"o": "{{ steps.a.output }}"})
    assert (plan["run_timeout"], plan["max_concurrent_runs"]) == (3600.0, 3)
    bare = _plan(script("a"))
    assert (bare["run_timeout"], bare["max_concurrent_runs"]) == (None, None)


def test_steps_are_in_an_order_in_which_they_can_run_loops_before_what_is_in_them() -> None:
    plan = _plan(script("z"), loop("l", ["z"], [script("y", ["x"]), script("x")]), script("a", ["l"]))
    assert list(plan["steps"]) == ["z", "l", "x", "y", "a"]
    assert plan["steps"]["y"]["loops"] == ["l"]
    assert "steps" not in plan["steps"]["l"]["config"]


def test_forks_are_named_after_the_step_they_begin_with() -> None:
    inner = loop("l", ["a"], [script("x"), script("y")])
    assert _plan(script("a"), inner, script("b", ["a"]), script("c"))["forks"] == ["a", "b", "x"]
    assert "forks" not in _plan(script("a"), script("b", ["a"]))


def test_the_config_is_as_it_was_written() -> None:
    step = {"id": "a", "type": "http_request", "config": {"url": "https://x", "json": None, "query": {"n": None}}}
    assert _step(step)["config"] == {"url": "https://x", "json": None, "query": {"n": None}}


def test_edges_are_kept_as_written() -> None:
    plan = _plan(
        script("a", on_error={"goto": "h"}),
        condition("c", ["a"], then=["x"], else_=["y"]),
        cases("d", ["a"], ["x"], ["z"]),
        script("x", ["a", "c", "a"]),
        script("y"),
        script("z"),
        script("h"),
    )
    assert plan["steps"]["x"]["depends_on"] == ["a", "c"]
    assert plan["steps"]["x"]["named_by"] == [
        {"condition": "c", "branch": "then"},
        {"condition": "d", "branch": "cases/0"},
    ]
    assert plan["steps"]["h"]["handles"] == ["a"]
    assert plan["steps"]["a"]["on_error"] == "goto"
    assert plan["steps"]["c"]["branches"] == {"then": ["x"], "else": ["y"]}
    assert plan["steps"]["d"]["branches"] == {"cases/0": ["x"], "cases/1": ["z"], "else": []}


def test_a_default_handler_is_the_goto_of_those_that_say_nothing() -> None:
    plan = _plan(script("a"), script("b", on_error="continue"), script("h"), config={"on_error": {"next": "h"}})
    assert {name: step["on_error"] for name, step in plan["steps"].items()} == {
        "a": "goto",
        "b": "continue",
        "h": "fail",
    }
    assert plan["steps"]["h"]["handles"] == ["a"]


def test_what_a_choice_may_jump_over_is_listed_on_both_sides() -> None:
    steps = [condition("c", then=["d"], else_=["z"]), condition("d", then=["x"]), script("x"), script("z")]
    plan = _plan(*steps)["steps"]
    assert plan["c"]["jumps"] == {"": ["d", "x", "z"], "else": ["d", "x"], "then": ["z"]}
    assert plan["d"]["jumps"] == {"": ["x"], "then": []}
    assert plan["x"]["blocks"] == ["c", "d"]
    assert plan["z"]["blocks"] == ["c"]
    assert plan["c"]["blocks"] == []


def test_the_steps_that_an_expression_reads_are_listed() -> None:
    steps = [
        script("a"),
        script("b"),
        script("c", ["a", "b"], "{{ steps.a.output }}", when="steps.b.output = 1"),
        script("d", ["c"], "{{ $keys(steps) }}"),
        loop("l", ["d"], [script("x"), script("y", ["x"], "{{ $lookup(steps, 'x') }}")], items="steps.d.output"),
    ]
    plan = _plan(*steps)["steps"]
    assert plan["a"]["reads"] == []
    assert plan["c"]["reads"] == ["a", "b"]
    assert plan["d"]["reads"] == ["a", "b", "c"]
    assert plan["l"]["reads"] == ["d"]
    assert plan["y"]["reads"] == ["a", "b", "c", "d", "x"]


def test_retries_come_from_the_step_then_from_the_policy_then_from_the_defaults() -> None:
    default = {
        "max_attempts": 3,
        "on": ["timeout", "connection", "throttled", "server_error"],
        "initial_interval": 1.0,
        "backoff_coefficient": 2.0,
        "maximum_interval": 60.0,
    }
    policy = {"maximum_attempts": 7, "initial_interval": "2s", "non_retryable_error_types": ["timeout", "Other"]}
    assert _step(script("a"))["retry"] == default
    assert _step(script("a", retry={"max_attempts": 9, "on": ["any"]}), retry_policy=policy)["retry"] == default | {
        "max_attempts": 9,
        "on": ["any"],
    }
    assert _step(script("a"), retry_policy=policy)["retry"] == default | {
        "max_attempts": 7,
        "initial_interval": 2.0,
        "on": ["connection", "throttled", "server_error"],
    }


@pytest.mark.parametrize(
    ("step", "config", "seconds"),
    [
        (script("a", timeout_seconds=5), {"start_to_close_timeout": "1m"}, 5),
        (script("a"), {"start_to_close_timeout": "1m"}, 60),
        (script("a"), {"start_to_close_timeout": "1h"}, 840),
        (script("a"), {}, 300),
        (request("a"), {}, 60),
        (AGENT, {}, 840),
    ],
)
def test_an_attempt_is_bounded(step: dict[str, Any], config: dict[str, Any], seconds: float) -> None:
    assert _step(step, **config)["attempt_timeout"] == seconds


def test_a_step_is_bounded_when_the_definition_says_so() -> None:
    assert _step(script("a"))["step_timeout"] is None
    assert _step(script("a"), schedule_to_close_timeout="2h")["step_timeout"] == 7200.0


def test_a_loops_own_time_is_for_all_of_its_items() -> None:
    each = loop("a", [], [script("x")])
    assert _step(each, schedule_to_close_timeout="2h")["step_timeout"] == 7200.0
    own = _step(each | {"timeout_seconds": 86_400}, schedule_to_close_timeout="2h")
    assert (own["step_timeout"], own["attempt_timeout"]) == (86_400, 60.0)


def test_awaits_tell_what_they_wait_for_and_steps_what_they_open() -> None:
    n = [script("a"), script("b"), script("c", ["a"]), script("d", ["a", "b"])]
    plan = _plan(
        *n, loop("l", [], [script(f"n_{name}", [f"n_{each}" for each in after]) for name, after in _N.items()])
    )
    assert plan["awaits"] == {
        "d await": {"id": "d await", "waits_for": ["a"], "loops": []},
        "n_d await": {"id": "n_d await", "waits_for": ["n_a"], "loops": ["l"]},
    }
    opens = {name: step["opens"] for name, step in plan["steps"].items() if step["opens"]}
    assert opens == {"a": ["d await"], "n_a": ["n_d await"]}


_N = {"a": [], "b": [], "c": ["a"], "d": ["a", "b"]}


def test_a_loop_tells_the_steps_right_inside_it() -> None:
    plan = _plan(loop("l", [], [script("y", ["x"]), script("x"), loop("m", ["y"], [script("z")])]))
    assert {name: step["body"] for name, step in plan["steps"].items()} == {
        "l": ["x", "y", "m"],
        "x": [],
        "y": [],
        "m": ["z"],
        "z": [],
    }


def test_equal_plans_have_equal_keys() -> None:
    assert plan_key(_plan(script("a"))) == plan_key(_plan(script("a")))
    assert plan_key(_plan(script("a"))) != plan_key(_plan(script("b")))
    assert len(plan_key(_plan(script("a")))) == 16


def test_a_plan_names_the_secrets_of_a_step() -> None:
    config = {"url": "https://{{ secrets.host }}/", "headers": {"a": "{{ secrets.key & secrets.host }}"}}
    steps = _plan(request("a", config=config), request("b"))["steps"]
    assert steps["a"].get("secrets") == ["host", "key"]
    assert "secrets" not in steps["b"]


HOOK = {"id": "a", "type": "webhook", "config": {"url": "https://example.com"}}


def test_a_webhook_is_delivered_over_the_published_schedule() -> None:
    retry = _step(HOOK)["retry"]
    assert retry["max_attempts"] == 10
    assert retry.get("pauses") == [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]


@pytest.mark.parametrize(
    ("config", "pauses"),
    [
        ({"run_timeout": "1h"}, [5, 300, 1_800]),
        ({"run_timeout": "1d", "schedule_to_close_timeout": "6 minutes"}, [5, 300]),
        ({"schedule_to_close_timeout": "5s"}, None),
    ],
)
def test_as_far_as_the_bounds_of_step_and_run_allow(config: dict[str, Any], pauses: list[int] | None) -> None:
    retry = _step(HOOK, **config)["retry"]
    assert retry.get("pauses") == pauses
    assert retry["max_attempts"] == 1 + len(pauses or ())


def test_a_retry_of_its_own_or_of_the_workflow_wins() -> None:
    own = _plan({**HOOK, "retry": {"max_attempts": 2}})["steps"]["a"]["retry"]
    shared = _step(HOOK, retry_policy={"maximum_attempts": 4})["retry"]
    assert (own["max_attempts"], own.get("pauses"), shared["max_attempts"], shared.get("pauses")) == (2, None, 4, None)
