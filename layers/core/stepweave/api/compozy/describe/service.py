"""Operations on the service itself; their answers have no `status`."""

from typing import Any

from stepweave.api.compozy.describe.operation import KEY, Described, operation
from stepweave.api.schemas.schema import ref

_HEALTH = {"status": "healthy", "version": "0.1.0", "ready": True}
_ROOT = {"name": "Stepweave", "version": "0.1.0", "openapi": "/api/v0/openapi.json", "health": "/api/v0/health"}


def _plain(summary: str, schema: str, data: dict[str, Any], errors: tuple[int, ...]) -> Described:
    described = operation(summary, 200, "Success", errors=errors)
    media = {"schema": ref(schema), "example": {"data": data, "message": "Success"}}
    described["responses"][200]["content"] = {"application/json": media}
    return described


ROOT = _plain("What answers here", "ServiceInfo", _ROOT, KEY)
HEALTH = _plain("Health", "ServiceHealth", _HEALTH, ())
METRICS = operation("Metrics", 200, "Metrics, in the text format of Prometheus.", errors=KEY)
METRICS["responses"][200]["content"] = {"text/plain": {"schema": {"type": "string"}}}
