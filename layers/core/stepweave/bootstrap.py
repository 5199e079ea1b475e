"""The composition root: settings -> clients -> adapters -> use cases. Nothing else wires.

Imports stand inside the functions, because each Lambda function pays on a cold start for what it imports: `run_script`
must not load boto3, and only `api` loads FastAPI and the compiler.
"""

import os
import random
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property, partial
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from stepweave.ids import NewId, new_id_factory
from stepweave.settings import Settings, read_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from stepweave.adapters.state_machines import StateMachines
    from stepweave.domain.workflow import Machine
    from stepweave.services.dispatch import DispatchPorts
    from stepweave.services.finish import FinishPorts
    from stepweave.services.machines import MachinePorts
    from stepweave.services.ports import Tell
    from stepweave.services.visits import StepPorts

Handler = Callable[[Mapping[str, Any], Any], Any]


def utc_now() -> datetime:
    return datetime.now(UTC)


def new_ids() -> NewId:
    return new_id_factory(lambda: time.time_ns() // 1_000_000, secrets.randbits)


class Stores:
    """Clients and the adapters on them, made once per process."""

    def __init__(self, settings: Settings) -> None:
        from stepweave.adapters.plan_store import PlanStore
        from stepweave.adapters.run_store import RunStore
        from stepweave.adapters.table import Table
        from stepweave.adapters.values import Values
        from stepweave.adapters.workflow_store import WorkflowStore

        self.settings = settings
        self.table: Table = Table(_client("dynamodb"), settings.table)
        self.values: Values = Values(_later("s3"), settings.bucket, links=settings.value_links)
        self.workflows: WorkflowStore = WorkflowStore(self.table, self.values)
        self.plans: PlanStore = PlanStore(self.table, self.values)
        self.runs: RunStore = RunStore(self.table)

    @cached_property
    def machines(self) -> "StateMachines":
        """Its client is made when first used: most invocations have no business with Step Functions."""
        from stepweave.adapters.state_machines import StateMachines

        client = _later("stepfunctions")
        roles = {"role_arn": self.settings.machine_role_arn, "log_group_arn": self.settings.machine_log_group_arn}
        return StateMachines(client, **roles)


class _OnFirstUse:
    """A client that is made when it is first used.

    Loading its service's model takes 50-100 ms of a cold start, and most invocations have nothing to do with it. The
    lock is for the laptop, where many threads come at once: making clients is not thread-safe (boto3 guide).
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._made = cache(make)
        self._lock = Lock()

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            client = self._made()
        return getattr(client, name)


def _later(service: str, **config: Any) -> Any:
    return _OnFirstUse(lambda: _client(service, **config))


def _client(service: str, **config: Any) -> Any:
    """Fails fast and retries a little: a caller waits for the answer, and reconcile looks after what got none."""
    import boto3
    from botocore.config import Config

    defaults: dict[str, Any] = {
        "connect_timeout": 3,
        "read_timeout": 10,
        "retries": {"mode": "standard", "total_max_attempts": 4},
        "max_pool_connections": 50,
    }
    make: Any = boto3.client
    return make(service, config=Config(**{**defaults, **config}))


def _tell() -> "Tell":
    from aws_lambda_powertools import Logger

    from stepweave.adapters.outcomes import Outcomes

    return Outcomes(Logger(), "Stepweave")


def _machine_ports(stores: Stores) -> "MachinePorts":
    from stepweave.compiler.emit import Targets
    from stepweave.services.machines import MachinePorts, Release

    settings = stores.settings
    targets = Targets(run_step_arn=settings.run_step_arn, run_agent_arn=settings.run_agent_arn)
    release = Release(settings.stack, targets, settings.machine_role_arn, settings.machine_log_group_arn)
    return MachinePorts(stores.workflows, stores.plans, stores.machines, release)


def _dispatch_ports(stores: Stores) -> "DispatchPorts":
    from stepweave.services.dispatch import DispatchPorts

    return DispatchPorts(stores.workflows, stores.runs, stores.machines, _remake(stores), _tell())


def _remake(stores: Stores) -> Callable[[str, int], "Machine"]:
    """Loads the compiler only when a state machine has vanished."""

    def remake(workflow_id: str, number: int) -> "Machine":
        from stepweave.services.machines import remaker

        return remaker(_machine_ports(stores))(workflow_id, number)

    return remake


def _finish_ports(stores: Stores) -> "FinishPorts":
    from stepweave.services.finish import FinishPorts

    return FinishPorts(_dispatch_ports(stores), stores.plans, stores.values)


def build_api(settings: Settings) -> "FastAPI":
    """The ASGI application on those resources."""
    from stepweave.adapters.api_key_store import ApiKeyStore
    from stepweave.api.app import create_app
    from stepweave.api.lambda_handler import request_log
    from stepweave.api.use_cases import UseCases
    from stepweave.services import api_keys, graphs, runs, workflows

    stores = Stores(settings)
    new_id = new_ids()
    start = runs.StartPorts(
        _dispatch_ports(stores),
        _machine_ports(stores),
        stores.values,
        new_id,
        utc_now,
        settings.max_concurrent_runs,
    )
    use_cases = UseCases(
        authenticate=partial(api_keys.authenticate, keys=ApiKeyStore(stores.table)),
        create_workflow=partial(workflows.create_workflow, workflows=stores.workflows, new_id=new_id, clock=utc_now),
        get_workflow=partial(workflows.get_workflow, workflows=stores.workflows),
        list_workflows=partial(workflows.list_workflows, workflows=stores.workflows),
        validate_definition=workflows.validate_definition,
        draw_definition=graphs.draw_definition,
        draw_workflow=partial(graphs.draw_workflow, workflows=stores.workflows),
        start_run=partial(runs.start_run, ports=start),
        list_runs=partial(runs.list_runs, workflows=stores.workflows, runs=stores.runs, values=stores.values),
        get_run=partial(runs.get_run, runs=stores.runs, plans=stores.plans, values=stores.values, clock=utc_now),
        run_input=partial(runs.run_input, runs=stores.runs, values=stores.values),
        run_output=partial(runs.run_output, runs=stores.runs, values=stores.values),
        step_output=partial(runs.step_output, runs=stores.runs, values=stores.values),
    )
    return create_app(use_cases, new_id=new_id, log=request_log())


def api_handler(settings: Settings | None = None) -> Handler:
    """API Gateway -> Mangum -> FastAPI."""
    from stepweave.api.lambda_handler import lambda_handler

    return cast(Handler, lambda_handler(build_api(settings or read_settings())))


def run_step_handler(settings: Settings | None = None, *, scripts: Any = None) -> Handler:
    """A Task state -> one entry into a step. `scripts`: where script text runs, when not in the function for it."""
    from stepweave.adapters.lambda_events import entry_of, invocation_of
    from stepweave.services.latches import enter_await
    from stepweave.services.signals import SIGNALS, StepCrashed
    from stepweave.services.step_runs import enter_step
    from stepweave.services.visits import AwaitEntry

    ports = _step_ports(settings or read_settings(), scripts)

    def handle(event: Mapping[str, Any], context: Any) -> Any:
        entry = entry_of(event)
        try:
            if isinstance(entry, AwaitEntry):
                return enter_await(entry, ports)
            return enter_step(entry, invocation_of(context, utc_now()), ports)
        except SIGNALS:
            raise
        except Exception as error:
            ports.tell.fault("step_crashed", error, run_id=entry.run_id, step_id=event.get("step") or event["await"])
            raise StepCrashed from None

    return handle


def _step_ports(settings: Settings, scripts: Any) -> "StepPorts":
    from stepweave.adapters.kept_items import KeptItems
    from stepweave.adapters.latch_store import LatchStore
    from stepweave.services.visits import StepPorts
    from stepweave.steps.address import parse_allowed_hosts
    from stepweave.steps.bodies import bodies
    from stepweave.steps.transport import GuardedTransport

    stores = Stores(settings)
    transport = GuardedTransport(parse_allowed_hosts(settings.http_allowed_hosts), settings.http_require_tls)
    return StepPorts(
        runs=stores.runs,
        plans=stores.plans,
        values=stores.values,
        bodies=bodies(transport, scripts or _scripts(settings)),
        clock=utc_now,
        sleep=time.sleep,
        random=random.random,
        tell=_tell(),
        latches=LatchStore(stores.table),
        machines=stores.machines,
        loop_items=KeptItems(stores.runs, stores.values),
    )


def _scripts(settings: Settings) -> Any:
    from stepweave.adapters.lambda_scripts import LambdaScripts

    # An attempt lasts 14 minutes at most. A second delivery would run the script twice, so the client never retries.
    # The connection is idle for as long as the script runs; keep-alive holds it open (Lambda API reference, Invoke).
    client = _later("lambda", read_timeout=900, retries={"total_max_attempts": 1}, tcp_keepalive=True)
    return LambdaScripts(client, settings.run_script_function, isolate=settings.script_tenant_isolation)


def run_script_handler() -> Handler:
    """`run_step` -> one script. Nothing of AWS is imported.

    On Lambda a script may take four fifths of the memory: a greedy one gets its own error, and the function survives.
    """
    from stepweave.steps.script_runner import run_script

    megabytes = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "0"))
    memory_bytes = megabytes * 1024 * 1024 * 4 // 5 or None
    return lambda event, _: run_script(event, event["timeout_seconds"], memory_bytes=memory_bytes)


def track_run_handler(settings: Settings | None = None) -> Handler:
    """EventBridge -> the end of an execution settles its run."""
    from stepweave.adapters.lambda_events import ended_execution
    from stepweave.services.finish import finish_run

    ports = _finish_ports(Stores(settings or read_settings()))
    return lambda event, _: finish_run(*ended_execution(event), ports)


def reconcile_handler(settings: Settings | None = None) -> Handler:
    """A rule every few minutes -> heals whatever an event lost."""
    from stepweave.services.reconcile import reconcile

    ports = _finish_ports(Stores(settings or read_settings()))

    def handle(_event: Mapping[str, Any], context: Any) -> dict[str, int]:
        healed = reconcile(ports, utc_now, utc_now() + timedelta(milliseconds=context.get_remaining_time_in_millis()))
        return {"checked": len(healed.seen), "repaired": healed.repaired}

    return handle
