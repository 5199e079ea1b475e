"""Each type of task as steps."""

from typing import Any

import pytest

from compozy_documents import Json, asks, task, workflow
from stepweave.compozy.definition import translate
from stepweave.errors import Invalid

TOOL = {"id": "shop", "config": {"url": "https://shop.example.com/orders"}, "with": {"currency": "EUR"}}


def steps(*tasks: Json, **more: Any) -> dict[str, Any]:
    return {each["id"]: each for each in translate(workflow(*tasks, **more)).definition["steps"]}


def refused(*tasks: Json, **more: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        translate(workflow(*tasks, **more))
    return {fault.path: fault.message for fault in caught.value.faults}


def tool(name: str, **more: Any) -> Json:
    return {"id": name, "tool": "shop", **more}


def test_an_action_is_given_with_and_a_prompt_reads_it():
    acts = {"id": "a", "agent": {"id": "helper"}, "action": "sort", "with": {"n": "{{ .workflow.input.n }}"}}
    asked = asks("b", prompt="Sort {{ .input.n }} of {{ .with.list.1 }}", **{"with": {"n": 3, "list": ["x", "y"]}})
    made = steps({**acts, "on_success": {"next": "b"}}, asked)
    assert made["a"]["config"] == {"agent_id": "helper", "action": "sort", "with": {"n": "{{ input.n }}"}}
    assert made["b"]["config"] == {"agent_id": "helper", "goal": 'Sort {{ 3 }} of {{ "y" }}'}


def test_a_task_without_with_reads_the_workflows_input():
    assert steps(asks("a", prompt="{{ .input.city }}"))["a"]["config"]["goal"] == "{{ input.city }}"


def test_the_output_of_an_agent_has_the_form_that_the_task_says():
    schema = {"type": "object", "required": ["kind"]}
    assert steps(asks("a", output=schema))["a"]["config"]["output_schema"] == schema


def test_a_tool_with_a_url_is_a_request():
    made = steps(
        tool("a", **{"with": {"page": "{{ .workflow.input.page }}"}}, on_success={"next": "b"}),
        asks("b", prompt="{{ .tasks.a.output.total }}"),
        tools=[TOOL],
    )
    assert made["a"]["type"] == "http_request"
    assert made["a"]["config"] == {
        "url": "https://shop.example.com/orders",
        "method": "GET",
        "query": {"currency": '{{ "EUR" }}', "page": "{{ input.page }}"},
    }
    assert made["b"]["config"]["goal"] == "{{ steps.a.output.body.total }}"


@pytest.mark.parametrize("query", [None, "{{ .input }}", "{{ input }}", " {{- .with -}} "])
def test_a_tool_that_gets_has_what_it_is_given_member_by_member_in_its_query(query):
    config = {"url": "https://shop.example.com/orders", "method": "get", **({"query": query} if query else {})}
    given = {"page": "{{ .workflow.input.page }}", "size": 10}
    made = steps(tool("a", **{"with": given}), tools=[{"id": "shop", "with": {"size": 5, "v": 1}, "config": config}])
    assert made["a"]["config"]["query"] == {"page": "{{ input.page }}", "size": "{{ 10 }}", "v": "{{ 1 }}"}
    bare = steps(tool("a"), tools=[{"id": "shop", "config": config}])
    assert bare["a"]["config"]["query"] == {}


def test_a_query_that_is_another_text_is_refused_with_what_to_write():
    written = {"id": "shop", "config": {"url": "https://shop.example.com/orders", "query": "page={{ .input.page }}"}}
    with pytest.raises(Invalid) as caught:
        translate(workflow(tool("a", **{"with": {"page": 1}}), tools=[written]))
    [fault] = caught.value.faults
    assert fault.path == "/tasks/0"
    assert "config.query is a text" in fault.message
    assert "Write it as an object" in fault.message


def test_a_tool_that_posts_sends_what_it_is_given_as_json_or_where_it_says():
    posts = {"id": "shop", "timeout": "20s", "config": {"url": "https://shop.example.com/orders", "method": "post"}}
    made = steps(tool("a", **{"with": {"n": 1}}), tools=[posts])
    assert (made["a"]["config"]["method"], made["a"]["config"]["json"]) == ("POST", '{{ {"n": 1} }}')
    assert made["a"]["timeout_seconds"] == 20
    templated = {
        **posts,
        "config": {
            **posts["config"],
            "json": {"id": "{{ input.n }}"},
            "auth": {"type": "bearer", "token": "{{ secrets.shop }}"},
        },
    }
    config = steps(tool("a", **{"with": {"n": 1}}), tools=[templated])["a"]["config"]
    assert config["json"] == {"id": "{{ 1 }}"}
    assert config["auth"]["token"] == "{{ secrets.shop }}"


def test_a_tool_of_the_project_is_called_too():
    made = translate(workflow(tool("a")), tools={"shop": TOOL}).definition
    assert made["steps"][0]["type"] == "http_request"


def test_a_prompt_for_a_model_alone_makes_an_agent():
    model = {"provider": "openai", "model": "gpt-5"}
    made = translate(workflow({"id": "a", "prompt": "Hi", "model_config": model, "max_iterations": 3}))
    assert made.definition["steps"][0]["config"] == {"agent_id": "flow.a", "goal": "Hi"}
    assert made.agents == {"flow.a": {"id": "flow.a", "model": {"config": model}, "max_iterations": 3}}


def test_an_agent_that_is_written_out_is_handed_over():
    made = translate(workflow(asks("a", agent={"id": "own", "instructions": "Be kind."})))
    assert made.agents == {"own": {"id": "own", "instructions": "Be kind."}}


def test_an_aggregate_is_a_script_that_gives_back_what_it_is_given():
    made = steps(
        task("aggregate", "a", "b", outputs={"n": "{{ .workflow.input.n }}"}),
        asks("b", prompt="{{ .tasks.a.output.n }}"),
    )
    assert made["a"]["config"]["input"] == {"n": "{{ input.n }}"}
    assert made["b"]["config"]["goal"] == "{{ steps.a.output.result.n }}"


def test_outputs_of_a_task_are_what_others_read_of_it():
    outputs = {"short": "{{ .output.text | upper }}", "deep": {"list": ["{{ .output.n }}", 2]}, "n": 1, "no": None}
    reads = "{{ .tasks.a.output.short }} {{ .tasks.a.output.deep.list.1 }} {{ .tasks.a.output.n }}"
    made = steps(asks("a", "b", outputs=outputs), asks("b", prompt=reads))
    assert made["b"]["config"]["goal"] == "{{ $uppercase(steps.a.output.text) }} {{ 2 }} {{ 1 }}"


def test_outputs_that_read_themselves_are_refused():
    found = refused(
        asks("a", "b", outputs={"x": "{{ .tasks.a.output.x }}"}), asks("b", prompt="{{ .tasks.a.output.x }}")
    )
    assert "read themselves" in found["/tasks/1/prompt"]


def test_a_wait_is_for_a_signal_and_its_payload_is_read():
    waits = task("wait", "w", "a", wait_for="approved", timeout="1h", condition="true")
    made = steps(waits, asks("a", prompt="{{ .tasks.w.output.signal.payload.by }} {{ .tasks.w.output.wait_status }}"))
    assert made["w"]["config"] == {"signal": "approved", "timeout_seconds": 3600}
    assert made["a"]["config"]["goal"] == '{{ steps.w.output.by }} {{ "completed" }}'


def test_a_sleep_is_a_wait_after_the_task():
    made = steps(asks("a", "b", sleep="5m"), asks("b"))
    assert made["a_sleep"]["config"] == {"duration": "5m"}
    assert made["b"]["depends_on"] == ["a_sleep"]


def test_a_made_step_takes_no_id_of_a_task():
    made = steps(asks("a", "a_sleep", sleep="5m"), asks("a_sleep"))
    assert made["a_sleep_2"]["type"] == "wait"


def test_a_collection_is_a_loop_over_what_its_filter_lets_through():
    inner = asks("each", prompt="{{ .order.id }} {{ .at }}")
    made = steps(
        task(
            "collection",
            "c",
            items="{{ .workflow.input.orders }}",
            filter="order.total > 10 && at < 5",
            item_var="order",
            index_var="at",
            batch=3,
            task=inner,
        )
    )
    config = made["c"]["config"]
    assert (
        config["items"]
        == "[$filter(input.orders, function($each, $at) { ((($each.total) > (10)) and (($at) < (5))) })]"
    )
    assert (config["item_name"], config["max_concurrency"], config["on_item_error"]) == ("order", 3, "continue")
    assert config["steps"][0]["config"]["goal"] == "{{ order.id }} {{ index }}"
    assert made["c_done"]["depends_on"] == ["c"]


def test_what_a_collection_puts_out_is_what_its_task_did():
    def reads(inner: Json, path: str) -> Any:
        router = task("router", "r", condition=path, routes={"x": asks("z")})
        made = steps(task("collection", "c", "r", items=[1], task=inner), router, tools=[TOOL])
        return made["r"]["config"]["cases"][0]["when"].removesuffix(' = "x"')

    assert reads(asks("a"), "tasks.c.output[1].n") == "$string(steps.c.output[1].n)"
    assert reads(tool("a"), "tasks.c.output[1].n") == "$string(steps.c.output[1].body.n)"
    sums = task("aggregate", "a", outputs={"n": 1})
    assert reads(sums, "tasks.c.output[1].n") == "$string(steps.c.output[1].result.n)"
    assert reads(sums, "tasks.c.output") == "$string([$map(steps.c.output, function($each) { $each.result })])"


def test_a_collection_in_sequence_runs_one_item_at_a_time():
    made = steps(task("collection", "c", items=["a", "{{ .workflow.input.b }}"], mode="sequential", task=asks("each")))
    assert made["c"]["config"]["max_concurrency"] == 1
    assert made["c"]["config"]["items"] == ["a", "{{ input.b }}"]


def test_tasks_of_a_parallel_task_begin_together_and_are_joined():
    made = steps(
        task("parallel", "p", "after", tasks=[asks("x"), asks("y")]),
        asks("after", prompt="{{ .tasks.p.output.x.output }}"),
    )
    assert made["p"]["depends_on"] == ["x", "y"]
    assert {made[name]["on_error"] for name in "xy"} == {"continue"}
    assert made["after"]["config"]["goal"] == "{{ steps.x.output }}"


def test_tasks_of_a_composite_follow_each_other():
    made = steps(task("composite", "c", tasks=[asks("x"), asks("y")]))
    assert made["y"]["depends_on"] == ["x"]
    assert made["y"]["when"] == 'steps.x.status = "completed"'


def test_retries_and_times_of_a_task_are_the_steps():
    policy = {"maximum_attempts": 5, "initial_interval": "2s", "non_retryable_error_types": ["timeout"]}
    made = steps(asks("a", config={"retry_policy": policy, "start_to_close_timeout": "1m"}))
    assert made["a"]["retry"] == {
        "initial_interval": "2s",
        "max_attempts": 5,
        "on": ["connection", "throttled", "server_error"],
    }
    assert made["a"]["timeout_seconds"] == 60


def test_variables_of_a_task_stand_before_those_of_the_workflow():
    made = steps(
        asks("a", env={"B": "{{ .workflow.input.b }}"}, prompt="{{ .env.A }} {{ .env.B }}"),
        config={"env": {"A": "1", "B": "2"}},
    )
    assert made["a"]["config"]["goal"] == "{{ env.A }} {{ input.b }}"


def test_what_a_router_took_can_be_read():
    made = steps(
        task("router", "r", condition="input.k", routes={"x": "a"}),
        asks("a", prompt="{{ .tasks.r.output.route_taken }}"),
    )
    assert made["a"]["config"]["goal"] == '{{ $lookup({"cases/0": "x"}, steps.r.output.branch) }}'


BROKEN: list[tuple[Json, str, str]] = [
    (task("signal", "a", signal={"id": "x"}), "/tasks/0/type", "no step sends signals"),
    (task("memory", "a", operation="read"), "/tasks/0/type", "no store of memories"),
    (asks("a", memory=["m"]), "/tasks/0/memory", "no memory"),
    (asks("a", attachments=[1]), "/tasks/0/attachments", "nothing is attached"),
    (asks("a", knowledge=[{}]), "/tasks/0/knowledge", "no knowledge bases"),
    (asks("a", input={"type": "object"}), "/tasks/0/input", "not checked"),
    (asks("a", condition="true"), "/tasks/0/condition", "means nothing"),
    (asks("a", routes={"x": "b"}), "/tasks/0/routes", "means nothing"),
    (asks("a", action="x"), "/tasks/0/prompt", "either an action or a prompt"),
    (asks("a", prompt=None), "/tasks/0", "either an action or a prompt"),
    (asks("a", tool="x"), "/tasks/0", "not both"),
    (asks("a", agent=None), "/tasks/0", "needs an agent, a tool"),
    (asks("a", max_iterations=3), "/tasks/0/max_iterations", "belongs to the agent"),
    (tool("a"), "/tasks/0", "no tool 'shop'"),
    ({"id": "a", "tool": {"id": "x", "config": {"workflow": "w"}}}, "/tasks/0", "without a config.url"),
    (
        {
            "id": "a",
            "tool": {"id": "x", "config": {"url": "https://x.example", "headers": {"X-Of": "********"}}},
        },
        "/tasks/0/tool/config/headers/X-Of",
        "hidden cannot be taken over",
    ),
    (
        {
            "id": "a",
            "tool": {"id": "x", "config": {"url": "https://x.example", "headers": {"Authorization": "Bearer 1"}}},
        },
        "/tasks/0/tool/config/headers/Authorization",
        "everybody may read",
    ),
    ({"id": "a", "tool": {"id": "x", "with": [1]}}, "/tasks/0/tool/with", "dictionary"),
    (tool("a", prompt="x"), "/tasks/0/prompt", "means nothing for a tool"),
    (asks("a", sleep="{{ .input.n }}"), "/tasks/0/sleep", "written out"),
    (asks("a", sleep="soon"), "/tasks/0", "not a duration"),
    (asks("a", prompt="{{ .tasks.b.output }}"), "/tasks/0/prompt", "does not exist"),
    (asks("a", prompt="{{ .tasks.a.error }}"), "/tasks/0/prompt", "cannot be read"),
    (asks("a", prompt="{{ .tasks.a.output }}"), "/tasks/0", "reads itself"),
    (asks("a", prompt="{{ .workflow.status }}"), "/tasks/0/prompt", "cannot be read"),
    (asks("a", prompt="{{ .env.NO }}"), "/tasks/0/prompt", "not declared"),
    (asks("a", prompt="{{ .project.name }}"), "/tasks/0/prompt", "no name"),
    (asks("a", prompt="{{ .item }}"), "/tasks/0/prompt", "no name"),
    (asks("a", prompt="{{ .input.y }}", **{"with": {"x": 1}}), "/tasks/0/prompt", "not among what the task is given"),
    (asks("a", prompt="{{ .input }}", **{"with": {"x": ["{{ .workflow.input }}"]}}), "/tasks/0/prompt", "as a whole"),
    (asks("a", on_success={"next": "a", "with": {"x": 1}}), "/tasks/0/on_success/with", "hands over"),
    (asks("a", config={"schedule_to_close_timeout": "5m"}), "/tasks/0/config/schedule_to_close_timeout", "no time"),
    (asks("a", config={"start_to_close_timeout": "no"}), "/tasks/0/config/start_to_close_timeout", "not a duration"),
    (asks("a", unknown=1), "/tasks/0/unknown", "unknown"),
    (asks("a", retries="x"), "/tasks/0/retries", "valid integer"),
    (asks("1a"), "/tasks/0", "step id"),
    ({"agent": "x", "prompt": "y"}, "/tasks/0/id", "needs an id"),
    (task("router", "a"), "/tasks/0", "needs a condition and routes"),
    (task("router", "a", condition="1 +", routes={"x": asks("b")}), "/tasks/0/condition", "cannot be read"),
    (task("router", "a", "b", condition="1", routes={"x": asks("b")}), "/tasks/0/on_success", "routes alone"),
    (task("router", "a", condition="{{ .x }}", routes={"x": asks("b")}), "/tasks/0/condition", "no template"),
    (task("aggregate", "a"), "/tasks/0/outputs", "needs outputs"),
    (task("wait", "a"), "/tasks/0/wait_for", "needs wait_for"),
    (task("wait", "a", wait_for="x", timeout="{{ .x }}"), "/tasks/0/timeout", "not a duration"),
    (task("wait", "a", wait_for="x", condition="signal.payload.ok"), "/tasks/0/condition", "whatever is in it"),
    (task("wait", "a", wait_for="x", processor={"id": "p"}), "/tasks/0/processor", "as it came"),
    (task("parallel", "a"), "/tasks/0/tasks", "needs tasks"),
    (task("parallel", "a", tasks=[asks("b"), asks("c")], strategy="race"), "/tasks/0/strategy", "race"),
    (task("parallel", "a", tasks=[asks("b"), asks("c")], max_workers=1), "/tasks/0/max_workers", "at once"),
    (task("parallel", "a", tasks=[asks("b", "c")]), "/tasks/0/tasks/0/on_success", "not followed"),
    (task("parallel", "a", tasks=[task("router", "b")]), "/tasks/0/tasks/0/type", "leads nowhere"),
    (task("parallel", "a", tasks=[1]), "/tasks/0/tasks/0", "must be an object"),
    (task("parallel", "a", tasks=7), "/tasks/0/tasks", "valid list"),
    (task("composite", "a", tasks=[asks("a")]), "/tasks/0/tasks/0/id", "more than once"),
    (task("collection", "a", task=asks("b")), "/tasks/0/items", "needs items"),
    (task("collection", "a", items="{{ .x.y }}", task=asks("b")), "/tasks/0/items", "no name"),
    (task("collection", "a", items="x", task=asks("b")), "/tasks/0/items", "template or a list"),
    (task("collection", "a", items="{{ .input.x }}"), "/tasks/0/tasks", "one task for each item"),
    (task("collection", "a", items=[1], filter="true", task=asks("b")), "/tasks/0/filter", "no filter"),
    (
        task("collection", "a", items="{{ .input.x }}", batch="{{ .n }}", task=asks("b")),
        "/tasks/0/batch",
        "written out",
    ),
    (
        task("collection", "a", items=[1], task=tool("b"), outputs={"x": "{{ .output }}"}),
        "/outputs/all",
        "cannot be read at once",
    ),
    (task("collection", "a", items=[1], task=asks("b", outputs={"x": 1})), "/outputs/all", "through the collection"),
    (task("collection", "a", items=[1], strategy="race", task=asks("b")), "/tasks/0/strategy", "race"),
]


@pytest.mark.parametrize(("broken", "path", "why"), BROKEN, ids=lambda each: str(each)[:60])
def test_what_means_something_else_in_ours_is_refused_with_its_place(broken: Json, path: str, why: str):
    reads_all = {"outputs": {"all": "{{ .tasks.a.output }}"}} if path.startswith("/outputs") else {}
    found = refused(broken, tools=[TOOL], **reads_all) if reads_all else refused(broken)
    assert path in found, found
    assert why in found[path]


def test_tasks_nested_too_deeply_are_refused():
    deep = asks("x0")
    for level in range(1, 14):
        deep = task("composite", f"x{level}", tasks=[deep])
    assert any("nested deeper" in message for message in refused(deep).values())
