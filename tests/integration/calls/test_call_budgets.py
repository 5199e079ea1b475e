"""What requests and steps cost in calls to AWS: money and milliseconds, so the budgets are held here.

The use of the caller's key (one UpdateItem; where nothing limits requests, one GetItem) comes on top of every request.
"""

import asyncio
import json
import threading
from dataclasses import replace

import pytest

from fakes.asgi import call
from fakes.aws_calls import counting
from fakes.aws_writes import writing
from stepweave.adapters.table import TABLE
from stepweave.bootstrap.admit_run import admit_run_handler
from stepweave.bootstrap.api import build_api
from stepweave.bootstrap.run_step import run_step_handler
from stepweave.bootstrap.stores import Stores
from stepweave.bootstrap.track_run import track_run_handler
from stepweave.local import delayed_start, direct_execution, keys
from stepweave.local.current import Function
from stepweave.local.embedded import EmbeddedAws, client, create_machine, function_arn
from stepweave.local.functions import Context
from stepweave.local.stack import BUCKET_NAME, TABLE_NAME, settings_of

STEP = {"id": "a", "type": "script", "config": {"language": "shell", "source": "true"}}
DEFINITION = {"name": "One step", "steps": [STEP, {**STEP, "id": "b", "depends_on": ["a"], "when": "false"}]}
N = {
    "name": "N",
    "steps": [
        {**STEP, "id": name, "depends_on": list(after)}
        for name, after in (("a", ""), ("b", ""), ("c", "a"), ("d", "ab"))
    ],
}
LOOP = {
    "name": "Loop",
    "steps": [{"id": "each", "type": "loop", "config": {"items": "[1..3]", "steps": [{**STEP, "id": "in"}]}}],
}
KEY_USE = 1


class Stage:
    """The API and the step function in this process, on an embedded AWS whose executions do nothing."""

    def __init__(self, calls):
        self.calls = calls
        settings = replace(settings_of(""), rate_limit_per_second=50)
        self.api = build_api(settings)
        self.run_step = run_step_handler(settings, scripts=Scripts())
        self.track_run = track_run_handler(settings)
        _, self.key = keys.new_key(keys.key_store(client("dynamodb"), TABLE_NAME), "test", "admin")

    def request(self, method, path, body=None, **headers):
        """The answer, and how many calls it took beside the use of the key."""
        self.calls.clear()
        status, answer = asyncio.run(call(self.api, method, path, body, self.key, **headers))
        assert status < 300, answer
        return answer, self.calls.total() - KEY_USE

    def enter(self, run_input, step, **more):
        self.calls.clear()
        self.run_step({"run": run_input, "step": step, **more}, Context("run-step", "arn", Function(self.run_step)))
        return self.calls.total(), self.calls.writes()

    def create(self, definition):
        return self.request("POST", "/api/workflows", {"definition": definition})[0]["id"]


class Scripts:
    def run(self, request, timeout_seconds):
        return {"exit_code": 0, "stdout": "", "stderr": "", "result": None, "result_error": None, "timed_out": False}


@pytest.fixture
def stage():
    # Executions go on until the test is over: the end of one would be settled by whoever meets it, at its cost.
    over = threading.Event()
    functions = {"stepweave-local-run-step": Function(lambda *_: over.wait(60))}
    aws = EmbeddedAws(table=TABLE_NAME, table_shape=TABLE, bucket=BUCKET_NAME, functions=functions)
    create_machine(delayed_start.NAME, delayed_start.delayed_start(function_arn("stepweave-local-run-step")))
    create_machine(direct_execution.NAME, direct_execution.direct_execution(function_arn("stepweave-local-run-step")))
    try:
        with counting() as calls:
            yield Stage(calls)
    finally:
        over.set()
        aws.close()


@pytest.fixture
def workflow(stage):
    return stage.request("POST", "/api/workflows", {"definition": DEFINITION})[0]["id"]


def started(stage, workflow):
    run_id = stage.request("POST", f"/api/workflows/{workflow}/run", {})[0]["run_id"]
    story = Stores(settings_of("")).runs.get(run_id, nested=0)
    return {
        "run_id": run_id,
        "execution": 1,
        "workflow_id": workflow,
        "version": 1,
        "plan": story.state.plan_key,
        "position": "",
    }


def test_a_key_is_read_and_counted_by_one_write_of_one_unit_whatever_the_answer(stage):
    with writing() as writes:
        stage.api = build_api(replace(settings_of(""), rate_limit_per_second=50))
        for key, of_the_slug in ((stage.key, {"GetItem": 1}), (stage.key[:-1], {})):
            stage.calls.clear()
            writes.clear()
            asyncio.run(call(stage.api, "GET", "/api/workflows/nosuch", None, key))
            assert stage.calls.counted == {"UpdateItem": 1, **of_the_slug}
            assert writes.units == 1


def test_a_request_over_the_limit_takes_one_call(stage):
    stage.api = build_api(replace(settings_of(""), rate_limit_per_second=1, rate_limit_burst=2))
    answers = []
    for _ in range(3):
        stage.calls.clear()
        answers.append(asyncio.run(call(stage.api, "GET", "/api/workflows/nosuch", None, stage.key))[0])
    assert answers == [404, 404, 429]
    assert stage.calls.counted == {"UpdateItem": 1}


def test_without_a_limit_a_key_is_read_and_nothing_written(stage):
    stage.api = build_api(settings_of(""))
    stage.request("GET", "/api/workflows")
    assert stage.calls.counted["GetItem"] == 1
    assert stage.calls.writes() == 0


def test_reading_a_workflow_takes_one_call(stage, workflow):
    assert stage.request("GET", f"/api/workflows/{workflow}")[1] == 1


def test_creating_a_workflow_takes_at_most_two_calls(stage):
    assert stage.request("POST", "/api/workflows", {"definition": DEFINITION})[1] <= 2


DEFINITION_2 = {**DEFINITION, "name": "Changed", "description": "New"}


@pytest.mark.parametrize(
    ("method", "at", "body", "most"),
    [
        ("PUT", "", {"definition": DEFINITION_2}, 3),  # the third reads its schedules
        ("PUT", "", {"definition": DEFINITION}, 2),  # nothing changes
        ("PATCH", "/status", {"status": "draft"}, 2),
        ("POST", "/rollback", {"version": 1}, 4),
        ("GET", "/versions", None, 2),
        ("GET", "/versions/1", None, 1),
        ("GET", "/diff?v1=1&v2=1", None, 1),
    ],
)
def test_changing_and_comparing_a_workflow_takes_few_calls(stage, workflow, method, at, body, most):
    assert stage.request(method, f"/api/workflows/{workflow}{at}", body)[1] <= most


def test_comparing_and_reading_older_versions_takes_a_call_for_each(stage, workflow):
    stage.request("PUT", f"/api/workflows/{workflow}", {"definition": DEFINITION_2})
    assert stage.request("GET", f"/api/workflows/{workflow}/diff?v1=1&v2=2")[1] == 2
    assert stage.request("GET", f"/api/workflows/{workflow}/versions/1")[1] == 2


def test_a_list_takes_three_calls_whatever_its_filter(stage, workflow):
    for query in ("", "?status=active", "?trigger_type=manual"):
        assert stage.request("GET", f"/api/workflows{query}")[1] == 3


def test_deleting_a_workflow_takes_at_most_twenty_calls(stage, workflow):
    stage.request("PUT", f"/api/workflows/{workflow}", {"definition": DEFINITION_2})
    assert stage.request("DELETE", f"/api/workflows/{workflow}")[1] <= 20


def test_executing_an_agent_takes_three_calls_one_more_with_a_key_and_one_to_look(stage):
    stage.request("PUT", "/api/v0/agents/writer", {})
    path = "/api/v0/agents/writer/executions/async"
    started, calls = stage.request("POST", path, {"prompt": "Hi"})
    assert calls == 3
    assert stage.request("POST", path, {"prompt": "Hi"}, **{"idempotency-key": "k"})[1] == 4
    assert stage.request("GET", started["data"]["exec_url"])[1] == 1


def test_starting_a_run_takes_at_most_four_calls_once_the_version_has_its_machine(stage, workflow):
    first = stage.request("POST", f"/api/workflows/{workflow}/run", {})[1]
    assert stage.request("POST", f"/api/workflows/{workflow}/run", {})[1] <= 4
    assert first <= 7


def cost_of_starts(stage, body=None, times=1, **config):
    """What the last of so many starts costs, on a version that has its machine."""
    workflow = stage.create({**DEFINITION, "config": config})
    costs = [stage.request("POST", f"/api/workflows/{workflow}/run", body or {})[1] for _ in range(times + 1)]
    return costs[-1]


def test_input_schemas_keys_of_limits_and_other_policies_cost_what_they_say(stage):
    ordinary = 4
    assert cost_of_starts(stage, {"input_data": {"n": 1}}, input={"properties": {"m": {"default": 2}}}) == ordinary
    assert cost_of_starts(stage, concurrency={"key": "trigger"}) == ordinary
    assert cost_of_starts(stage, concurrency={"on_limit": "cancel_oldest"}) == ordinary
    assert cost_of_starts(stage, concurrency={"on_limit": "skip"}) == ordinary
    assert cost_of_starts(stage, concurrency={"on_limit": "reject"}) == ordinary + 1
    # Without its slot: no StartExecution, but an entry and a mark.
    assert cost_of_starts(stage, concurrency={"limit": 1}) == ordinary + 1
    assert cost_of_starts(stage, {"delay": 3600}) == ordinary - 1


def test_a_deployment_with_a_limit_takes_one_call_more_for_a_start(stage):
    stage.api = build_api(replace(settings_of(""), max_concurrent_runs_in_all=100))
    assert cost_of_starts(stage) == 5


def test_admitting_a_delayed_run_takes_six_calls_each_time(stage, workflow):
    stage.request("POST", f"/api/workflows/{workflow}/run", {})
    run_id = stage.request("POST", f"/api/workflows/{workflow}/run", {"delay": 3600})[0]["run_id"]
    with open("events/admit_run/due.json") as file:
        event = json.load(file) | {"run_id": run_id}
    admit = admit_run_handler(settings_of(""))
    costs = []
    for _ in range(2):
        stage.calls.clear()
        admit(event, None)
        costs.append(stage.calls.total())
    assert costs == [6, 6]


def test_an_idempotency_key_takes_one_call_more_and_a_replay_of_a_finished_run_three_in_all(stage, workflow):
    path = f"/api/workflows/{workflow}/run"
    stage.request("POST", path, {})
    assert stage.request("POST", path, {}, idempotency_key="k")[1] == 5
    run_id, _ = stage.request("POST", path, {}, idempotency_key="k")
    with open("events/track_run/succeeded.json") as file:
        event = json.load(file)
    event["detail"]["name"] = f"{run_id['run_id']}-1"
    stage.track_run(event, None)
    assert stage.request("POST", path, {}, idempotency_key="k")[1] == 3


def test_an_ordinary_step_takes_at_most_five_calls_four_of_them_writes(stage, workflow):
    run_input = started(stage, workflow)
    stage.enter(run_input, "a")
    run_input = started(stage, workflow)
    total, writes = stage.enter(run_input, "a")
    assert total <= 5
    assert writes <= 4


def test_a_skipped_step_takes_three_calls_and_a_replayed_one_takes_one(stage, workflow):
    run_input = started(stage, workflow)
    stage.enter(run_input, "a")
    assert stage.enter(run_input, "a") == (1, 0)
    assert stage.enter(run_input, "b") == (3, 2)


def test_a_step_writes_once_more_for_each_await_that_it_opens(stage):
    run_input = started(stage, stage.create(N))
    plan = Stores(settings_of("")).plans.get(run_input["workflow_id"], run_input["plan"])
    opens = {name: len(step["opens"]) for name, step in plan["steps"].items()}
    assert sum(opens.values()) == 1
    stage.enter(run_input, "a")
    run_input = started(stage, run_input["workflow_id"])
    for name in ("a", "b"):
        assert stage.enter(run_input, name) == (5 + opens[name], 4 + opens[name])


def test_entering_and_collecting_a_loop_takes_three_writes_and_its_steps_what_others_take(stage):
    workflow = stage.create(LOOP)
    stage.enter(started(stage, workflow), "each")
    run_input = started(stage, workflow)
    assert stage.enter(run_input, "each") == (3, 2)
    costs = [stage.enter(run_input | {"position": str(index)}, "in") for index in range(3)]
    # The first reads the items, and those that follow in the same process do not.
    assert costs == [(6, 4), (5, 4), (5, 4)]
    assert stage.enter(run_input, "each", collect=True) == (4, 2)


def test_reading_a_run_takes_one_call_and_two_more_while_it_queues(stage, workflow):
    run_input = started(stage, workflow)
    stage.enter(run_input, "a")
    path = f"/api/workflows/runs/{run_input['run_id']}"
    # The first reads the plan, which a process keeps.
    assert [stage.request("GET", path)[1] for _ in range(2)] == [2, 1]
    assert stage.request("GET", f"{path}/steps")[1] == 2
    assert stage.request("GET", f"{path}/steps?step_id=a")[1] == 3
    limited = stage.create({**DEFINITION, "config": {"concurrency": {"limit": 1}}})
    ids = [stage.request("POST", f"/api/workflows/{limited}/run", {})[0]["run_id"] for _ in range(2)]
    stage.request("GET", f"/api/workflows/runs/{ids[1]}")
    shown, calls = stage.request("GET", f"/api/workflows/runs/{ids[1]}")
    assert (shown["run"]["queue_position"], calls) == (1, 3)


def test_a_page_of_runs_takes_four_calls_and_one_for_each_run_under_way(stage, workflow):
    for _ in range(3):
        stage.enter(started(stage, workflow), "a")
    assert stage.request("GET", f"/api/workflows/{workflow}/runs")[1] == 4 + 3
    assert stage.request("GET", "/api/workflows/runs")[1] == 3 + 3


def test_requests_on_compozys_surface_cost_little_more_than_the_native_ones(stage, workflow):
    at = f"/api/v0/workflows/{workflow}"
    stage.request("POST", f"{at}/executions", {})
    started, calls = stage.request("POST", f"{at}/executions", {})
    assert calls == 5  # the name of the workflow
    costs = [stage.request("GET", started["data"]["exec_url"])[1] for _ in range(2)]
    assert costs == [3, 2]  # the plan is kept
    assert stage.request("GET", at)[1] == 1
    assert stage.request("GET", "/api/v0/workflows")[1] == 4
    rows, calls = stage.request("GET", f"{at}/executions")
    waits = steps = len(rows["data"]["executions"])
    assert calls <= 5 + waits + steps


def test_the_end_of_a_run_takes_at_most_three_calls(stage, workflow):
    run_input = started(stage, workflow)
    stage.enter(run_input, "a")
    stage.calls.clear()
    with open("events/track_run/succeeded.json") as file:
        event = json.load(file)
    event["detail"]["name"] = f"{run_input['run_id']}-1"
    stage.track_run(event, None)
    assert stage.calls.total() <= 4
    assert stage.calls.writes() == 2


def test_the_secrets_of_a_step_cost_one_call_each_a_minute(stage):
    client("ssm").put_parameter(Name="/stepweave/stepweave-local/key", Value="hunter2", Type="SecureString")
    keyed = {**STEP, "config": {**STEP["config"], "env": {"KEY": "{{ secrets.key & secrets.key }}"}}}
    workflow = stage.create({"name": "Two", "steps": [keyed, {**keyed, "id": "b"}]})
    run_input = started(stage, workflow)
    stage.enter(run_input, "a")
    assert stage.calls.counted["GetParameters"] == 1
    assert stage.enter(run_input, "b") == (5, 4)
    assert stage.calls.counted["GetParameters"] == 0


RESOURCE_CALLS = [
    ("PUT", "/api/v0/agents/a", {}, 2),
    ("PUT", "/api/v0/agents/a", {"instructions": "x"}, 2),
    ("GET", "/api/v0/agents/a", None, 1),
    ("GET", "/api/v0/agents?limit=1", None, 3),
    ("PUT", "/api/v0/tasks/t", {"agent": "a"}, 4),
    ("DELETE", "/api/v0/tasks/t", None, 4),
    ("DELETE", "/api/v0/agents/a", None, 3),
]


def test_resources_take_few_calls_and_two_more_for_each_that_they_begin_to_name(stage):
    took = [stage.request(method, path, body)[1] for method, path, body, _ in RESOURCE_CALLS]
    assert took == [calls for *_, calls in RESOURCE_CALLS]


def test_naming_an_agent_takes_two_calls_more_and_letting_it_go_one(stage):
    plain = {"name": "N", "steps": [STEP]}
    naming = {"name": "N", "steps": [STEP, {"id": "b", "type": "agent_task", "config": {"agent_id": "a", "goal": "g"}}]}
    workflow, calls = stage.request("POST", "/api/workflows", {"definition": plain})
    _, with_agent = stage.request("POST", "/api/workflows", {"definition": naming})
    assert with_agent == calls + 2
    path = f"/api/workflows/{workflow['id']}"
    _, changed = stage.request("PUT", path, {"definition": {**plain, "description": "x"}})
    _, named = stage.request("PUT", path, {"definition": naming})
    _, kept = stage.request("PUT", path, {"definition": {**naming, "description": "x"}})
    _, dropped = stage.request("PUT", path, {"definition": plain})
    assert (named - changed, kept - changed, dropped - changed) == (2, 0, 1)
