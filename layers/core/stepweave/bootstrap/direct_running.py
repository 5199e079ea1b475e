"""Ports of use cases that start, do and end direct executions."""

import random
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from stepweave.bootstrap.clients import utc_now
from stepweave.bootstrap.handler import Handler
from stepweave.bootstrap.secret_stores import secret_store
from stepweave.bootstrap.stores import Stores
from stepweave.ids import NewId

if TYPE_CHECKING:
    from stepweave.domain.direct_execution import DirectRequest, Kind
    from stepweave.services.direct_executions import Check, DirectPorts, DirectStartPorts
    from stepweave.services.direct_work import DirectWorkPorts, Prepare, Prepared
    from stepweave.steps.agent_task import AgentPorts


def direct_ports(stores: Stores) -> "DirectPorts":
    from stepweave.adapters.direct_store import DirectStore
    from stepweave.services.direct_executions import DirectPorts

    arn = stores.settings.direct_execution_arn
    return DirectPorts(DirectStore(stores.table), stores.machines, arn, utc_now, stores.tell)


def direct_start_ports(stores: Stores, new_id: NewId) -> "DirectStartPorts":
    from stepweave.adapters.resource_store import ResourceStore
    from stepweave.services.direct_executions import DirectStartPorts
    from stepweave.services.direct_targets import check_agent, check_target, check_task

    resources = ResourceStore(stores.table)
    checks: dict[Kind, Check] = {
        "agent": partial(check_agent, resources=resources),
        "task": partial(check_task, resources=resources),
    }
    return DirectStartPorts(
        going=direct_ports(stores),
        values=stores.values,
        keys=stores.idempotency,
        check=partial(check_target, checks=checks),
        new_id=new_id,
    )


def direct_work_ports(stores: Stores, agent: "AgentPorts", secrets: Any) -> "DirectWorkPorts":
    from stepweave.adapters.direct_store import DirectStore
    from stepweave.services.direct_work import DirectWorkPorts

    return DirectWorkPorts(
        executions=DirectStore(stores.table),
        values=stores.values,
        secrets=secrets or secret_store(stores.settings),
        prepare=_prepare(stores, agent),
        clock=utc_now,
        sleep=time.sleep,
        random=random.random,
        tell=stores.tell,
    )


def _prepare(stores: Stores, agent: "AgentPorts") -> "Prepare":
    from stepweave.adapters.resource_store import ResourceStore
    from stepweave.steps.direct_agent import direct_agent
    from stepweave.steps.direct_task import direct_task

    resources = ResourceStore(stores.table)

    def prepare(request: "DirectRequest", asked: Mapping[str, Any]) -> "Prepared":
        of_kind = direct_agent if request.kind == "agent" else direct_task
        return of_kind(request, asked, resources, agent)

    return prepare


def direct_handler(ports: "DirectWorkPorts") -> Handler:
    """The state of `direct_execution` -> one entry into an execution."""
    from stepweave.adapters.lambda_events import invocation_of
    from stepweave.services.direct_work import enter_direct
    from stepweave.services.signals import SIGNALS, StepCrashed

    def handle(event: Mapping[str, Any], context: Any) -> None:
        try:
            enter_direct(event["exec_id"], invocation_of(context, ports.clock()), ports)
        except SIGNALS:
            raise
        except Exception as error:
            ports.tell.fault("step_crashed", error, exec_id=event["exec_id"])
            raise StepCrashed from None

    return handle


def direct_ends(stores: Stores) -> "Callable[[Any], bool]":
    """A status-change event of an execution that is no run's -> it is settled, if nobody has."""
    from stepweave.adapters.lambda_events import ended_execution
    from stepweave.services.direct_ends import settle_ended

    ports = direct_ports(stores)
    return lambda event: settle_ended(*ended_execution(event), ports)
