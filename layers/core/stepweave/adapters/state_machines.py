"""Step Functions."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from stepweave.errors import Unavailable
from stepweave.services.moments import text_of
from stepweave.services.ports import Execution, Started

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


_TRANSIENT = frozenset(
    {"ThrottlingException", "ExecutionLimitExceeded", "ServiceUnavailable", "InternalFailure", "StateMachineDeleting"}
)
"""Errors that pass by themselves (Step Functions API reference, "Common errors")."""


class StateMachines:
    """The port `services.ports.Machines`."""

    def __init__(
        self,
        client: "SFNClient",
        *,
        role_arn: str,
        log_group_arn: str,
        traced: bool = False,
        tags: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._client = client
        self._role_arn = role_arn
        self._log_group_arn = log_group_arn
        self._traced = traced
        self._tags = [{"key": name, "value": value} for name, value in tags.items()]

    def ensure(self, name: str, asl: str) -> str:
        """CreateStateMachine answers the existing machine when all is equal, tags aside; a name holds a hash of all."""
        request: dict[str, Any] = {"name": name, "definition": asl, "roleArn": self._role_arn, "type": "STANDARD"}
        if self._log_group_arn:
            request["loggingConfiguration"] = self._logging()
        if self._traced:
            request["tracingConfiguration"] = {"enabled": True}
        if self._tags:
            request["tags"] = self._tags
        try:
            return str(self._client.create_state_machine(**request)["stateMachineArn"])
        except ClientError as error:
            if error.response["Error"]["Code"] in _TRANSIENT:
                raise Unavailable("Step Functions") from error
            raise
        except BotoCoreError as error:
            raise Unavailable("Step Functions") from error

    def start(self, arn: str, name: str, input: Mapping[str, Any]) -> Started | None:
        try:
            self._client.start_execution(stateMachineArn=arn, name=name, input=json.dumps(input, sort_keys=True))
        except ClientError as error:
            match error.response["Error"]["Code"]:
                case "ExecutionAlreadyExists":
                    return "existed"
                case "StateMachineDoesNotExist" | "StateMachineDeleting":
                    return None
                case code if code in _TRANSIENT:
                    raise Unavailable("Step Functions") from error
            raise
        except BotoCoreError as error:
            raise Unavailable("Step Functions") from error
        return "started"

    def remove(self, arn: str) -> None:
        """Also answers so when there is none (Step Functions API reference, DeleteStateMachine)."""
        try:
            self._client.delete_state_machine(stateMachineArn=arn)
        except ClientError as error:
            if error.response["Error"]["Code"] in _TRANSIENT:
                raise Unavailable("Step Functions") from error
            raise
        except BotoCoreError as error:
            raise Unavailable("Step Functions") from error

    def execution(self, arn: str, name: str) -> Execution | None:
        try:
            found = self._client.describe_execution(executionArn=_execution_arn(arn, name))
        except ClientError as error:
            match error.response["Error"]["Code"]:
                case "ExecutionDoesNotExist":
                    return None
                case code if code in _TRANSIENT:
                    raise Unavailable("Step Functions") from error
            raise
        except BotoCoreError as error:
            raise Unavailable("Step Functions") from error
        status = "ABORTED" if found["status"] == "PENDING_REDRIVE" else found["status"]
        stopped_at = text_of(found["stopDate"]) if "stopDate" in found else None
        return Execution(status, found.get("error"), found.get("cause"), stopped_at)

    def stop(self, arn: str, name: str, reason: str) -> bool:
        try:
            self._client.stop_execution(executionArn=_execution_arn(arn, name), error="RunStopped", cause=reason)
        except ClientError as error:
            match error.response["Error"]["Code"]:
                case "ExecutionDoesNotExist":
                    return False
                case code if code in _TRANSIENT:
                    raise Unavailable("Step Functions") from error
            raise
        except BotoCoreError as error:
            raise Unavailable("Step Functions") from error
        return True

    def send_success(self, token: str) -> None:
        try:
            self._client.send_task_success(taskToken=token, output="{}")
        except ClientError as error:
            match error.response["Error"]["Code"]:
                case "InvalidToken" | "TaskDoesNotExist" | "TaskTimedOut":
                    return  # the state has gone on already, or is gone with its attempt or its execution
                case code if code in _TRANSIENT:
                    raise Unavailable("Step Functions") from error
            raise
        except BotoCoreError as error:
            raise Unavailable("Step Functions") from error

    def _logging(self) -> dict[str, Any]:
        """Errors only, without data: what a run carries lies in the run store."""
        destination = {"cloudWatchLogsLogGroup": {"logGroupArn": self._log_group_arn}}
        return {"level": "ERROR", "includeExecutionData": False, "destinations": [destination]}


def _execution_arn(machine_arn: str, name: str) -> str:
    """-> `arn:aws:states:eu-west-1:123456789012:execution:<machine>:<name>`"""
    return f"{machine_arn.replace(':stateMachine:', ':execution:', 1)}:{name}"
