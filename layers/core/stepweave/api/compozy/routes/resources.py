"""The routes that agents, tasks and tools have alike."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from stepweave.api.auth import READ, WRITE
from stepweave.api.bodies import Body
from stepweave.api.compozy.answers import resources as answers
from stepweave.api.compozy.bundles import Bundle, ImportStrategy, WantsYaml
from stepweave.api.compozy.describe.resources import descriptions
from stepweave.api.compozy.if_match import Expected
from stepweave.api.compozy.listing import InProject, WantedResources
from stepweave.api.payloads.body import object_body
from stepweave.api.use_cases import Api
from stepweave.domain.resource import Kind


def resource_router(kind: Kind) -> APIRouter:
    """List, get, put, delete, export and import of one kind."""
    router = APIRouter(prefix=f"/api/v0/{kind}s", tags=[f"{kind}s"])
    describe = descriptions(kind)
    in_path = Depends(_path_id(kind))
    one = f"/{{{kind}_id}}"

    @router.get("", name=f"list_{kind}s", dependencies=[READ], **describe.list)
    def list_resources(wanted: WantedResources, request: Request, api: Api) -> Response:
        return answers.page_of_resources(kind, api.resources.page(kind, wanted), wanted.limit, request)

    @router.post("/export", name=f"export_{kind}s", dependencies=[WRITE], **describe.export)
    def export_resources(project: InProject, as_bundle: WantsYaml, api: Api) -> Response:
        if as_bundle:
            return answers.bundled(api.resources.bundle(kind, project))
        return answers.exported(kind, api.resources.export(kind, project))

    @router.post("/import", name=f"import_{kind}s", dependencies=[WRITE], **describe.take)
    def import_resources(strategy: ImportStrategy, sent: Bundle, project: InProject, api: Api) -> Response:
        return answers.imported(kind, api.resources.take(kind, strategy, sent=sent, project=project))

    @router.get(one, name=f"get_{kind}", dependencies=[READ], **describe.get)
    def get_resource(resource_id: Annotated[str, in_path], project: InProject, api: Api) -> Response:
        return answers.one_resource(api.resources.get(kind, resource_id, project=project))

    @router.put(one, name=f"put_{kind}", dependencies=[WRITE], **describe.put)
    def put_resource(
        resource_id: Annotated[str, in_path], body: Body, expected: Expected, project: InProject, api: Api
    ) -> Response:
        content = object_body(body)
        resource, is_new = api.resources.put(kind, resource_id, content, expected=expected, project=project)
        return answers.put_resource(resource, is_new=is_new)

    @router.delete(one, name=f"delete_{kind}", dependencies=[WRITE], **describe.delete)
    def delete_resource(resource_id: Annotated[str, in_path], project: InProject, api: Api) -> Response:
        api.resources.delete(kind, resource_id, project=project)
        return Response(status_code=204)

    return router


def _path_id(kind: Kind) -> Callable[[str], Awaitable[str]]:
    """The id in the path, under the name that is published."""

    async def resource_id(
        found: Annotated[str, Path(alias=f"{kind}_id", description=f"Its id: {kind}s are named by their clients.")],
    ) -> str:
        return found

    return resource_id
