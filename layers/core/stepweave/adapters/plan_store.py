"""Compiled plans in the table, or in S3 when large; kept in memory, since a plan never changes under its key."""

from collections import OrderedDict
from typing import cast

from stepweave.adapters.table import ConditionFailed, Table
from stepweave.adapters.value_items import value_from, value_item
from stepweave.domain.plan import Plan
from stepweave.services.ports import Values

_KEPT = 64


class PlanStore:
    """The port `services.ports.Plans`."""

    def __init__(self, table: Table, values: Values) -> None:
        self._table = table
        self._values = values
        self._kept: OrderedDict[tuple[str, str], Plan] = OrderedDict()

    def put(self, workflow_id: str, plan_key: str, plan: Plan) -> None:
        value = self._values.store(f"workflows/{workflow_id}/plans/{plan_key}.json", plan)
        item = {"pk": f"WF#{workflow_id}", "sk": f"PLAN#{plan_key}", "plan": value_item(value)}
        try:
            self._table.put(item, "attribute_not_exists(pk)")
        except ConditionFailed:
            return  # the key is a hash of the plan: what stands there is the same

    def get(self, workflow_id: str, plan_key: str) -> Plan:
        place = (workflow_id, plan_key)
        plan = self._kept.get(place)
        if plan is None:
            plan = self._read(workflow_id, plan_key)
            self._keep(place, plan)
        return plan

    def _read(self, workflow_id: str, plan_key: str) -> Plan:
        item = self._table.get(f"WF#{workflow_id}", f"PLAN#{plan_key}")
        value = value_from(item["plan"]) if item else None
        if value is None:
            raise LookupError(f"plan {plan_key} of {workflow_id} is missing")
        return cast(Plan, self._values.load(value))

    def _keep(self, place: tuple[str, str], plan: Plan) -> None:
        """The oldest goes first: a function sees few workflows, an embedded stack many."""
        self._kept[place] = plan
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
