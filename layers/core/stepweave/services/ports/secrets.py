"""Where secrets are."""

from typing import Protocol

from stepweave.domain.secret import Secret


class Secrets(Protocol):
    """Reads secrets; who may write them is not Stepweave's to decide."""

    def get(self, name: str) -> Secret | None:
        """The secret of that name, None if there is none. `StepError` `secret_unavailable` if it cannot be read."""

    def how_to_set(self, name: str) -> str:
        """A sentence that tells an operator how to put it there."""
