"""State machines that no run can need, through the whole API; executions stay under way, as nothing ends them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from stepweave.bootstrap.clients import utc_now
from stepweave.bootstrap.stores import Stores
from stepweave.bootstrap.sweeping import retirement_ports
from stepweave.local.embedded import client
from stepweave.local.stack import settings_of
from stepweave.services.retirement import retire_machines


def versions_with_machines():
    names = [each["name"] for each in client("stepfunctions").list_state_machines()["stateMachines"]]
    return sorted(int(name.split("-v")[1].split("-")[0]) for name in names)


def swept(days, **changes):
    """How many machines were removed, as if so many days had passed."""
    now = utc_now() + timedelta(days=days)
    ports = replace(retirement_ports(Stores(settings_of(""))), clock=lambda: now, **changes)
    return retire_machines(ports, now + timedelta(minutes=5))


def run(api, path, **members):
    return api("POST", f"{path}/run", members).json["run_id"]


def end(run_id):
    runs = Stores(settings_of("")).runs
    assert runs.finish(replace(runs.state(run_id), status="completed"))


@pytest.fixture
def path(api):
    return f"/api/workflows/{api.create()}"


def test_the_machine_of_an_old_version_goes_a_day_after_the_new_one_came(api, path, make_definition):
    end(run(api, path))
    api("PUT", path, {"definition": make_definition("Second")})
    assert swept(days=0.9) == 0
    assert versions_with_machines() == [1]
    assert swept(days=1.1) == 1
    assert versions_with_machines() == []
    assert swept(days=9) == 0


def test_a_machine_stays_while_a_run_is_on_it(api, path, make_definition):
    run_id = run(api, path)
    api("PUT", path, {"definition": make_definition("Second")})
    assert swept(days=2) == 0
    end(run_id)
    assert swept(days=2.5) == 0, "looked after a day later"
    assert swept(days=4) == 1


def test_the_machine_of_the_current_version_stays(api, path):
    end(run(api, path))
    assert swept(days=400) == 0
    assert versions_with_machines() == [1]


def test_a_machine_that_is_needed_again_is_made_again_and_goes_again(api, path, make_definition):
    end(run(api, path))
    api("PUT", path, {"definition": make_definition("Second")})
    swept(days=2)
    again = run(api, path, version=1)
    assert versions_with_machines() == [1]
    end(again)
    assert swept(days=2) == 1
    assert versions_with_machines() == []


def test_the_machine_of_a_former_release_goes_when_no_run_is_on_it(api, path):
    workflow_id = path.rpartition("/")[2]
    end(run(api, path))
    stores = Stores(settings_of(""))
    old = stores.workflows.version(workflow_id, 1).machine
    new = replace(old, arn=stores.machines.ensure(f"stepweave-local-{workflow_id}-v1-other", MINIMAL), made_by="other")
    now = utc_now().isoformat()
    stores.workflows.set_machine(workflow_id, 1, new, replaces=old.arn, check_after=now)
    assert swept(days=1) == 1
    [left] = client("stepfunctions").list_state_machines()["stateMachines"]
    assert left["stateMachineArn"] == new.arn
    assert stores.workflows.version(workflow_id, 1).machine == new


def test_one_that_cannot_be_removed_keeps_no_other(api, make_definition):
    class Refusing:
        def __init__(self, machines):
            self.machines, self.refused = machines, 0

        def remove(self, arn):
            if not self.refused:
                self.refused += 1
                raise RuntimeError(arn)
            self.machines.remove(arn)

    for _ in range(2):
        path = f"/api/workflows/{api.create()}"
        end(run(api, path))
        api("PUT", path, {"definition": make_definition("Second")})
    assert swept(days=2, machines=Refusing(Stores(settings_of("")).machines)) == 1
    assert swept(days=2) == 1


MINIMAL = '{"StartAt": "a", "States": {"a": {"Type": "Pass", "End": true}}}'
