"""Wires `run_agent`."""

import random
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from stepweave.bootstrap.clients import client, new_ids, utc_now
from stepweave.bootstrap.direct_running import direct_handler, direct_work_ports
from stepweave.bootstrap.handler import Handler
from stepweave.bootstrap.run_step import LOOK_SECONDS, ports_of, step_handler, transport_of
from stepweave.bootstrap.stores import Stores
from stepweave.settings import Settings, read_settings

if TYPE_CHECKING:
    from stepweave.services.ports.subruns import Outcome, Subrun
    from stepweave.services.start import StartPorts
    from stepweave.steps.agent_task import AgentPorts

_CONNECT_SECONDS = 10


def run_agent_handler(
    settings: Settings | None = None,
    *,
    secrets: Any = None,
    on_laptop: bool = False,
    look_seconds: float = LOOK_SECONDS,
) -> Handler:
    """A Task state of an `agent_task` -> one entry into it; the state of `direct_execution` -> one into that.
    `secrets`, `look_seconds`: see `run_step_handler`; `on_laptop`: MCP servers may be processes, and there is no
    Bedrock."""
    from stepweave.steps.agent_task import agent_task

    stores = Stores(settings or read_settings())
    agent = _agent_ports(stores, on_laptop=on_laptop)
    of_step = step_handler(ports_of(stores, {"agent_task": agent_task(agent)}, secrets, look_seconds))
    direct = direct_handler(direct_work_ports(stores, agent, secrets))

    def handle(event: Mapping[str, Any], context: Any) -> Any:
        return direct(event, context) if "exec_id" in event else of_step(event, context)

    return handle


def _agent_ports(stores: Stores, *, on_laptop: bool) -> "AgentPorts":
    from stepweave.adapters.bedrock_model import BedrockModel
    from stepweave.adapters.resource_store import ResourceStore
    from stepweave.steps.agent_task import AgentPorts
    from stepweave.steps.chat_completions import ChatCompletions
    from stepweave.steps.mcp_stdio import StdioPeer
    from stepweave.steps.workflow_tool import RunCalls

    transport = transport_of(stores.settings)
    runs = RunCalls(
        start=_starting(stores),
        outcome=_outcomes(stores),
        cancel=_cancelling(stores),
        sleep=time.sleep,
        monotonic=time.monotonic,
    )
    return AgentPorts(
        agents=ResourceStore(stores.table),
        chat=ChatCompletions(transport, utc_now),
        bedrock=None if on_laptop else BedrockModel(_bedrock),
        transport=transport,
        runs=runs,
        processes=StdioPeer if on_laptop else None,
        sleep=time.sleep,
        random=random.random,
        monotonic=time.monotonic,
    )


def _starting(stores: Stores) -> "Callable[[Subrun], str]":
    """What starts runs is loaded when the first agent starts one: most never do."""

    @cache
    def ports() -> "StartPorts":
        from stepweave.bootstrap.run_uses import start_ports

        return start_ports(stores, new_ids())

    def start(wanted: "Subrun") -> str:
        from stepweave.services.subruns import start_subrun

        return start_subrun(wanted, ports())

    return start


def _outcomes(stores: Stores) -> "Callable[[str], Outcome | None]":
    def outcome(run_id: str) -> "Outcome | None":
        from stepweave.services.subruns import outcome_of

        return outcome_of(run_id, runs=stores.runs, values=stores.values)

    return outcome


def _cancelling(stores: Stores) -> "Callable[[str, Subrun], None]":
    def cancel(run_id: str, wanted: "Subrun") -> None:
        from stepweave.bootstrap.running import finish_ports
        from stepweave.services.control import ControlPorts
        from stepweave.services.subruns import cancel_subrun

        cancel_subrun(run_id, wanted, ControlPorts(finish_ports(stores), utc_now))

    return cancel


def _bedrock(seconds: float) -> Any:
    """One per question: the time that it may take is known only then, and making a client takes a hundredth of it."""
    limits = {"connect_timeout": _CONNECT_SECONDS, "read_timeout": max(1.0, seconds)}
    return client("bedrock-runtime", **limits, retries={"total_max_attempts": 1})
