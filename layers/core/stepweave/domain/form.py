"""The forms that a definition is made of: closed, strict models, ids, durations, lists that stay frozen.

Unknown members are refused, nothing is coerced; defaults live in the models and are never written into what was sent.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from stepweave.domain.duration import seconds_of

STEP_ID = r"[A-Za-z_][A-Za-z0-9_-]{0,63}"


def _step_id(value: str) -> str:
    if not re.fullmatch(STEP_ID, value):
        raise ValueError("a step id is a letter or '_', then at most 63 letters, digits, '_' or '-'")
    return value


def _duration(value: str | float) -> str | float:
    seconds_of(value)
    return value


def _duration_or_expression(value: str) -> str:
    if "{{" not in value:
        seconds_of(value)
    return value


def _number_or_expression(value: str | float) -> str | float:
    if isinstance(value, str) and "{{" not in value:
        raise ValueError("write a number, or an expression between {{ and }}")
    if not isinstance(value, str) and value < 0:
        raise ValueError("must not be negative")
    return value


StepId = Annotated[str, AfterValidator(_step_id)]
Duration = Annotated[str | float, AfterValidator(_duration)]
DurationText = Annotated[str, AfterValidator(_duration_or_expression)]
Seconds = Annotated[str | float, AfterValidator(_number_or_expression)]
Text = Annotated[str, Field(min_length=1)]
# A JSON array arrives as a list; a tuple keeps the frozen model frozen. Only the container is lenient, not its items.
Texts = Annotated[tuple[str, ...], Field(strict=False)]
StepIds = Annotated[tuple[StepId, ...], Field(strict=False)]


class Model(BaseModel):
    """Frozen, strict, closed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
