"""moto's Step Functions, repaired: as strict as AWS where moto is lax, telling of ends, and forgetting old executions.

Each repair has a test in tests/integration/local/test_machines.py that names what AWS does.
"""

import functools
import math
import threading
import time
from collections import deque
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSeconds
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branch_worker import BranchWorker
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk,
    state_task_service_sfn,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import Timestamp
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends
from moto.stepfunctions.parser.utils import TMP_THREADS
from moto.stepfunctions.responses import StepFunctionResponse

from stepweave.local import asl, iterations, status_change
from stepweave.local.current import Current
from stepweave.local.repair import Method, repair

MAX_INPUT_BYTES = 256 * 1024
KEPT_EXECUTIONS = 1000
"""moto keeps every execution for ever, 26 KB each."""
_CLIENTS = threading.Lock()


class StateMachineAlreadyExists(AWSError):
    TYPE = "StateMachineAlreadyExists"
    STATUS = 400


class InvalidDefinition(AWSError):
    TYPE = "InvalidDefinition"
    STATUS = 400


class TooLong(AWSError):
    TYPE = "ValidationException"
    STATUS = 400


def install(current: Current, kept: int = KEPT_EXECUTIONS) -> None:
    """Repairs moto for this process; to be called once."""
    finished = _Finished(kept)
    repair(StepFunctionsParserBackend, "create_state_machine", lambda original: _strict_create(original, current))
    repair(StepFunctionsParserBackend, "start_execution", lambda original: _strict_start(original, current))
    repair(StepFunctionResponse, "stop_execution", lambda _: _stopping(current, finished))
    repair(BaseExecutionWorkerCommunication, "terminated", lambda _: _ending(current, finished))
    repair(StepFunctionResponse, "send_task_failure", lambda _: _send_task_failure)
    repair(ExecutionWorker, "_get_evaluation_environment", _made_once)
    repair(ExecutionWorker, "start", _with_its_environment)
    repair(CustomErrorName, "__init__", lambda _: _any_error_name)
    repair(BranchWorker, "_thread_routine", _quietly_when_stopped)
    repair(TimeoutSeconds, "eval", lambda _: _also_when_stopped)
    repair(Timestamp, "_get_wait_seconds", _until)
    iterations.install()
    repair(json_path, "parse", functools.lru_cache(4096))  # moto makes a parser for every path of every state entered
    for module in (lambda_eval_utils, state_task_service_sfn, state_task_service_aws_sdk):
        repair(module, "boto_client_for", _kept_client)


def _strict_create(original: Method, current: Current) -> Method:
    """AWS parses the definition, and takes a known name only with the very same machine (API reference)."""

    def create_state_machine(backend: Any, name: str, definition: str, **named: Any) -> Any:
        if faults := asl.faults(definition):
            raise InvalidDefinition(f"Invalid State Machine Definition: '{'; '.join(faults)}'")
        what = (definition, named.get("sm_type") or "STANDARD", named.get("loggingConfiguration"))
        with current.lock:
            known = next((machine for machine in backend.state_machines if machine.name == name), None)
            if known is not None and known.stepweave_made_of != what:
                raise StateMachineAlreadyExists(f"State Machine Already Exists: '{known.arn}'")
            machine = original(backend, name=name, definition=definition, **named)
            machine.stepweave_made_of = what
            return machine

    return create_state_machine


def _strict_start(original: Method, current: Current) -> Method:
    """The input is limited and the name is checked; looking for the name and taking it are one step."""

    def start_execution(backend: Any, state_machine_arn: str, name: str | None, execution_input: str) -> Any:
        if len(execution_input.encode()) > MAX_INPUT_BYTES:
            raise TooLong(f"Value at 'input' must have length less than or equal to {MAX_INPUT_BYTES}")
        named = name or str(uuid4())
        backend._validate_name(named)
        with current.lock:
            return original(backend, state_machine_arn, named, execution_input)

    return start_execution


class _Finished:
    """The executions that have ended, oldest first; the oldest is forgotten when there are too many."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._executions: deque[Any] = deque()

    def add(self, execution: Any) -> None:
        self._executions.append(execution)
        while len(self._executions) > self._kept:
            self._forget(self._executions.popleft())

    def _forget(self, execution: Any) -> None:
        backend = stepfunctions_parser_backends[execution.account_id][execution.region_name]
        for machine in backend.state_machines:
            if machine.arn == execution.state_machine_arn and execution in machine.executions:
                machine.executions.remove(execution)
        TMP_THREADS[:] = [thread for thread in TMP_THREADS if thread.is_alive()]


def _ending(current: Current, finished: _Finished) -> Method:
    def terminated(communication: Any) -> None:
        execution = communication.execution
        with current.lock:
            if execution.exec_status != ExecutionStatus.RUNNING:
                return  # It was stopped, and ended then.
            communication._reflect_execution_status()
            _tell(current, finished, execution)

    return terminated


def _stopping(current: Current, finished: _Finished) -> Method:
    """On AWS a stopped execution is over at once, whatever its function still does, and keeps error and cause."""

    def stop_execution(response: Any) -> ActionResult:
        execution = response.stepfunction_backend.describe_execution(response._get_param("executionArn"))
        _wait_for_its_first_state(execution)
        error, cause = response._get_param("error"), response._get_param("cause")
        with current.lock:
            if execution.exec_status == ExecutionStatus.RUNNING:
                now = datetime.now(UTC)
                execution.stop(stop_date=now, error=error, cause=cause)
                execution.exec_status = ExecutionStatus.ABORTED
                execution.stop_date, execution.error, execution.cause = now, error, cause
                _tell(current, finished, execution)
        return ActionResult({"stopDate": execution.stop_date})

    return stop_execution


def _wait_for_its_first_state(execution: Any) -> None:
    """Before it has one, moto's environment does not take a stop. Parsing a machine takes milliseconds."""
    ends_at = time.monotonic() + 30
    while execution.exec_worker.env.program_state() is None and time.monotonic() < ends_at:
        time.sleep(0.001)


def _tell(current: Current, finished: _Finished, execution: Any) -> None:
    finished.add(execution)
    if current.on_end is not None:
        current.on_end(status_change.event_of(execution))


def _send_task_failure(response: Any) -> EmptyResult:
    """moto's own drops the cause."""
    token, error, cause = (response._get_param(name) for name in ("taskToken", "error", "cause"))
    response.stepfunction_backend.send_task_failure(token, error=error, cause=cause)
    return EmptyResult()


def _made_once(original: Method) -> Method:
    def environment(worker: Any) -> Any:
        if worker.env is None:
            worker.env = original(worker)
        return worker.env

    return environment


def _with_its_environment(original: Method) -> Method:
    """moto makes the environment in the new thread; a stop or a task token that comes before would find none."""

    def start(worker: Any) -> None:
        worker._get_evaluation_environment()
        original(worker)

    return start


def _quietly_when_stopped(original: Method) -> Method:
    """A branch of a Parallel that another branch's failure stops before it began would print a traceback."""

    def routine(worker: Any) -> None:
        try:
            original(worker)
        except RuntimeError:
            if worker.env.is_running():
                raise
            worker._branch_worker_comm.on_terminated(env=worker.env)

    return routine


def _also_when_stopped(limit: Any, env: Any) -> None:
    """moto leaves out a part of a state that was stopped meanwhile, but takes its result from the stack: it would find
    the state's input there."""
    limit._eval_body(env)


def _until(original: Method) -> Method:
    """moto leaves the milliseconds out, rounds down and takes the time for a local one; nothing may come too early."""

    def seconds(wait: Any, env: Any) -> int:
        original(wait, env)  # refuses what is no timestamp
        wait.string.eval(env=env)
        left = datetime.fromisoformat(env.stack.pop()) - datetime.now(UTC)
        return max(0, math.ceil(left.total_seconds()))

    return seconds


def _any_error_name(name: Any, error_name: str | None) -> None:
    """A `States.*` error raised inside a Parallel or a Map can be caught outside, which moto's check prevents."""
    ErrorName.__init__(name, error_name=error_name)


def _kept_client(original: Method) -> Method:
    """moto makes a client for every Task, which costs milliseconds and is not safe in threads."""
    kept = functools.cache(original)

    def client(region: str, service: str, **_: Any) -> Any:
        with _CLIENTS:
            return kept(region=region, service=service)

    return client
