"""The state machine of a version: made when a run first needs it, never changed, made again by a new release."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from stepweave.compiler.compile import compile_asl, compile_definition
from stepweave.compiler.emit import Targets
from stepweave.compiler.plan import plan_key
from stepweave.compozy.step_tools import step_tools
from stepweave.domain.plan import Plan
from stepweave.domain.workflow import Machine, Version
from stepweave.errors import Invalid, NotFound
from stepweave.services.moments import text_of
from stepweave.services.ports import Clock, Machines, Plans, Workflows
from stepweave.services.problems import faults_of

COMPILER = "6"
"""Raised with every change of what the compiler emits: versions get a new machine on their next run."""

RETIREMENT = timedelta(days=1)
"""Between the moment from which no new run needs a machine and its end, at the least."""


@dataclass(frozen=True)
class Release:
    """What a machine depends on besides its definition. `stack` is the prefix of its name."""

    stack: str
    targets: Targets
    role_arn: str
    log_group_arn: str
    traced: bool = False

    @property
    def id(self) -> str:
        facts = (COMPILER, self.stack, self.targets.run_step_arn, self.targets.run_agent_arn, self.role_arn)
        told = (self.log_group_arn, *(["traced"] if self.traced else []))
        return hashlib.sha256("\n".join((*facts, *told)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class MachinePorts:
    workflows: Workflows
    plans: Plans
    machines: Machines
    release: Release
    clock: Clock


def machine_of(version: Version, ports: MachinePorts) -> Machine:
    """The machine that runs of this version start on. No call at all when this release has made it before."""
    if version.machine is not None and version.machine.made_by == ports.release.id:
        return version.machine
    compiled = compile_definition(version.definition)
    if compiled.plan is None:
        raise Invalid(faults_of(compiled.problems, "/definition"), code="definition_invalid")
    _name_tools(compiled.plan, version)
    asl = compile_asl(compiled, ports.release.targets)
    key = plan_key(compiled.plan)
    ports.plans.put(version.workflow_id, key, compiled.plan)
    digest = hashlib.sha256(f"{ports.release.id}\n{asl}".encode()).hexdigest()[:12]
    arn = ports.machines.ensure(f"{ports.release.stack}-{version.workflow_id}-v{version.number}-{digest}", asl)
    machine = Machine(arn=arn, plan_key=key, made_by=ports.release.id)
    ports.workflows.set_machine(
        version.workflow_id,
        version.number,
        machine,
        replaces=version.machine.arn if version.machine else None,
        check_after=text_of(ports.clock() + RETIREMENT),
    )
    return machine


def _name_tools(plan: Plan, version: Version) -> None:
    """A document that was made up may name tools of tasks that are no steps."""
    for step, tool in step_tools(version.definition).items():
        if step in plan["steps"]:
            plan["steps"][step]["tool_id"] = tool


def remaker(ports: MachinePorts) -> Callable[[str, int], Machine]:
    """Makes a version's machine whatever its record says: for one that has vanished."""

    def remake(workflow_id: str, number: int) -> Machine:
        version = ports.workflows.version(workflow_id, number)
        if version is None:
            raise NotFound("version", f"{workflow_id} v{number}")
        bare = Version(
            version.workflow_id,
            version.number,
            version.definition,
            version.change_summary,
            version.created_at,
            version.created_by,
        )
        return machine_of(bare, ports)

    return remake
