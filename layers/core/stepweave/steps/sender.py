"""What requests of Stepweave say of themselves, and what failures show of answers."""

import json

from stepweave import __version__
from stepweave.steps.content import body_value
from stepweave.steps.transport import Response

USER_AGENT = f"stepweave/{__version__}"
_SHOWN_CHARACTERS = 2_000


def shown(answer: Response) -> str:
    """The beginning of an answer's body."""
    value = body_value(answer.headers, answer.body)
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    return text[:_SHOWN_CHARACTERS]
