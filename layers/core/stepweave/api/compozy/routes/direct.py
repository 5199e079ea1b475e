"""Agents and tasks that are executed by themselves: the routes that both have."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from stepweave.api.auth import READ, Reader, Writer
from stepweave.api.bodies import Body
from stepweave.api.compozy.answers import direct as answers
from stepweave.api.compozy.correlation import CorrelationId
from stepweave.api.compozy.describe.direct import descriptions
from stepweave.api.compozy.direct_events import WantedEvents
from stepweave.api.compozy.direct_stream import stream_direct
from stepweave.api.compozy.listing import InProject
from stepweave.api.compozy.payloads.direct import async_request, seconds_waited, sync_request
from stepweave.api.idempotency import IdempotencyKey
from stepweave.api.use_cases import Api
from stepweave.api.uses.direct import DirectUses
from stepweave.api.waiting import over_within
from stepweave.domain.api_key import Caller
from stepweave.domain.direct_execution import OVER, Kind
from stepweave.services.direct_executions import StartDirect

ExecId = Annotated[str, Path(description="The execution's id.", examples=["exec_01KAFZ9D2M5V3X9R7T2N4Q6S8P"])]


def direct_router(kind: Kind) -> APIRouter:
    """Execute one and wait, or not; see and follow how it goes."""
    router = APIRouter(prefix="/api/v0", tags=[f"{kind}s"])
    describe = descriptions(kind)
    in_path = Depends(_path_id(kind))
    below, found_at = f"/{kind}s/{{{kind}_id}}/executions", f"/executions/{kind}s/{{exec_id}}"

    @router.post(f"{below}/sync", name=f"execute_{kind}_sync", **describe.sync)
    @router.post(below, name=f"execute_{kind}", **describe.execute)
    async def execute(
        of: Annotated[str, in_path],
        caller: Writer,
        body: Body,
        key: IdempotencyKey,
        project: InProject,
        correlation_id: CorrelationId,
        api: Api,
    ) -> Response:
        seconds = seconds_waited(kind, body)
        wanted = sync_request(kind, of, body, project=project, key=key, correlation_id=correlation_id)
        return await _executed(caller, wanted, seconds, api.direct)

    @router.post(f"{below}/async", name=f"start_{kind}_execution", **describe.start)
    def start(
        of: Annotated[str, in_path],
        caller: Writer,
        body: Body,
        key: IdempotencyKey,
        project: InProject,
        correlation_id: CorrelationId,
        api: Api,
    ) -> Response:
        wanted = async_request(kind, of, body, project=project, key=key, correlation_id=correlation_id)
        return answers.started(kind, api.direct.start(caller, wanted))

    @router.get(found_at, name=f"get_{kind}_execution", dependencies=[READ], **describe.get)
    def get(exec_id: ExecId, api: Api) -> Response:
        return answers.execution(api.direct.get(kind, exec_id))

    @router.get(f"{found_at}/stream", name=f"stream_{kind}_execution", **describe.stream)
    async def stream(exec_id: ExecId, caller: Reader, wanted: WantedEvents, api: Api) -> Response:
        return await stream_direct(kind, exec_id, caller.key_id, wanted, api.direct, api.events)

    return router


async def _executed(caller: Caller, wanted: StartDirect, seconds: float, direct: DirectUses) -> Response:
    started = await run_in_threadpool(direct.start, caller, wanted)
    limit = seconds if direct.hold is None else min(seconds, direct.hold)
    is_over = await over_within(lambda: direct.state(wanted.kind, started.exec_id).status in OVER, limit)
    shown = await run_in_threadpool(direct.get, wanted.kind, started.exec_id) if is_over else None
    return answers.ended(wanted.kind, started, shown)


def _path_id(kind: Kind) -> Callable[[str], Awaitable[str]]:
    """The id in the path, under the name that is published."""

    async def resource_id(
        found: Annotated[str, Path(alias=f"{kind}_id", description=f"Its id: {kind}s are named by their clients.")],
    ) -> str:
        return found

    return resource_id
