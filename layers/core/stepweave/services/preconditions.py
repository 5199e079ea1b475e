"""What a client expects a workflow to be before it changes it (RFC 9110, section 13.1.1)."""

from dataclasses import dataclass

from stepweave.domain.workflow import Workflow, etag
from stepweave.errors import PreconditionFailed


@dataclass(frozen=True)
class IfMatch:
    """The entity tags of which the current one must be one; None: anything that exists will do."""

    etags: frozenset[str] | None = None


ANY = IfMatch()


def require(expected: IfMatch, workflow: Workflow) -> None:
    """Raises `PreconditionFailed` when the workflow is not what the client takes it to be."""
    if expected.etags is not None and etag(workflow) not in expected.etags:
        raise PreconditionFailed(etag(workflow))
