"""The SAM template against the code that it deploys."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.events.models import EventPattern
from samcli.yamlhelper import yaml_parse

from stepweave.adapters.table import TABLE, TTL_ATTRIBUTE
from stepweave.local.delayed_start import delayed_start
from stepweave.local.direct_execution import MACHINE_SECONDS, TASK_SECONDS, direct_execution
from stepweave.settings import read_settings

ROOT = Path(__file__).parents[3]
TEMPLATE: Mapping[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
RESOURCES: Mapping[str, Mapping[str, Any]] = TEMPLATE["Resources"]
FUNCTIONS = {name: one for name, one in RESOURCES.items() if one["Type"] == "AWS::Serverless::Function"}
SAMPLE = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::AccountId": "123456789012",
    "AWS::StackName": "stepweave",
}
POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "LOG_LEVEL"}

every_function = pytest.mark.parametrize("name", FUNCTIONS)


def of_type(kind: str) -> dict[str, Mapping[str, Any]]:
    return {name: one["Properties"] for name, one in RESOURCES.items() if one["Type"] == kind}


def resolved(value: Any) -> Any:
    """The value with every Fn::Sub of pseudo parameters replaced by what it is in a sample stack."""
    match value:
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([^}]+)\}", lambda found: SAMPLE.get(found[1], found[0]), text)
        case dict():
            return {name: resolved(member) for name, member in value.items()}
        case list():
            return [resolved(member) for member in value]
        case _:
            return value


def documents() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every policy document, under the name of the resource that has it."""
    for name, one in RESOURCES.items():
        properties = one["Properties"]
        for key in ("PolicyDocument", "AssumeRolePolicyDocument"):
            if key in properties:
                yield name, properties[key]
        for policy in properties.get("Policies", []):
            yield name, policy["PolicyDocument"]


def attached(role: Mapping[str, Any]) -> list[str]:
    """The managed policies of a role, also those that it has under a condition alone."""
    either = [one["Fn::If"][1] if "Fn::If" in one else one for one in role.get("ManagedPolicyArns", [])]
    return [one["Ref"] for one in either]


def statements() -> list[tuple[str, Mapping[str, Any]]]:
    return [(name, statement) for name, document in documents() for statement in either_way(document["Statement"])]


def either_way(statements: list[Any]) -> Iterator[Mapping[str, Any]]:
    """Statements with those of both outcomes of a condition."""
    for one in statements:
        yield from one["Fn::If"][1:] if "Fn::If" in one else [one]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def role_of(function: str) -> tuple[str, Mapping[str, Any]]:
    role = FUNCTIONS[function]["Properties"]["Role"]["Fn::GetAtt"][0]
    return role, RESOURCES[role]["Properties"]


def allowed_to(function: str) -> set[str]:
    """The actions that a function's role allows, by its own statements and by the managed policies it has."""
    _, role = role_of(function)
    found = [policy["PolicyDocument"] for policy in role.get("Policies", [])]
    found += [RESOURCES[managed]["Properties"]["PolicyDocument"] for managed in attached(role)]
    return {
        action
        for document in found
        for one in either_way(document["Statement"])
        if one["Effect"] == "Allow"
        for action in listed(one["Action"])
    }


class Reader(dict[str, str]):
    """An environment that notes which names are read."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


def sample_environment(function: str) -> Reader:
    """What the template sets for a function; what only a deployment knows stands as the logical id."""
    variables = FUNCTIONS[function]["Properties"].get("Environment", {}).get("Variables", {})
    parameters = {name: str(one.get("Default", "")) for name, one in TEMPLATE["Parameters"].items()}
    plain = {name: value["Ref"] for name, value in variables.items() if isinstance(value, dict) and "Ref" in value}
    return Reader({name: parameters.get(plain.get(name, ""), str(value)) for name, value in variables.items()})


def test_the_table_is_the_one_the_code_expects() -> None:
    table = RESOURCES["Table"]["Properties"]
    assert {name: table[name] for name in TABLE} == TABLE
    assert table["TimeToLiveSpecification"] == {"AttributeName": TTL_ATTRIBUTE, "Enabled": True}


@pytest.mark.parametrize("parameter", ["PointInTimeRecovery", "DeletionProtection"])
def test_the_table_is_protected_unless_the_operator_says_otherwise(parameter: str) -> None:
    table = RESOURCES["Table"]["Properties"]
    switched = {
        "PointInTimeRecovery": table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"],
        "DeletionProtection": table["DeletionProtectionEnabled"],
    }
    assert switched[parameter] == {"Ref": parameter}
    assert TEMPLATE["Parameters"][parameter]["Default"] == "true"


@pytest.mark.parametrize("name", ["Table", "Bucket"])
def test_records_outlive_the_stack(name: str) -> None:
    assert RESOURCES[name]["DeletionPolicy"] == "Retain"
    assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


@every_function
def test_a_handler_is_where_the_template_says(name: str) -> None:
    module, attribute = TEMPLATE["Globals"]["Function"]["Handler"].split(".")
    source = ROOT / FUNCTIONS[name]["Properties"]["CodeUri"] / f"{module}.py"
    tree = ast.parse(source.read_text())
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert attribute in assigned


def test_every_entry_point_is_deployed() -> None:
    folders = {f"functions/{path.parent.name}" for path in (ROOT / "functions").glob("*/app.py")}
    assert {one["Properties"]["CodeUri"] for one in FUNCTIONS.values()} == folders


@every_function
def test_an_entry_point_is_a_docstring_an_import_and_a_call(name: str) -> None:
    source = ROOT / FUNCTIONS[name]["Properties"]["CodeUri"] / "app.py"
    tree = ast.parse(source.read_text())
    assert ast.get_docstring(tree)
    assert [type(node) for node in tree.body[1:]] == [ast.ImportFrom, ast.Assign]


@every_function
def test_a_function_that_works_on_records_can_read_its_settings(name: str) -> None:
    environment = sample_environment(name)
    if name == "RunScriptFunction":
        assert dict(environment) == {"SCRIPT_SCRATCH": "/tmp"}  # noqa: S108 - Lambda's, not this machine's
        return
    settings = read_settings(environment)
    assert settings.max_concurrent_runs == 10
    assert set(environment) - environment.asked <= POWERTOOLS, "variables that nothing reads"


def test_who_starts_runs_knows_all_that_a_state_machine_is_made_of() -> None:
    starting = ("AdmitRun", "Api", "TrackRun", "Reconcile", "FireSchedule", "RunAgent")
    for name in (f"{each}Function" for each in starting):
        settings = read_settings(sample_environment(name))
        assert settings.run_step_arn, name
        assert settings.machine_role_arn, name
        assert settings.machine_log_group_arn, name


@every_function
def test_a_function_logs_to_its_own_group_alone_and_for_a_limited_time(name: str) -> None:
    group = FUNCTIONS[name]["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
    assert RESOURCES[group]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    users = [one for one, each in FUNCTIONS.items() if each["Properties"]["LoggingConfig"]["LogGroup"]["Ref"] == group]
    assert users == [name]
    _, role = role_of(name)
    writes = [
        listed(one["Resource"])
        for policy in role["Policies"]
        for one in either_way(policy["PolicyDocument"]["Statement"])
        if "logs:PutLogEvents" in listed(one["Action"])
    ]
    assert writes == [[{"Fn::GetAtt": [group, "Arn"]}]]


def test_every_log_group_forgets() -> None:
    groups = of_type("AWS::Logs::LogGroup")
    assert len(groups) == len(FUNCTIONS) + 2
    assert all(group["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups.values())


@every_function
def test_a_function_has_a_role_of_its_own(name: str) -> None:
    role, _ = role_of(name)
    assert [one for one in FUNCTIONS if role_of(one)[0] == role] == [name]


def test_no_statement_allows_an_action_with_a_wildcard() -> None:
    loose = [
        (name, action)
        for name, statement in statements()
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
        if "*" in action
    ]
    assert loose == []


def test_only_log_deliveries_and_traces_are_allowed_on_every_resource() -> None:
    bare = {
        (name, statement["Sid"])
        for name, statement in statements()
        if statement["Effect"] == "Allow" and "*" in listed(statement.get("Resource", []))
    }
    assert bare == {
        ("MachineRole", "DeliverLogs"),
        ("DelayedStartRole", "DeliverLogs"),
        ("DirectExecutionRole", "DeliverLogs"),
        ("TracingPolicy", "SendTraces"),
    }


def test_a_script_can_do_nothing_but_log() -> None:
    assert allowed_to("RunScriptFunction") == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert FUNCTIONS["RunScriptFunction"]["Properties"]["Layers"] == [{"Ref": "CoreLayer"}]


def test_run_step_names_a_tenant_exactly_when_the_function_has_tenants() -> None:
    tenancy = FUNCTIONS["RunScriptFunction"]["Properties"]["TenancyConfig"]["Fn::If"]
    named = FUNCTIONS["RunStepFunction"]["Properties"]["Environment"]["Variables"]["SCRIPT_TENANT_ISOLATION"]["Fn::If"]
    assert tenancy == ["IsolateTenants", {"TenantIsolationMode": "PER_TENANT"}, {"Ref": "AWS::NoValue"}]
    assert named == ["IsolateTenants", "true", "false"]


def test_only_who_runs_steps_or_checks_signatures_reads_secrets_of_this_stack_in_the_store_chosen() -> None:
    """The API's function checks the signatures of inbound webhooks."""
    reading = {name for name in FUNCTIONS for one in allowed_to(name) if one.startswith(("ssm:", "secretsmanager:"))}
    assert reading == {"RunStepFunction", "RunAgentFunction", "ApiFunction"}
    [(_, policy), (_, same), (_, last)] = [
        (name, document)
        for name, document in documents()
        if name in ("ApiRole", "RunStepRole", "RunAgentRole") and any("Fn::If" in one for one in document["Statement"])
    ]
    for other in (same, last):
        assert [one for one in other["Statement"] if "Fn::If" in one] == [
            one for one in policy["Statement"] if "Fn::If" in one
        ]
    [[condition, in_ssm, in_manager]] = [one["Fn::If"] for one in policy["Statement"] if "Fn::If" in one]
    assert TEMPLATE["Conditions"][condition] == {"Fn::Equals": [{"Ref": "SecretsBackend"}, "ssm"]}
    assert in_ssm["Action"] == "ssm:GetParameters"
    assert resolved(in_ssm["Resource"]) == "arn:aws:ssm:eu-central-1:123456789012:parameter/stepweave/stepweave/*"
    assert resolved(in_manager["Resource"]) == (
        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:stepweave/stepweave/*"
    )


def test_only_who_starts_runs_may_pass_the_machine_role() -> None:
    passing = {name for name in FUNCTIONS if "iam:PassRole" in allowed_to(name)}
    assert passing == {
        "AdmitRunFunction",
        "ApiFunction",
        "TrackRunFunction",
        "ReconcileFunction",
        "FireScheduleFunction",
        "RunAgentFunction",
    }
    [condition] = [one["Condition"] for _, one in statements() if one.get("Sid") == "TheRoleOfMachines"]
    assert condition == {"StringEquals": {"iam:PassedToService": "states.amazonaws.com"}}


def test_only_who_makes_schedules_may_pass_the_role_of_scheduler_which_can_only_fire_them() -> None:
    passing = [(name, one) for name, one in statements() if one.get("Sid") == "TheRoleOfScheduler"]
    assert [name for name, _ in passing] == ["ApiRole", "ReconcileRole"]
    for _, one in passing:
        assert one["Resource"] == {"Fn::GetAtt": ["SchedulerRole", "Arn"]}
        assert one["Condition"] == {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}
    allowed = {
        (one["Action"], one["Resource"]["Fn::GetAtt"][0])
        for name, one in statements()
        if name == "SchedulerRole" and one["Action"] != "sts:AssumeRole"
    }
    assert allowed == {("lambda:InvokeFunction", "FireScheduleFunction"), ("sqs:SendMessage", "LostEvents")}


def test_who_sets_timers_knows_both_backends() -> None:
    for name in ("ApiFunction", "ReconcileFunction"):
        variables = FUNCTIONS[name]["Properties"]["Environment"]["Variables"]
        assert variables["SCHEDULE_BACKEND"] == {"Ref": "ScheduleBackend"}
        assert variables["SCHEDULE_GROUP"] == {"Ref": "ScheduleGroup"}
        assert variables["SCHEDULER_ROLE_ARN"] == {"Fn::GetAtt": ["SchedulerRole", "Arn"]}


def test_every_function_but_that_of_the_api_is_kept_from_writing_keys() -> None:
    [(policy, denied)] = [(name, one) for name, one in statements() if one.get("Sid") == "KeysAreNotWritten"]
    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": ["KEY#*"]}}
    assert set(denied["Action"]) == {f"dynamodb:{one}Item" for one in ("BatchWrite", "Delete", "Put", "Update")}
    for name in FUNCTIONS:
        policies = role_of(name)[1].get("ManagedPolicyArns", [])
        writes_items = {"Ref": "RecordsPolicy"} in policies
        assert ({"Ref": policy} in policies) == (writes_items and name != "ApiFunction"), name


def test_machines_call_only_the_functions_that_run_steps() -> None:
    [calls] = [one for name, one in statements() if name == "MachineRole" and one.get("Sid") == "RunSteps"]
    assert calls["Action"] == "lambda:InvokeFunction"
    run_step, run_agent = calls["Resource"]
    assert run_step == {"Fn::GetAtt": ["RunStepFunction", "Arn"]}
    named = resolved(FUNCTIONS["RunAgentFunction"]["Properties"]["FunctionName"])
    assert resolved(run_agent) == f"arn:aws:lambda:eu-central-1:123456789012:function:{named}"


def test_every_function_that_makes_machines_knows_the_function_of_agents_by_the_same_arn() -> None:
    """A machine's name holds a hash of it."""
    known = {
        name: resolved(variables["RUN_AGENT_ARN"])
        for name, one in FUNCTIONS.items()
        if "RUN_STEP_ARN" in (variables := one["Properties"].get("Environment", {}).get("Variables", {}))
    }
    named = resolved(FUNCTIONS["RunAgentFunction"]["Properties"]["FunctionName"])
    own = f"arn:aws:lambda:eu-central-1:123456789012:function:{named}"
    assert known.pop("RunAgentFunction") == own
    assert len(known) == 5
    assert all(arn == {"Fn::GetAtt": ["RunAgentFunction", "Arn"]} for arn in known.values())


def test_agents_may_ask_the_models_that_the_operator_names_and_no_others() -> None:
    assert {name for name in FUNCTIONS if "bedrock:InvokeModel" in allowed_to(name)} == {"RunAgentFunction"}
    [models] = [one["Resource"] for _, one in statements() if one.get("Sid") == "AskModels"]
    assert models == {"Ref": "AgentModels"}


def test_machines_start_and_look_after_nothing_but_executions_of_machines_of_this_stack() -> None:
    allowed = {
        action: resolved(one["Resource"])
        for name, one in statements()
        if name == "MachineRole"
        for action in listed(one["Action"])
        if action.startswith("states:")
    }
    assert "TracingPolicy" in attached(RESOURCES["MachineRole"]["Properties"])
    owned = "arn:aws:states:eu-central-1:123456789012:{}:stepweave-wf_*"
    assert allowed == {
        "states:StartExecution": owned.format("stateMachine"),
        "states:DescribeExecution": owned.format("execution"),
        "states:StopExecution": owned.format("execution"),
    }


def test_only_who_runs_steps_delivers_signals_or_repairs_may_let_a_state_go_on() -> None:
    sending = {name for name in FUNCTIONS if "states:SendTaskSuccess" in allowed_to(name)}
    assert sending == {"RunStepFunction", "RunAgentFunction", "ApiFunction", "ReconcileFunction"}


def test_delayed_starts_are_deployed_as_they_are_on_a_laptop() -> None:
    machine = RESOURCES["DelayedStart"]["Properties"]
    deployed = json.loads((ROOT / machine["DefinitionUri"]).read_text())
    [substituted] = machine["DefinitionSubstitutions"]
    assert deployed == delayed_start(f"${{{substituted}}}")
    assert machine["DefinitionSubstitutions"][substituted] == {"Fn::GetAtt": ["AdmitRunFunction", "Arn"]}


def test_who_delays_runs_knows_the_machine_for_it_and_may_start_it() -> None:
    starts = {name for name, one in statements() if one.get("Sid") == "DelayRuns"}
    assert starts == {"ApiRole", "ReconcileRole"}
    for name in ("ApiFunction", "ReconcileFunction"):
        variables = FUNCTIONS[name]["Properties"]["Environment"]["Variables"]
        assert variables["DELAYED_START_ARN"] == {"Ref": "DelayedStart"}


def test_direct_executions_are_deployed_as_they_are_on_a_laptop() -> None:
    machine = RESOURCES["DirectExecution"]["Properties"]
    deployed = json.loads((ROOT / machine["DefinitionUri"]).read_text())
    [substituted] = machine["DefinitionSubstitutions"]
    assert deployed == direct_execution(f"${{{substituted}}}")
    assert machine["DefinitionSubstitutions"][substituted] == {"Fn::GetAtt": ["RunAgentFunction", "Arn"]}
    assert FUNCTIONS["RunAgentFunction"]["Properties"]["Timeout"] < TASK_SECONDS < MACHINE_SECONDS
    allowed = {one["Sid"]: one for name, one in statements() if name == "DirectExecutionRole" and "Sid" in one}
    assert set(allowed) == {"RunAgents", "DeliverLogs"}
    assert allowed["RunAgents"]["Action"] == "lambda:InvokeFunction"
    assert allowed["RunAgents"]["Resource"] == {"Fn::GetAtt": ["RunAgentFunction", "Arn"]}


def test_who_executes_directly_knows_the_machine_for_it_and_may_start_it() -> None:
    starts = {name: one["Resource"] for name, one in statements() if one.get("Sid") == "ExecuteDirectly"}
    assert starts == {"ApiRole": {"Ref": "DirectExecution"}, "ReconcileRole": {"Ref": "DirectExecution"}}
    for name in ("ApiFunction", "ReconcileFunction"):
        variables = FUNCTIONS[name]["Properties"]["Environment"]["Variables"]
        assert variables["DIRECT_EXECUTION_ARN"] == {"Ref": "DirectExecution"}


def test_reconcile_may_look_at_direct_executions_of_this_stack_alone() -> None:
    [looks] = [one for _, one in statements() if one.get("Sid") == "LookWhetherDirectExecutionsHaveEnded"]
    named = resolved(RESOURCES["DirectExecution"]["Properties"]["Name"])
    assert resolved(looks["Resource"]) == f"arn:aws:states:eu-central-1:123456789012:execution:{named}:exec_*"


def test_what_the_adapters_call_is_what_functions_may_call() -> None:
    """`self._client.put_item` in an adapter is the permission `dynamodb:PutItem`, which some role must allow; and no
    role allows what no adapter calls."""
    services = {each: each for each in ("dynamodb", "s3", "lambda", "ssm", "secretsmanager", "events", "scheduler")}
    services["states"] = "stepfunctions"
    names = {
        operation: f"{service}:{api}"
        for service, client in services.items()
        for operation, api in boto3.client(client, region_name="eu-central-1").meta.method_to_api_mapping.items()
    }
    # Whose permissions go by another name, in AWS's Service Authorization Reference.
    names |= {"transact_write_items": "dynamodb:PutItem", "invoke": "lambda:InvokeFunction"}
    names |= {"list_objects_v2": "s3:ListBucket", "delete_objects": "s3:DeleteObject"}
    # CreateStateMachine with tags needs a second one.
    beside = {"states:CreateStateMachine": {"states:TagResource"}}
    called = {
        names[node.attr]
        for source in (ROOT / "layers/core/stepweave/adapters").glob("*.py")
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self._client" and node.attr in names
    }
    transaction = (ROOT / "layers/core/stepweave/adapters/transaction.py").read_text()
    called |= {"dynamodb:ConditionCheckItem"} if '"ConditionCheck"' in transaction else set()
    allowed = {action for name in FUNCTIONS for action in allowed_to(name)}
    called |= {one for name in called for one in beside.get(name, ())}
    assert called == {one for one in allowed if one.split(":")[0] in services}


RECORDS = {f"dynamodb:{one}" for one in ("BatchGetItem", "GetItem", "PutItem", "Query", "UpdateItem")}
RECORDS |= {"s3:GetObject", "s3:PutObject"}
DISPATCH = {f"states:{one}" for one in ("CreateStateMachine", "StartExecution", "TagResource", "DescribeExecution")}
DISPATCH |= {"dynamodb:DeleteItem", "iam:PassRole"}
REMOVAL = {"states:DeleteStateMachine", "dynamodb:BatchWriteItem", "s3:DeleteObject", "s3:ListBucket"}
RULES = {f"events:{one}" for one in ("PutRule", "PutTargets", "RemoveTargets", "DeleteRule")}
TIMERS = {f"scheduler:{one}" for one in ("CreateSchedule", "UpdateSchedule", "DeleteSchedule")}
SECRETS = {"ssm:GetParameters", "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"}
STOP, WAKE, KEEP = {"states:StopExecution"}, {"states:SendTaskSuccess"}, {"sqs:SendMessage"}
MAY: Mapping[str, set[str]] = {
    "ApiFunction": RECORDS
    | DISPATCH
    | REMOVAL
    | RULES
    | TIMERS
    | SECRETS
    | STOP
    | WAKE
    | {"dynamodb:ConditionCheckItem"},
    "RunStepFunction": RECORDS | SECRETS | WAKE | {"lambda:InvokeFunction"},
    "RunAgentFunction": RECORDS | DISPATCH | SECRETS | STOP | WAKE | {"bedrock:InvokeModel"},
    "RunScriptFunction": set(),
    "AdmitRunFunction": RECORDS | DISPATCH | STOP,
    "TrackRunFunction": RECORDS | DISPATCH | KEEP,
    "FireScheduleFunction": RECORDS
    | DISPATCH
    | STOP
    | KEEP
    | {"events:RemoveTargets", "events:DeleteRule", "scheduler:DeleteSchedule"},
    "ReconcileFunction": RECORDS
    | DISPATCH
    | REMOVAL
    | RULES
    | TIMERS
    | STOP
    | WAKE
    | KEEP
    | {"events:DescribeRule", "events:ListTargetsByRule", "scheduler:GetSchedule"},
}


@every_function
def test_no_function_may_do_more_because_another_may(name: str) -> None:
    """What all may do together is held to the code above; that one of them needs more is decided here."""
    beside = ("logs:", "xray:")
    assert {action for action in allowed_to(name) if not action.startswith(beside)} == MAY[name]


def functions_that_reach(place: str) -> set[str]:
    """Functions whose role allows reading something in the bucket."""
    found = set()
    for name in FUNCTIONS:
        _, role = role_of(name)
        own = [policy["PolicyDocument"] for policy in role.get("Policies", [])]
        for document in own + [RESOURCES[each]["Properties"]["PolicyDocument"] for each in attached(role)]:
            for one in either_way(document["Statement"]):
                if one["Effect"] == "Allow" and "s3:GetObject" in listed(one["Action"]):
                    patterns = [each["Fn::Sub"].removeprefix("${Bucket.Arn}/") for each in listed(one["Resource"])]
                    found |= {name for pattern in patterns if fnmatch(place, pattern)}
    return found


def test_only_who_makes_or_checks_approval_links_reads_the_key_that_signs_them() -> None:
    assert functions_that_reach("keys/signing") == {"ApiFunction", "RunStepFunction"}
    assert functions_that_reach("projects/default/agents.yaml") == {"ApiFunction"}
    assert functions_that_reach("runs/run_1/input.json") == set(FUNCTIONS) - {"RunScriptFunction"}


# The rule that tells of ended runs ----------------------------------------------------------------------------------


def pattern() -> EventPattern:
    return EventPattern.load(json.dumps(resolved(RESOURCES["RunEnded"]["Properties"]["EventPattern"])))


def sample(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "events" / "track_run" / f"{name}.json").read_text())
    return event


@pytest.mark.parametrize("name", ["succeeded", "failed", "timed_out", "aborted"])
def test_the_rule_takes_every_way_a_run_can_end(name: str) -> None:
    assert pattern().matches_event(sample(name))


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("status", "RUNNING"),
        ("name", "0f0f9d2c-child-of-a-map"),
        ("name", "delayed-run_01KAFZ6B3T9D2M7QH4YF0ZK8XE"),
        ("stateMachineArn", "arn:aws:states:eu-central-1:123456789012:stateMachine:stepweave-delayed-start"),
        ("stateMachineArn", "arn:aws:states:eu-central-1:123456789012:stateMachine:other-wf_01KAFZ-v1-3f9c"),
        ("stateMachineArn", "arn:aws:states:eu-central-1:123456789012:stateMachine:stepweave-two-wf_01KAFZ-v1-3f9c"),
    ],
)
def test_the_rule_passes_over_what_is_no_end_of_a_run_of_this_stack(member: str, value: str) -> None:
    event = sample("succeeded")
    assert not pattern().matches_event(event | {"detail": event["detail"] | {member: value}})


def direct_pattern() -> EventPattern:
    whole = resolved(RESOURCES["DirectExecutionFailed"]["Properties"]["EventPattern"])
    assert whole["detail"]["stateMachineArn"] == [{"Ref": "DirectExecution"}]
    whole["detail"]["stateMachineArn"] = [sample("direct_failed")["detail"]["stateMachineArn"]]
    return EventPattern.load(json.dumps(whole))


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_the_rule_of_direct_executions_takes_every_end_that_their_work_has_not_told(status: str) -> None:
    event = sample("direct_failed")
    assert direct_pattern().matches_event(event | {"detail": event["detail"] | {"status": status}})
    assert not pattern().matches_event(event)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("status", "RUNNING"),
        ("status", "SUCCEEDED"),
        ("name", "run_01KAFZ7Q3E9D2S6H8M1N4P5R7T-1"),
        ("stateMachineArn", "arn:aws:states:eu-central-1:123456789012:stateMachine:other-direct-execution"),
    ],
)
def test_the_rule_of_direct_executions_passes_over_all_else(member: str, value: str) -> None:
    event = sample("direct_failed")
    assert not direct_pattern().matches_event(event | {"detail": event["detail"] | {member: value}})


def test_each_rule_may_call_its_function() -> None:
    allowed = {
        (one["FunctionName"]["Ref"], one["SourceArn"]["Fn::GetAtt"][0])
        for one in of_type("AWS::Lambda::Permission").values()
        if one["Principal"] == "events.amazonaws.com" and "Fn::GetAtt" in one["SourceArn"]
    }
    wired = {
        (target["Arn"]["Fn::GetAtt"][0], name)
        for name, rule in of_type("AWS::Events::Rule").items()
        for target in rule["Targets"]
    }
    assert allowed == wired
    assert wired == {
        ("TrackRunFunction", "RunEnded"),
        ("TrackRunFunction", "DirectExecutionFailed"),
        ("ReconcileFunction", "EveryFiveMinutes"),
    }


def test_the_rules_of_schedules_and_triggers_of_this_stack_alone_may_fire_them() -> None:
    permissions = of_type("AWS::Lambda::Permission").values()
    allowed = [one for one in permissions if ":rule/" in one["SourceArn"].get("Fn::Sub", "")]
    assert {one["FunctionName"]["Ref"] for one in allowed} == {"FireScheduleFunction"}
    rules = "arn:aws:events:eu-central-1:123456789012:rule/stepweave-{}_*"
    assert {resolved(one["SourceArn"]) for one in allowed} == {rules.format("sched"), rules.format("trig")}


def test_an_event_that_cannot_be_delivered_is_kept() -> None:
    [policy] = of_type("AWS::SQS::QueuePolicy").values()
    rules = [{"Fn::GetAtt": [name, "Arn"]} for name in ("RunEnded", "DirectExecutionFailed", "EveryFiveMinutes")]
    assert policy["PolicyDocument"]["Statement"][0]["Condition"] == {"ArnEquals": {"aws:SourceArn": rules}}
    assert all("Condition" in one for one in policy["PolicyDocument"]["Statement"])
    assert RESOURCES["LostEvents"]["Properties"]["SqsManagedSseEnabled"] is True


@pytest.mark.parametrize("rule", of_type("AWS::Events::Rule"))
def test_every_rule_keeps_what_it_cannot_deliver(rule: str) -> None:
    for target in RESOURCES[rule]["Properties"]["Targets"]:
        assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["LostEvents", "Arn"]}}


@every_function
def test_who_is_called_without_being_waited_for_keeps_the_events_it_fails_at(name: str) -> None:
    called = {one["FunctionName"].get("Ref") for one in events_permissions()}
    if name not in called:
        assert "EventInvokeConfig" not in FUNCTIONS[name]["Properties"]
        return
    kept = FUNCTIONS[name]["Properties"]["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]
    assert kept == {"Type": "SQS", "Destination": {"Fn::GetAtt": ["LostEvents", "Arn"]}}
    assert "sqs:SendMessage" in allowed_to(name)


def events_permissions() -> list[Mapping[str, Any]]:
    return [one for one in of_type("AWS::Lambda::Permission").values() if one["Principal"] == "events.amazonaws.com"]


# Traces -------------------------------------------------------------------------------------------------------------


def test_functions_and_machines_are_traced_unless_the_operator_says_otherwise() -> None:
    assert TEMPLATE["Parameters"]["Tracing"]["Default"] == "true"
    assert TEMPLATE["Conditions"]["Traced"] == {"Fn::Equals": [{"Ref": "Tracing"}, "true"]}
    assert TEMPLATE["Globals"]["Function"]["Tracing"] == {"Fn::If": ["Traced", "Active", "PassThrough"]}
    for machine in ("DelayedStart", "DirectExecution"):
        assert RESOURCES[machine]["Properties"]["Tracing"] == {"Enabled": {"Ref": "Tracing"}}
        assert "TracingPolicy" in attached(RESOURCES[f"{machine}Role"]["Properties"])
    making = [
        name
        for name, one in FUNCTIONS.items()
        if one["Properties"].get("Environment", {}).get("Variables", {}).get("MACHINE_TRACING") == {"Ref": "Tracing"}
    ]
    assert sorted(making) == sorted(name for name in FUNCTIONS if "states:CreateStateMachine" in allowed_to(name))


@every_function
def test_a_function_may_send_traces_but_for_scripts_which_would_have_that_permission_too(name: str) -> None:
    traces = "xray:PutTraceSegments" in allowed_to(name)
    own = FUNCTIONS[name]["Properties"].get("Tracing")
    assert (traces, own) == ((False, "PassThrough") if name == "RunScriptFunction" else (True, None))


# The API's function from a snapshot ----------------------------------------------------------------------------------


def test_requests_go_to_the_published_version_exactly_when_it_has_a_snapshot() -> None:
    assert TEMPLATE["Parameters"]["ApiSnapStart"]["Default"] == "false"
    assert TEMPLATE["Conditions"]["SnapStarted"] == {"Fn::Equals": [{"Ref": "ApiSnapStart"}, "true"]}
    assert FUNCTIONS["ApiFunction"]["Properties"]["SnapStart"] == {
        "ApplyOn": {"Fn::If": ["SnapStarted", "PublishedVersions", "None"]}
    }
    assert {name for name, one in RESOURCES.items() if one.get("Condition") == "SnapStarted"} == {
        "ApiVersion",
        "ApiAlias",
    }
    condition, alias, function = RESOURCES["HttpIntegration"]["Properties"]["IntegrationUri"]["Fn::If"]
    assert condition == "SnapStarted"
    assert "${ApiAlias}/invocations" in alias["Fn::Sub"]
    assert "${ApiFunction.Arn}/invocations" in function["Fn::Sub"]
    called = RESOURCES["ApiPermission"]["Properties"]["FunctionName"]["Fn::If"]
    assert called == ["SnapStarted", {"Ref": "ApiAlias"}, {"Ref": "ApiFunction"}]
    assert RESOURCES["ApiAlias"]["Properties"]["FunctionVersion"] == {"Fn::GetAtt": ["ApiVersion", "Version"]}


def test_a_change_of_anything_that_the_api_depends_on_publishes_a_new_version() -> None:
    """CloudFormation publishes one for a new description, which holds all that a deployment can change."""
    api = FUNCTIONS["ApiFunction"]["Properties"]
    depends = parameters_in({name: api[name] for name in ("Environment", "MemorySize")})
    _, parts = RESOURCES["ApiVersion"]["Properties"]["Description"]["Fn::Join"]
    layers = [one["Fn::Select"][1]["Fn::Split"][1]["Ref"] for one in parts if "Fn::Select" in one]
    assert layers == [one["Ref"] for one in api["Layers"]]
    assert {one["Ref"] for one in parts if "Ref" in one} == depends
    split = [one["Fn::Select"][0] for one in parts if "Fn::Select" in one]
    arn = "arn:aws:lambda:eu-central-1:123456789012:layer:CoreLayer:12"
    assert [arn.split(":")[at] for at in split] == ["12", "12"]


def parameters_in(value: Any) -> set[str]:
    """The parameters that a value depends on, also by conditions."""
    match value:
        case {"Ref": str(name)} if name in TEMPLATE["Parameters"]:
            return {name}
        case {"Fn::If": [condition, *both]}:
            return parameters_in(TEMPLATE["Conditions"][condition]) | parameters_in(both)
        case dict():
            return {name for one in value.values() for name in parameters_in(one)}
        case list():
            return {name for one in value for name in parameters_in(one)}
        case _:
            return set()


# Concurrency --------------------------------------------------------------------------------------------------------


def test_no_concurrency_is_reserved_unless_the_operator_wants_steps_to_leave_some_to_the_api() -> None:
    reserved = {
        name: one["Properties"]["ReservedConcurrentExecutions"]
        for name, one in FUNCTIONS.items()
        if "ReservedConcurrentExecutions" in one["Properties"]
    }
    limited = ["StepsAreLimited", {"Ref": "RunStepMaxConcurrency"}, {"Ref": "AWS::NoValue"}]
    assert reserved == {"RunStepFunction": {"Fn::If": limited}}
    assert TEMPLATE["Parameters"]["RunStepMaxConcurrency"]["Default"] == 0


def test_reconcile_is_never_still_at_work_when_it_is_called_again() -> None:
    minutes = re.fullmatch(r"rate\((\d+) minutes\)", RESOURCES["EveryFiveMinutes"]["Properties"]["ScheduleExpression"])
    assert minutes is not None
    assert FUNCTIONS["ReconcileFunction"]["Properties"]["Timeout"] < int(minutes[1]) * 60


def test_a_request_is_answered_by_the_function_before_api_gateway_gives_up() -> None:
    limit = RESOURCES["HttpIntegration"]["Properties"]["TimeoutInMillis"] / 1000
    assert FUNCTIONS["ApiFunction"]["Properties"]["Timeout"] < limit <= 30


def test_what_sam_local_is_given_is_what_functions_read() -> None:
    """`sam local` drops what no function declares; the endpoint of an emulator is added as docs/operations.md says."""
    given = json.loads((ROOT / "events" / "env.json").read_text())["Parameters"]
    declared = {name for one in FUNCTIONS.values() for name in one["Properties"]["Environment"]["Variables"]}
    assert set(given) - declared == {"AWS_ENDPOINT_URL"}
    assert {"TABLE_NAME", "BUCKET_NAME", "MACHINE_ROLE_ARN"} <= set(given)
