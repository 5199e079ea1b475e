"""Bodies about events."""

from stepweave.api.payloads.body import Body, read


class IssueTicketBody(Body):
    """`POST /api/workflows/runs/{id}/tickets`: nothing has to be said."""


def read_ticket_request(sent: object) -> None:
    """Raises `Invalid` for whatever is sent beside an empty object."""
    read(IssueTicketBody, sent)
