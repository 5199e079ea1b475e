from stepweave.api.answers.signals import approval
from stepweave.services.approvals import Asked


def page(status, **more):
    answer = approval(Asked("run_1", "wf_1", "ask@0", status, **more), "text/html")
    return answer.status_code, bytes(answer.body).decode()


def test_what_users_wrote_is_shown_as_text():
    assert "&lt;script&gt;" in page("open", message="<script>")[1]
    assert "&lt;script&gt;" in page("decided", decision={"approved": True, "comment": "<script>"})[1]


def test_a_question_without_words_names_its_step():
    assert "<b>ask@0</b> asks for a decision" in page("open")[1]
    assert "Until 2026" in page("open", expires_at="2026-11-02T08:30:00.000Z")[1]


def test_what_cannot_be_decided_has_no_form():
    assert page("over")[0] == 410
    for status in ("over", "not_yet", "decided"):
        assert "<form" not in page(status)[1]


def test_a_decision_by_a_signal_is_not_shown_as_an_approval():
    assert "decided by a signal" in page("decided", decision={"any": "thing"})[1]
