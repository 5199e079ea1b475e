"""Operations on waits for signals."""

from stepweave.api.describe.operation import BODY, KEY, WORKFLOW_ID, operation

_RUN_ID = "run_01KAFZ6B3T9D2M7QH4YF0ZK8XE"
_ASKED = {
    "message": "Release 1.4.0 to production?",
    "asked_at": "2026-11-02T14:00:05.400Z",
    "expires_at": "2026-11-03T14:00:05.400Z",
}
_LINK = "https://api.example.com/approvals/cnVuXzAxS0FGWjZCM1Q5RDJNN1FINFlGMFpLOFhFIGFwcHJvdmU.bWFj"

SEND_SIGNAL = operation(
    "Send a signal to a run",
    202,
    "Accepted: a wait has got it, or it is kept for the next one.",
    "SentSignal",
    {"signal_id": "sig_01KAFZ7Q2M9X4T8C3YH5B6RJNV", "delivered": True},
    problems=(*KEY, *BODY, 404, 409),
    body=("SignalBody", True, {"name": "approve", "payload": {"approved": True}}),
)
MAKE_APPROVALS = operation(
    "Make links to what a run waits to be told",
    200,
    "The waits, the oldest first.",
    "ApprovalList",
    {"approvals": [{"step_id": "approve", "iteration": None, "signal": "approve", **_ASKED, "url": _LINK}]},
    problems=(*KEY, 404),
)
_APPROVAL = {"run_id": _RUN_ID, "workflow_id": WORKFLOW_ID, "step_id": "approve", "iteration": None, **_ASKED}
SEE_APPROVAL = operation(
    "See what an approval link asks",
    200,
    "What is asked, or what was decided.",
    "Approval",
    _APPROVAL | {"status": "open", "decision": None},
    problems=(404,),
)
DECIDE_APPROVAL = operation(
    "Decide by an approval link",
    200,
    "Decided.",
    "Approval",
    _APPROVAL | {"status": "decided", "decision": {"approved": True, "comment": "Go ahead."}},
    problems=(*BODY, 404, 409),
    body=("DecisionBody", True, {"approved": True, "comment": "Go ahead."}),
)
