"""Binds the use cases of workflows to their ports."""

from functools import partial
from typing import TYPE_CHECKING

from stepweave.bootstrap.clients import utc_now
from stepweave.bootstrap.stores import Stores
from stepweave.ids import NewId

if TYPE_CHECKING:
    from stepweave.api.uses.workflows import WorkflowUses


def workflow_uses(stores: Stores, new_id: NewId) -> "WorkflowUses":
    from stepweave.api.uses.workflows import WorkflowUses
    from stepweave.services import graphs, workflows

    return WorkflowUses(
        create=partial(workflows.create_workflow, workflows=stores.workflows, new_id=new_id, clock=utc_now),
        get=partial(workflows.get_workflow, workflows=stores.workflows),
        page=partial(workflows.list_workflows, workflows=stores.workflows),
        validate=workflows.validate_definition,
        draw_definition=graphs.draw_definition,
        draw=partial(graphs.draw_workflow, workflows=stores.workflows),
    )
