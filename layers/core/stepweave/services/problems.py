"""Problems of a definition as faults of the request that carried it."""

from collections.abc import Iterable

from stepweave.domain.problem import Problem
from stepweave.errors import Fault


def faults_of(problems: Iterable[Problem], prefix: str) -> list[Fault]:
    """-> a fault per problem at `<prefix><path>`, its hint in the message."""
    return [
        Fault(prefix + each.path, f"{each.message}. {each.hint}" if each.hint else each.message) for each in problems
    ]
