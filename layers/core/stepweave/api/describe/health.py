"""Health."""

from stepweave.api.describe.operation import operation

HEALTH = operation("Health", 200, "It answers.", "Health", {"status": "ok"})
