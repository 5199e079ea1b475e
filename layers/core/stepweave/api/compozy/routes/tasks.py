"""Tasks: list, get, put, delete, export, import; executed by themselves."""

from stepweave.api.compozy.routes.direct import direct_router
from stepweave.api.compozy.routes.resources import resource_router

router = resource_router("task")
router.routes.extend(direct_router("task").routes)
