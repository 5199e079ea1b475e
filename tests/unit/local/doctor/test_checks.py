"""The checks that ask AWS alone."""

import pytest

from stepweave.local.doctor import clock, dead_letters, functions, machines, permissions, reconcile, stack


@pytest.mark.parametrize(("status", "level"), [("UPDATE_COMPLETE", "ok"), ("UPDATE_ROLLBACK_FAILED", "error")])
def test_a_stack_that_did_not_come_through_is_an_error(deployment, said, levels, status, level):
    said.says(describe_stacks={"Stacks": [{"StackStatus": status}]})
    assert levels(stack.check, deployment) == [level]


@pytest.mark.parametrize(
    ("headers", "level"),
    [
        ({"date": "Mon, 02 Nov 2026 08:30:03 GMT"}, "ok"),
        ({"date": "Mon, 02 Nov 2026 08:31:00 GMT"}, "warning"),
        ({"date": "Mon, 02 Nov 2026 08:24:00 GMT"}, "error"),
        ({}, "warning"),
    ],
)
def test_a_clock_that_is_off_is_told_before_aws_refuses_it(deployment, said, levels, headers, level):
    said.says(get_caller_identity={"ResponseMetadata": {"HTTPHeaders": headers}})
    assert levels(clock.check, deployment) == [level]


def account(unreserved):
    return {"AccountLimit": {"UnreservedConcurrentExecutions": unreserved}}


@pytest.mark.parametrize(
    ("configuration", "unreserved", "expected"),
    [
        ({"State": "Active", "LastUpdateStatus": "Successful"}, 1000, ["ok", "ok"]),
        ({"State": "Inactive"}, 10, ["ok", "warning"]),
        ({"State": "Failed", "StateReason": "x"}, 1000, ["error"] * 3 + ["ok", "ok"]),
        ({"LastUpdateStatus": "Failed"}, 1000, ["error"] * 3 + ["ok", "ok"]),
    ],
)
def test_functions_must_be_callable_and_enough_at_once(deployment, said, levels, configuration, unreserved, expected):
    said.says(get_function_configuration=configuration, get_account_settings=account(unreserved))
    assert levels(functions.check, deployment) == expected


def decisions(denied):
    def simulate(**asked):
        return {
            "EvaluationResults": [
                {"EvalActionName": name, "EvalDecision": "explicitDeny" if name == denied else "allowed"}
                for name in asked["ActionNames"]
            ]
        }

    return simulate


@pytest.fixture
def roles(said):
    said.says(
        get_role=lambda **asked: {"Role": {"Arn": f"arn:aws:iam::1:role/{asked['RoleName']}"}},
        describe_table={"Table": {"TableArn": "arn:aws:dynamodb:us-east-1:1:table/stepweave"}},
        get_function_configuration=lambda **asked: {"FunctionArn": f"arn:aws:lambda:::{asked['FunctionName']}"},
    )
    return said


def test_roles_that_may_do_what_runs_need_are_fine(deployment, roles, levels):
    roles.says(simulate_principal_policy=decisions(None))
    assert levels(permissions.check, deployment) == ["ok"]
    resources = {asked["ResourceArns"][0] for asked in roles.asked["simulate_principal_policy"]}
    assert "arn:aws:states:us-east-1:123456789012:stateMachine:stack-wf_x" in resources


def test_a_denied_permission_is_named(deployment, roles):
    roles.says(simulate_principal_policy=decisions("states:CreateStateMachine"))
    (found,) = permissions.check(deployment)
    assert found.level == "error"
    assert "ApiRole may not states:CreateStateMachine" in found.said


@pytest.mark.parametrize(
    ("state", "calls", "failures", "level"),
    [
        ("ENABLED", 12, 0, "ok"),
        ("ENABLED", 12, 1, "error"),
        ("ENABLED", 2, 0, "warning"),
        ("DISABLED", 12, 0, "error"),
    ],
)
def test_reconcile_must_run_and_get_through(deployment, said, levels, state, calls, failures, level):
    sums = {"Invocations": calls, "Errors": failures}
    said.says(
        describe_rule={"State": state},
        get_metric_statistics=lambda **asked: {"Datapoints": [{"Sum": sums[asked["MetricName"]]}]},
    )
    assert levels(reconcile.check, deployment) == [level]


@pytest.mark.parametrize(("others", "level"), [(1, "ok"), (80_000, "warning")])
def test_the_quota_of_machines_is_told_before_it_is_reached(deployment, said, others, level):
    names = ["stack-wf_1", "stack-wf_2", *(f"m{number}" for number in range(others))]
    said.says(list_state_machines={"stateMachines": [{"name": name} for name in names]})
    (found,) = machines.check(deployment)
    assert (found.level, "2 of this stack" in found.said) == (level, True)


@pytest.mark.parametrize(("waiting", "level"), [("0", "ok"), ("3", "warning")])
def test_lost_events_are_told(deployment, said, levels, waiting, level):
    said.says(get_queue_attributes={"Attributes": {"ApproximateNumberOfMessages": waiting}})
    assert levels(dead_letters.check, deployment) == [level]
