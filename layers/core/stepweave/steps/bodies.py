"""Which step types run in this release."""

from collections.abc import Mapping

from stepweave.services.ports import Scripts, StepBody
from stepweave.steps.condition import condition
from stepweave.steps.http_request import http_request
from stepweave.steps.script import script
from stepweave.steps.transport import Transport
from stepweave.steps.wait import wait
from stepweave.steps.webhook import webhook


def bodies(transport: Transport, scripts: Scripts) -> Mapping[str, StepBody]:
    """Step type -> what it does. A type that is absent fails its step as not available."""
    return {
        "http_request": http_request(transport),
        "script": script(scripts),
        "condition": condition(),
        "wait": wait(),
        "webhook": webhook(transport),
    }
