"""What a step may have of the secrets, and what is left of them when it has settled."""

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from fakes.plans import a_plan, a_plan_step
from fakes.samples import a_run, a_state
from fakes.secrets import FakeSecrets
from fakes.stores import FakeInboxes, FakeLatches, FakePlans, FakeRuns, FakeValues
from fakes.world import FakeClock, FakeMachines, FakeTell
from stepweave.adapters.kept_items import KeptItems
from stepweave.domain.run import StepRun
from stepweave.domain.secret import Secret
from stepweave.errors import StepError
from stepweave.services.approval_links import ApprovalLinks
from stepweave.services.ports import Done, StepContext
from stepweave.services.signals import StepFailed
from stepweave.services.step_runs import enter_step
from stepweave.services.visits import Entry, Invocation, StepPorts

VALUE = "hunter2-hunter2"
CONFIG = {"token": "Bearer {{ secrets.api }}"}


class Stage:
    """One step of a type, with what its body does."""

    def __init__(self, kept: dict[str, Secret], body: Any, **step: Any) -> None:
        self.clock, self.runs, self.tell, self.values = FakeClock(), FakeRuns(), FakeTell(), FakeValues()
        self.secrets, self.plans = FakeSecrets(kept), FakePlans()
        self.runs.create(a_run(), a_state())
        planned = a_plan_step("a", **{"type": "http_request", "config": CONFIG, "secrets": ["api"], **step})
        self.plans.put("wf_1", "plan1", a_plan(planned))
        self.ports = StepPorts(
            runs=self.runs,
            plans=self.plans,
            values=self.values,
            bodies=dict.fromkeys(("http_request", "webhook", "script", "agent_task", "condition"), body),
            clock=self.clock,
            sleep=self.clock.sleep,
            random=lambda: 1.0,
            tell=self.tell,
            latches=FakeLatches(),
            machines=FakeMachines(),
            loop_items=KeptItems(self.runs, self.values),
            inboxes=FakeInboxes(),
            links=ApprovalLinks(lambda: b"key", "https://sw.example"),
            secrets=self.secrets,
        )

    def enter(self) -> StepRun:
        entry = Entry("run_1", 1, "wf_1", 1, "plan1", "", "a")
        with suppress(StepFailed):
            enter_step(entry, Invocation("me", self.clock() + timedelta(seconds=900)), self.ports)
        return self.runs.steps["run_1", "a"]


def echo(context: StepContext) -> Done:
    return Done({"got": context.config, "again": f"x{VALUE}x"})


def test_a_step_gets_the_value_and_its_output_is_masked() -> None:
    seen: list[StepContext] = []

    def body(context: StepContext) -> Done:
        seen.append(context)
        return echo(context)

    record = Stage({"api": Secret(VALUE)}, body).enter()
    assert seen[0].config == {"token": f"Bearer {VALUE}"}
    assert record.output is not None
    assert json.loads(record.output.inline or "") == {"got": {"token": "Bearer ********"}, "again": "x********x"}


def test_secrets_that_the_step_does_not_name_are_not_fetched() -> None:
    stage = Stage({"api": Secret(VALUE)}, lambda _: Done({}), config={}, secrets=[])
    assert stage.enter().status == "completed"
    assert stage.secrets.asked == []


def test_a_plan_of_an_earlier_release_names_none() -> None:
    stage = Stage({}, lambda _: Done({}), config={})
    del stage.plans.get("wf_1", "plan1")["steps"]["a"]["secrets"]
    assert stage.enter().status == "completed"


def test_an_expression_that_a_step_evaluates_by_itself_sees_no_secrets() -> None:
    def body(context: StepContext) -> Done:
        return Done(context.evaluate("$exists(secrets.api)"))

    record = Stage({"api": Secret(VALUE)}, body).enter()
    assert record.output is not None
    assert record.output.inline == "false"


def test_a_secret_that_is_missing_is_named_with_how_to_set_it() -> None:
    record = Stage({}, echo).enter()
    assert record.status == "failed"
    assert record.error is not None
    assert (record.error.code, record.error.details["secret"]) == ("secret_not_found", "api")
    assert record.error.message == "There is no secret 'api'. Put 'api' into the dictionary."


@pytest.mark.parametrize(
    ("secret", "step"),
    [
        (Secret(VALUE, workflows=("wf_2",)), {}),
        (Secret(VALUE, hosts=("api.example",)), {"type": "script"}),
    ],
)
def test_a_secret_bound_elsewhere_is_refused(secret: Secret, step: dict[str, Any]) -> None:
    record = Stage({"api": secret}, echo, **step).enter()
    assert record.error is not None
    assert (record.error.code, record.attempt) == ("secret_not_allowed", 1)


def test_a_step_learns_the_hosts_that_its_secrets_are_bound_to() -> None:
    hosts: list[Any] = []

    def body(context: StepContext) -> Done:
        hosts.append(context.secret_hosts)
        return Done({})

    bound = {
        "api": Secret(VALUE, hosts=("a.example", "b.example:8443"), workflows=("wf_1",)),
        "free": Secret("value-2"),
    }
    assert Stage(bound, body, secrets=["api", "free"]).enter().status == "completed"
    assert hosts == [(("a.example", "b.example:8443"),)]


def test_an_error_is_masked() -> None:
    def body(context: StepContext) -> Done:
        raise StepError("http_status", f"said {VALUE}", details={"body": f"... {VALUE[:-1]}"})

    error = Stage({"api": Secret(VALUE)}, body).enter().error
    assert error is not None
    assert error.message == "said ********"
    assert error.details["body"] == "... ********"


def test_a_crash_is_logged_without_its_text() -> None:
    def body(context: StepContext) -> Done:
        raise ValueError(f"cannot read {VALUE}")

    stage = Stage({"api": Secret(VALUE)}, body)
    assert (error := stage.enter().error) is not None
    assert error.code == "internal"
    [(_, facts)] = [told for told in stage.tell.told if told[0] == "step_crashed"]
    assert VALUE not in repr(facts["error"])
    assert "ValueError" in str(facts["error"])
    assert facts["error"].__cause__ is None
    assert facts["error"].__traceback__ is not None


def test_a_credential_that_the_step_was_given_on_the_way_is_masked_too() -> None:
    def body(context: StepContext) -> Done:
        context.conceal("access-token-1")
        return Done("got access-token-1")

    record = Stage({"api": Secret(VALUE)}, body).enter()
    assert record.output is not None
    assert record.output.inline == '"got ********"'


def test_a_secret_is_not_in_what_python_shows_of_it() -> None:
    assert VALUE not in repr(Secret(VALUE))
