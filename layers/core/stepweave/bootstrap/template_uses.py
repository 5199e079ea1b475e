"""Binds the use cases of templates to their ports."""

from functools import partial
from typing import TYPE_CHECKING

from stepweave.bootstrap.clients import utc_now
from stepweave.bootstrap.stores import Stores
from stepweave.ids import NewId

if TYPE_CHECKING:
    from stepweave.api.uses.templates import TemplateUses
    from stepweave.api.uses.workflows import WorkflowUses
    from stepweave.domain.api_key import Caller
    from stepweave.domain.workflow import Workflow
    from stepweave.services.workflows import CreateWorkflow


def template_uses(stores: Stores, new_id: NewId, workflows: "WorkflowUses") -> "TemplateUses":
    from stepweave.adapters.builtin_templates import BuiltinTemplateFiles
    from stepweave.adapters.template_store import TemplateStore
    from stepweave.api.uses.templates import TemplateUses
    from stepweave.services import templates

    own, builtins = TemplateStore(stores.table, stores.values), BuiltinTemplateFiles()

    def create(caller: "Caller", request: "CreateWorkflow") -> "Workflow":
        return workflows.create(caller, request)[0]

    return TemplateUses(
        page=partial(templates.list_templates, templates=own, builtins=builtins),
        get=partial(templates.get_template, templates=own, builtins=builtins),
        create=partial(
            templates.create_template, templates=own, workflows=stores.workflows, new_id=new_id, clock=utc_now
        ),
        install=partial(templates.install_template, templates=own, builtins=builtins, create=create),
        remove=partial(templates.remove_template, templates=own, builtins=builtins),
    )
