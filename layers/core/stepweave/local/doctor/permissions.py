"""Whether the roles may do what runs stand or fall with, as IAM itself decides it, with every boundary and policy."""

from collections.abc import Iterator

from stepweave.local.doctor.deployment import Deployment
from stepweave.local.doctor.finding import Finding, error, ok

_TABLE, _MACHINES = "table", "machines"
_NEEDED = (
    ("ApiRole", ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"), _TABLE),
    ("ApiRole", ("states:CreateStateMachine", "states:StartExecution"), _MACHINES),
    ("RunStepRole", ("dynamodb:GetItem", "dynamodb:UpdateItem"), _TABLE),
    ("TrackRunRole", ("dynamodb:UpdateItem",), _TABLE),
    ("TrackRunRole", ("states:StartExecution",), _MACHINES),
    ("ReconcileRole", ("dynamodb:Query", "dynamodb:UpdateItem"), _TABLE),
    ("MachineRole", ("lambda:InvokeFunction",), "RunStepFunction"),
    ("MachineRole", ("lambda:InvokeFunction",), "RunAgentFunction"),
)


def check(deployment: Deployment) -> Iterator[Finding]:
    iam, denied = deployment.clients("iam"), False
    for role, actions, on in _NEEDED:
        resource = _arn(deployment, on)
        arn = iam.get_role(RoleName=deployment.resources[role])["Role"]["Arn"]
        found = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=list(actions), ResourceArns=[resource])
        for result in found["EvaluationResults"]:
            if result["EvalDecision"] != "allowed":
                denied = True
                yield error(
                    f"{role} may not {result['EvalActionName']} on {resource} ({result['EvalDecision']})",
                    "See the account's service control policies and boundaries; deploy again if the role was edited.",
                )
    if not denied:
        yield ok("the roles may do what runs need")


def _arn(deployment: Deployment, on: str) -> str:
    if on == _TABLE:
        return str(
            deployment.clients("dynamodb").describe_table(TableName=deployment.settings.table)["Table"]["TableArn"]
        )
    if on == _MACHINES:
        return f"{deployment.settings.delayed_start_arn.rpartition(':')[0]}:{deployment.settings.stack}-wf_x"
    configuration = deployment.clients("lambda").get_function_configuration(FunctionName=deployment.resources[on])
    return str(configuration["FunctionArn"])
