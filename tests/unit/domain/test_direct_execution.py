"""What a direct execution tells of itself."""

from stepweave.domain.direct_execution import DirectState, become, noted

AT = "2026-11-02T08:30:00.000Z"
LATER = "2026-11-02T08:31:00.000Z"


def test_each_status_is_told_and_the_last_has_an_end():
    pending = become(DirectState("exec_1", "agent", AT), "pending", AT)
    running = become(pending, "running", LATER)
    over = become(running, "completed", LATER)
    assert [(note.number, note.facts["status"]) for note in over.story] == [
        (1, "pending"),
        (2, "running"),
        (3, "completed"),
    ]
    assert (running.completed_at, over.completed_at, over.updated_at) == (None, LATER, LATER)


def test_of_many_notes_the_newest_are_kept_under_their_numbers():
    state = DirectState("exec_1", "agent", AT)
    for number in range(105):
        state = noted(state, "log", AT, {"n": number})
    assert (len(state.story), state.story[0].number, state.last_note) == (100, 6, 105)
