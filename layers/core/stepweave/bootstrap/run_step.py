"""Wires `run_step`."""

import random
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stepweave.bootstrap.clients import later, utc_now
from stepweave.bootstrap.handler import Handler
from stepweave.bootstrap.secret_stores import secret_store
from stepweave.bootstrap.stores import Stores
from stepweave.settings import Settings, read_settings

if TYPE_CHECKING:
    from stepweave.services.ports import StepBody, Stops
    from stepweave.services.visits import StepPorts
    from stepweave.steps.transport import Transport

LOOK_SECONDS = 5.0
"""Between two looks whether the run was cancelled: a read of one item, a fraction of a percent of what five seconds of
the function cost."""


def run_step_handler(
    settings: Settings | None = None, *, scripts: Any = None, secrets: Any = None, look_seconds: float = LOOK_SECONDS
) -> Handler:
    """A Task state -> one entry into a step. `scripts`: where script text runs, when not in the function for it;
    `secrets`: where secrets are, when not in a store of AWS; `look_seconds`: how often work under way looks whether its
    run was cancelled."""
    return step_handler(step_ports(settings or read_settings(), scripts, secrets, look_seconds))


def step_handler(ports: "StepPorts") -> Handler:
    """The handler on ports that are bound."""
    from stepweave.adapters.lambda_events import entry_of, invocation_of
    from stepweave.services.latches import enter_await
    from stepweave.services.signal_waits import park
    from stepweave.services.signals import SIGNALS, StepCrashed
    from stepweave.services.step_runs import enter_step
    from stepweave.services.visits import AwaitEntry, SignalEntry

    def handle(event: Mapping[str, Any], context: Any) -> Any:
        entry = entry_of(event)
        try:
            if isinstance(entry, AwaitEntry):
                return enter_await(entry, ports)
            if isinstance(entry, SignalEntry):
                return park(entry, ports)
            return enter_step(entry, invocation_of(context, ports.clock()), ports)
        except SIGNALS:
            raise
        except Exception as error:
            ports.tell.fault("step_crashed", error, run_id=entry.run_id, step_id=event.get("step") or event["await"])
            raise StepCrashed from None

    return handle


def transport_of(settings: Settings) -> "Transport":
    from stepweave.steps.address import parse_allowed_hosts
    from stepweave.steps.transport import GuardedTransport

    return GuardedTransport(parse_allowed_hosts(settings.http_allowed_hosts), settings.http_require_tls)


def stops(stores: Stores, look_seconds: float) -> "Stops":
    """The signs that runs were cancelled."""
    from stepweave.services.stop_sign import stop_signs

    return stop_signs(stores.runs.state, stores.tell, time.monotonic, look_seconds)


def step_ports(settings: Settings, scripts: Any, secrets: Any, look_seconds: float = LOOK_SECONDS) -> "StepPorts":
    from stepweave.steps.bodies import bodies

    of_types = bodies(transport_of(settings), scripts or _scripts(settings))
    return ports_of(Stores(settings), of_types, secrets, look_seconds)


def ports_of(
    stores: Stores, bodies: "Mapping[str, StepBody]", secrets: Any, look_seconds: float = LOOK_SECONDS
) -> "StepPorts":
    """For steps of the types that have a body there."""
    from stepweave.adapters.inbox_store import InboxStore
    from stepweave.adapters.kept_items import KeptItems
    from stepweave.adapters.latch_store import LatchStore
    from stepweave.services.visits import StepPorts

    return StepPorts(
        runs=stores.runs,
        plans=stores.plans,
        values=stores.values,
        bodies=bodies,
        clock=utc_now,
        sleep=time.sleep,
        random=random.random,
        tell=stores.tell,
        latches=LatchStore(stores.table),
        machines=stores.machines,
        loop_items=KeptItems(stores.runs, stores.values),
        secrets=secrets or secret_store(stores.settings),
        inboxes=InboxStore(stores.table),
        links=stores.links,
        stops=stops(stores, look_seconds),
    )


def _scripts(settings: Settings) -> Any:
    from stepweave.adapters.lambda_scripts import LambdaScripts

    # An attempt lasts 14 minutes at most. A second delivery would run the script twice, so the client never retries.
    # The connection is idle for as long as the script runs; keep-alive holds it open (Lambda API reference, Invoke).
    client = later("lambda", read_timeout=900, retries={"total_max_attempts": 1}, tcp_keepalive=True)
    return LambdaScripts(client, settings.run_script_function, isolate=settings.script_tenant_isolation)
