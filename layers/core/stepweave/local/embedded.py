"""The embedded AWS: moto in this process, started once, repaired, and bound to a journal while it is open.

Nothing of it can reach AWS: moto answers every request of boto3, and the credentials are made up.
"""

import functools
import io
import json
import logging
import os
import threading
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import boto3
from moto import mock_aws
from moto.core import responses
from moto.core.models import DEFAULT_ACCOUNT_ID

from stepweave.local import dynamodb, functions, machines, s3
from stepweave.local.current import Current, Function
from stepweave.local.journal import Journal
from stepweave.local.repair import repair

ACCOUNT = DEFAULT_ACCOUNT_ID
REGION = "us-east-1"
TABLE_NAME = "stepweave-local"
BUCKET_NAME = "stepweave-local"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/stepweave-local"
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "stepweave-local",
    "AWS_SECRET_ACCESS_KEY": "stepweave-local",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",  # moto knows no endpoints by account
}
_FOREIGN = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
_STARTING = threading.Lock()
_CURRENT = Current()
_STARTED: list[Any] = []


class AlreadyOpen(RuntimeError):
    def __init__(self) -> None:
        super().__init__("this process has an embedded AWS open; moto is global, so close that one first")


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def machine_arn(name: str) -> str:
    return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"


def create_machine(name: str, definition: Mapping[str, Any]) -> None:
    """A state machine of the template's; it is gone when the embedded AWS is closed."""
    client("stepfunctions").create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE_ARN)


def client(service: str) -> Any:
    """A client that moto answers."""
    make: Any = boto3.client
    return make(service, region_name=REGION)


def _start() -> Any:
    """moto, started and repaired: the first call does it, later ones do nothing."""
    with _STARTING:
        if not _STARTED:
            os.environ.update(_CREDENTIALS)
            for name in _FOREIGN:
                os.environ.pop(name, None)
            mock = mock_aws(
                config={"core": {"mock_credentials": False}, "stepfunctions": {"execute_state_machine": True}}
            )
            mock.start()
            # moto inspects a whole class on every call.
            repair(responses, "method_names_from_class", functools.cache)
            # It tells of every state that fails, as an error; the run's record tells that better.
            logging.getLogger("moto").setLevel(logging.CRITICAL)
            for module in (dynamodb, s3, functions, machines):
                module.install(_CURRENT)
            _STARTED.append(mock)
        return _STARTED[0]


class EmbeddedAws:
    """One table, one bucket and the functions given, as the template would make them; open from here to `close`."""

    def __init__(
        self,
        *,
        table: str,
        table_shape: Mapping[str, Any],
        bucket: str,
        functions: Mapping[str, Function],
        journal: Journal | None = None,
    ) -> None:
        mock = _start()
        with _CURRENT.lock:
            if _CURRENT.is_open:
                raise AlreadyOpen
            _CURRENT.is_open = True
            mock.reset()
            _CURRENT.functions = dict(functions)
        self._journal = journal
        self._create(table, table_shape, bucket, functions)
        _CURRENT.journal = journal
        dynamodb.load(_CURRENT, ACCOUNT, REGION)
        s3.load(_CURRENT, ACCOUNT)

    def _create(self, table: str, shape: Mapping[str, Any], bucket: str, functions: Mapping[str, Function]) -> None:
        client("dynamodb").create_table(TableName=table, **shape)
        client("s3").create_bucket(Bucket=bucket)
        client("iam").create_role(RoleName=ROLE_ARN.rpartition("/")[2], AssumeRolePolicyDocument=json.dumps({}))
        for name, function in functions.items():
            client("lambda").create_function(
                FunctionName=name,
                Runtime="python3.13",
                Role=ROLE_ARN,
                Handler="in.process",
                Code={"ZipFile": _empty_zip()},
                Timeout=function.timeout_seconds,
                MemorySize=function.memory_mb,
            )

    def replace_functions(self, functions: Mapping[str, Function]) -> None:
        """Other handlers for the same names: the wiring makes them after the table and the bucket are there."""
        _CURRENT.functions = dict(functions)

    def tell_ends_to(self, on_end: Callable[[dict[str, Any]], None]) -> None:
        """Who gets the status-change event of every execution that ends."""
        _CURRENT.on_end = on_end

    def tell_writes_to(self, on_write: Callable[[str], None]) -> None:
        """Who hears of every write to the table, by its partition."""
        _CURRENT.on_write = on_write

    def close(self, last: Callable[[], object] | None = None) -> None:
        """Stops every execution, then forgets everything but the journal.

        last: the last writes. What a function that is still at work writes comes before them, or is forgotten.
        """
        _CURRENT.on_end = _CURRENT.on_write = None
        _stop_executions()
        with _CURRENT.lock:
            if last is not None:
                last()
            _CURRENT.journal, _CURRENT.functions, _CURRENT.is_open = None, {}, False
            if self._journal is not None:
                self._journal.close()


def _stop_executions() -> None:
    states = client("stepfunctions")
    for machine in states.list_state_machines()["stateMachines"]:
        running = states.list_executions(stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING")
        for execution in running["executions"]:
            states.stop_execution(executionArn=execution["executionArn"], error="Stepweave.Closed", cause="local stop")


def _empty_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("in.py", "")
    return buffer.getvalue()
