"""A deployed stack, as its operator's AWS credentials let it be seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stepweave.bootstrap.stores import Stores
from stepweave.local.deployed_schedules import settings_of_stack
from stepweave.settings import Settings

Clients = Callable[[str], Any]
"""Makes a client of a service of AWS."""


@dataclass(frozen=True)
class Deployment:
    """`resources`: physical ids by logical ids. `settings`, `stores`: those of `reconcile`, which works with all."""

    stack: str
    resources: Mapping[str, str]
    settings: Settings
    stores: Stores
    clients: Clients
    clock: Callable[[], datetime]

    @property
    def functions(self) -> Mapping[str, str]:
        """Names of the functions, by logical ids."""
        return {logical: name for logical, name in self.resources.items() if logical.endswith("Function")}


def find_deployment(stack: str, clients: Clients, clock: Callable[[], datetime]) -> Deployment:
    """Raises what botocore raises when there is no such stack, or it may not be seen."""
    pages = clients("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    summaries = [each for page in pages for each in page["StackResourceSummaries"]]
    resources = {each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in summaries}
    settings = settings_of_stack(stack, clients)
    return Deployment(stack, resources, settings, Stores(settings), clients, clock)
