"""What requests of Stepweave say of themselves, and what failures show of answers."""

import json
from collections.abc import Mapping

from stepweave import __version__
from stepweave.services.ports import StepContext
from stepweave.steps.content import body_value
from stepweave.steps.transport import Response

USER_AGENT = f"stepweave/{__version__}"
_SHOWN_CHARACTERS = 2_000


def correlated(context: StepContext, headers: Mapping[str, str]) -> dict[str, str]:
    """Headers of a request, with those that tell what it is sent for where they are not among them already."""
    names = {name.lower() for name in headers}
    return {**{name: text for name, text in context.correlation.items() if name.lower() not in names}, **headers}


def shown(answer: Response) -> str:
    """The beginning of an answer's body."""
    value = body_value(answer.headers, answer.body)
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    return text[:_SHOWN_CHARACTERS]
