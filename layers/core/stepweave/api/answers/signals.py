"""Signals, and approvals as JSON and as a page that works without scripts."""

from html import escape
from typing import Any

from starlette.responses import HTMLResponse, Response

from stepweave.api.answers.answer import answer
from stepweave.api.idempotency import REPLAYED
from stepweave.services.approvals import Asked
from stepweave.services.sent_signals import Sent

_STATUS = {"not_yet": 200, "open": 200, "decided": 200, "over": 410}
_HEADERS = {
    # The address of the page is its key: it must not be kept, nor told to other sites.
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}
_SAID = {
    "not_yet": "The run has not come to this question yet. Open the link again later.",
    "over": "The time to decide is over, or the run has ended.",
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a}"
    "p.asked{white-space:pre-wrap;font-size:1.15rem}small{color:#666}textarea{width:100%;box-sizing:border-box}"
    "button{font:inherit;padding:.5rem 1.25rem;margin:.75rem .75rem 0 0;border:0;border-radius:.3rem;color:#fff}"
    ".yes{background:#17703b}.no{background:#a12622}"
)


def sent_signal(sent: Sent) -> Response:
    """202: whether a wait has got it, or it is kept."""
    body = {"signal_id": sent.signal_id, "delivered": sent.delivered}
    return answer(body, status=202, headers=REPLAYED if sent.replayed else None)


def approval(asked: Asked, accept: str) -> Response:
    """What a link shows, in the form that is asked for: a browser asks for HTML."""
    status = _STATUS[asked.status]
    if "text/html" in accept:
        return HTMLResponse(_page(asked), status_code=status, headers=_HEADERS)
    return answer(_json(asked), status=status, headers=_HEADERS)


def _json(asked: Asked) -> dict[str, Any]:
    step_id, _, iteration = asked.key.partition("@")
    return {
        "run_id": asked.run_id,
        "workflow_id": asked.workflow_id,
        "step_id": step_id,
        "iteration": iteration or None,
        "status": asked.status,
        "message": asked.message,
        "asked_at": asked.asked_at,
        "expires_at": asked.expires_at,
        "decision": asked.decision,
    }


def _page(asked: Asked) -> str:
    step_id = escape(asked.key)
    question = escape(asked.message) or f"Step <b>{step_id}</b> asks for a decision."
    until = f"<br>Until {escape(asked.expires_at)}" if asked.expires_at and asked.status == "open" else ""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Approval</title><style>{_STYLE}</style><body><main><p class=asked>{question}</p>{_rest(asked)}"
        f"<p><small>Step {step_id} of run {escape(asked.run_id)}{until}</small></main></html>"
    )


def _rest(asked: Asked) -> str:
    if asked.status == "open":
        # Without an action the form is sent to the address of the page.
        return (
            '<form method="post"><label>Comment<br><textarea name="comment" rows="3" maxlength="2000"></textarea>'
            '</label><br><button class="yes" name="approved" value="true">Approve</button>'
            '<button class="no" name="approved" value="false">Reject</button></form>'
        )
    return f"<p><b>{_decided(asked.decision) if asked.status == 'decided' else _SAID[asked.status]}</b></p>"


def _decided(decision: Any) -> str:
    if not isinstance(decision, dict) or not isinstance(decision.get("approved"), bool):
        return "This was decided by a signal."
    verdict = "Approved." if decision["approved"] else "Rejected."
    return f"{verdict} {escape(str(decision.get('comment', '')))}".strip()
