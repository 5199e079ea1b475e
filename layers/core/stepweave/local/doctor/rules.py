"""Whether the rules are there, and enabled, that tell of ends and of the events that triggers wait for."""

from collections.abc import Iterator

from stepweave.adapters.event_patterns import rule_name
from stepweave.adapters.trigger_store import TriggerStore
from stepweave.local.doctor.deployment import Deployment
from stepweave.local.doctor.finding import Finding, error, ok, warning

MOST = 1_000
"""Workflows with event triggers that are looked at."""
_OF_TEMPLATE = {
    "RunEnded": "runs end minutes late, when reconcile finds them",
    "DirectExecutionFailed": "direct executions that died end minutes late, when reconcile finds them",
}
"""Rules whose target is TrackRunFunction, and what is so without them. That of reconcile is looked at with it."""
_EVER = "~"


def check(deployment: Deployment) -> Iterator[Finding]:
    pages = deployment.clients("events").get_paginator("list_rules").paginate()
    states = {rule["Name"]: rule["State"] for page in pages for rule in page["Rules"]}
    found = [*_of_template(deployment, states), *_of_triggers(deployment, states)]
    yield from found or [ok("those of ends and of event triggers are there and enabled")]


def _of_template(deployment: Deployment, states: dict[str, str]) -> Iterator[Finding]:
    for logical, without in _OF_TEMPLATE.items():
        # CloudFormation's id of a rule is its name, behind the bus if that is another than the default one.
        name = deployment.resources.get(logical, "").rpartition("|")[2]
        if name not in states:
            yield error(f"{logical} is gone: {without}", "Make it again: sam deploy does not notice that it is gone.")
        elif states[name] != "ENABLED":
            yield error(f"{logical} is disabled: {without}", f"aws events enable-rule --name {name}")
        elif not deployment.clients("events").list_targets_by_rule(Rule=name)["Targets"]:
            yield error(f"{logical} calls nothing: {without}", "Give it its target, TrackRunFunction, again.")


def _of_triggers(deployment: Deployment, states: dict[str, str]) -> Iterator[Finding]:
    prefix, store = deployment.settings.stack, TriggerStore(deployment.stores.table)
    workflows = store.due(_EVER, MOST)
    wanted = {rule_name(prefix, id_, position) for id_ in workflows for position in store.held(id_).taken.rules}
    wrong = sorted(name for name in wanted if states.get(name) != "ENABLED")
    if wrong:
        yield error(
            f"{len(wrong)} of event triggers are gone or disabled, so that their events start nothing: {_some(wrong)}",
            "Reconcile makes them again within a day; to have one at once: aws events enable-rule --name NAME, or send "
            "the workflow's definition with a change.",
        )
    begins = rule_name(prefix, "", "").removesuffix("-")
    orphans = sorted(name for name in states if name.startswith(begins) and name not in wanted)
    if orphans and len(workflows) < MOST:
        yield warning(f"{len(orphans)} are of no trigger, and start nothing: {_some(orphans)}", "Delete these rules.")


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
