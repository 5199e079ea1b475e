"""The stores that most functions share."""

from functools import cached_property
from typing import TYPE_CHECKING

from stepweave.bootstrap.clients import client, later, new_tell, utc_now
from stepweave.settings import Settings

if TYPE_CHECKING:
    from stepweave.adapters.state_machines import StateMachines
    from stepweave.services.approval_links import ApprovalLinks
    from stepweave.services.ports import Tell


class Stores:
    """Clients and the adapters on them, made once per process."""

    def __init__(self, settings: Settings) -> None:
        from stepweave.adapters.idempotency_store import IdempotencyStore
        from stepweave.adapters.plan_store import PlanStore
        from stepweave.adapters.retention import Retention
        from stepweave.adapters.run_store import RunStore
        from stepweave.adapters.slot_store import SlotStore
        from stepweave.adapters.table import Table
        from stepweave.adapters.values import Values
        from stepweave.adapters.workflow_store import WorkflowStore

        self.settings = settings
        self.table: Table = Table(client("dynamodb"), settings.table, Retention(settings.run_retention_days, utc_now))
        self.values: Values = Values(later("s3"), settings.bucket, links=settings.value_links)
        self.workflows: WorkflowStore = WorkflowStore(self.table, self.values)
        self.slots: SlotStore = SlotStore(self.table)
        self.idempotency: IdempotencyStore = IdempotencyStore(self.table)
        self.plans: PlanStore = PlanStore(self.table, self.values)
        self.runs: RunStore = RunStore(self.table)

    @cached_property
    def tell(self) -> "Tell":
        return new_tell(self.settings.stack)

    @cached_property
    def links(self) -> "ApprovalLinks":
        from stepweave.adapters.signing_key import SigningKey
        from stepweave.services.approval_links import ApprovalLinks

        return ApprovalLinks(SigningKey(later("s3"), self.settings.bucket), self.settings.public_url)

    @cached_property
    def machines(self) -> "StateMachines":
        """Its client is made when first used: most invocations have no business with Step Functions."""
        from stepweave.adapters.state_machines import StateMachines

        return StateMachines(
            later("stepfunctions"),
            role_arn=self.settings.machine_role_arn,
            log_group_arn=self.settings.machine_log_group_arn,
            traced=self.settings.machine_tracing,
            tags={"stepweave:stack": self.settings.stack},
        )
