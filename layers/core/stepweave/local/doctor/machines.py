"""How many state machines there are, of those that an account may have."""

from collections.abc import Iterator

from stepweave.local.doctor.deployment import Deployment
from stepweave.local.doctor.finding import Finding, ok, warning

QUOTA = 100_000
"""State machines of an account, unless raised (Step Functions quotas)."""


def check(deployment: Deployment) -> Iterator[Finding]:
    pages = deployment.clients("stepfunctions").get_paginator("list_state_machines").paginate()
    names = [machine["name"] for page in pages for machine in page["stateMachines"]]
    own = sum(name.startswith(f"{deployment.settings.stack}-wf_") for name in names)
    if len(names) > QUOTA * 0.8:
        advice = "Delete machines that nothing needs, or raise the quota of Step Functions."
        yield warning(f"the account has {len(names)} of {QUOTA}, {own} of this stack", advice)
    else:
        yield ok(f"{own} of this stack, {len(names)} in the account, which may have {QUOTA}")
