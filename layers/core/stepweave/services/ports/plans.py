"""Where plans are."""

from typing import Protocol

from stepweave.domain.plan import Plan


class Plans(Protocol):
    """Plans never change under their key, so that a function may keep them in memory."""

    def put(self, workflow_id: str, plan_key: str, plan: Plan) -> None: ...
    def get(self, workflow_id: str, plan_key: str) -> Plan: ...
