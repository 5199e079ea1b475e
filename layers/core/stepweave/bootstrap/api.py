"""Wires `api`."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from stepweave.bootstrap.clients import new_ids
from stepweave.bootstrap.control_uses import control_uses
from stepweave.bootstrap.direct_uses import direct_uses
from stepweave.bootstrap.event_uses import event_uses
from stepweave.bootstrap.handler import Handler
from stepweave.bootstrap.key_uses import key_check, key_uses
from stepweave.bootstrap.rehearsal_uses import rehearsal_uses
from stepweave.bootstrap.resource_uses import resource_uses
from stepweave.bootstrap.run_uses import run_uses
from stepweave.bootstrap.schedule_uses import schedule_uses
from stepweave.bootstrap.signal_uses import signal_uses
from stepweave.bootstrap.stores import Stores
from stepweave.bootstrap.template_uses import template_uses
from stepweave.bootstrap.transfer_uses import transfer_uses
from stepweave.bootstrap.trigger_uses import trigger_uses
from stepweave.bootstrap.workflow_file_uses import workflow_file_uses
from stepweave.bootstrap.workflow_uses import version_uses, workflow_uses
from stepweave.settings import Settings, read_settings

if TYPE_CHECKING:
    from stepweave.api.surface import Surfaces
    from stepweave.api.uses.events import Listener


def api_handler(settings: Settings | None = None) -> Handler:
    """API Gateway -> Mangum -> FastAPI."""
    from stepweave.api.lambda_handler import lambda_handler

    return cast(Handler, lambda_handler(build_api(settings or read_settings())))


def build_api(
    settings: Settings, *, listen: "Callable[[str], Listener] | None" = None, secrets: Any = None
) -> "Surfaces":
    """The ASGI application on those resources. `listen`: see `event_uses`; `secrets`: see `trigger_uses`."""
    from stepweave.api.app import create_app
    from stepweave.api.lambda_handler import request_log
    from stepweave.api.surface import Shared
    from stepweave.api.use_cases import UseCases
    from stepweave.services.census import census

    stores, new_id = Stores(settings), new_ids()
    workflows = workflow_uses(stores, new_id)
    transfer = transfer_uses(stores, new_id, workflows)
    use_cases = UseCases(
        authenticate=key_check(stores),
        census=partial(census, workflows=stores.workflows, runs=stores.runs),
        workflows=workflows,
        versions=version_uses(stores),
        runs=run_uses(stores, new_id),
        signals=signal_uses(stores, new_id),
        control=control_uses(stores),
        rehearsals=rehearsal_uses(stores, new_id),
        templates=template_uses(stores, new_id, workflows),
        schedules=schedule_uses(stores, new_id),
        triggers=trigger_uses(stores, new_id, secrets),
        events=event_uses(stores, listen),
        transfer=transfer,
        direct=direct_uses(stores, new_id, streams=listen is not None),
        resources=resource_uses(stores),
        workflow_files=workflow_file_uses(stores, transfer),
        keys=key_uses(stores, new_id),
    )
    return create_app(Shared(use_cases, new_id, request_log()))
