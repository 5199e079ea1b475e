"""Schedules of a deployed stack, moved to the backend that it is set to, with its operator's AWS credentials.

Reconcile moves each within a day of the change; this does it now. It works with the environment of `reconcile`, so that
what it makes is what the stack itself would make.
"""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from stepweave.errors import StepweaveError
from stepweave.local.kept_timers import set_timers
from stepweave.local.terminal import complain
from stepweave.settings import Settings, read_settings


def migrate(stack: str, make: Callable[[str], Any] | None = None) -> int:
    """The exit code. `make` gives clients of AWS; it moves again what was moved, harmlessly."""
    try:
        settings = settings_of_stack(stack, make or _client)
        moved = set_timers(settings)
    except (BotoCoreError, ClientError, StepweaveError) as error:
        complain(f"stepweave: {error}")
        return 1
    complain(f"{moved} schedules of {stack} are with the backend '{settings.schedule_backend}'")
    return 0


def settings_of_stack(stack: str, make: Callable[[str], Any]) -> Settings:
    """What the function `reconcile` of a stack reads from its environment."""
    found = make("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId="ReconcileFunction")
    name = found["StackResourceDetail"]["PhysicalResourceId"]
    configuration = make("lambda").get_function_configuration(FunctionName=name)
    return read_settings(configuration["Environment"]["Variables"])


def _client(service: str) -> Any:
    import boto3

    client: Any = boto3.client
    return client(service)
