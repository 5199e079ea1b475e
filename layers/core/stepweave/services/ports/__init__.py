"""What use cases need from outside, as protocols, one module per noun. `adapters/` has the real ones, `tests/fakes/`
the ten-line ones; both pass `tests/contract/`.

Every write is conditional and every method may be called twice with the same arguments.
"""

from stepweave.services.ports.api_keys import ApiKeys, KeyUse, KeyUses
from stepweave.services.ports.deleted import Deleted
from stepweave.services.ports.idempotency import Claim, IdempotencyKeys
from stepweave.services.ports.inboxes import Inboxes, SigningKey
from stepweave.services.ports.latches import Latch, Latches
from stepweave.services.ports.machines import Execution, Machines, Started, Tokens
from stepweave.services.ports.page import Page
from stepweave.services.ports.plans import Plans
from stepweave.services.ports.process import Clock, Random, Sleep, Tell
from stepweave.services.ports.project_files import ProjectFiles
from stepweave.services.ports.resources import ResourcePage, Resources, Use
from stepweave.services.ports.retired import OldMachines, Retired
from stepweave.services.ports.runs import Runs, StepPage, StepRuns, Story, Telling
from stepweave.services.ports.schedules import Schedules, Timers
from stepweave.services.ports.secrets import Secrets
from stepweave.services.ports.slots import Slots
from stepweave.services.ports.steps import (
    Done,
    Filled,
    Scripts,
    StepBody,
    StepContext,
    Stopped,
    Stops,
    Wait,
    never_stopped,
)
from stepweave.services.ports.streams import Seats, Tickets
from stepweave.services.ports.triggers import EventSources, Triggers
from stepweave.services.ports.values import LoopItems, Values
from stepweave.services.ports.workflows import Current, NamedPage, Workflows

__all__ = [
    "ApiKeys",
    "Claim",
    "Clock",
    "Current",
    "Deleted",
    "Done",
    "EventSources",
    "Execution",
    "Filled",
    "IdempotencyKeys",
    "Inboxes",
    "KeyUse",
    "KeyUses",
    "Latch",
    "Latches",
    "LoopItems",
    "Machines",
    "NamedPage",
    "OldMachines",
    "Page",
    "Plans",
    "ProjectFiles",
    "Random",
    "ResourcePage",
    "Resources",
    "Retired",
    "Runs",
    "Schedules",
    "Scripts",
    "Seats",
    "Secrets",
    "SigningKey",
    "Sleep",
    "Slots",
    "Started",
    "StepBody",
    "StepContext",
    "StepPage",
    "StepRuns",
    "Stopped",
    "Stops",
    "Story",
    "Tell",
    "Telling",
    "Tickets",
    "Timers",
    "Tokens",
    "Triggers",
    "Use",
    "Values",
    "Wait",
    "Workflows",
    "never_stopped",
]
