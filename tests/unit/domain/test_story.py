from stepweave.domain.story import LONGEST_STORY, Event, last_number, with_event

NOW = "2026-11-02T08:30:00.000Z"


def test_a_story_that_has_not_begun_has_no_number():
    assert last_number(()) == 0
    assert last_number((Event(7, "step_started", NOW), Event(3, "passed", NOW))) == 7


def test_of_a_long_story_the_oldest_events_keep_their_numbers_alone():
    story: tuple[Event, ...] = ()
    for number in range(1, LONGEST_STORY + 3):
        story = with_event(story, Event(number, "step_retrying", NOW, {"attempt": number}))
    assert [event.number for event in story] == list(range(1, LONGEST_STORY + 3))
    assert [event.kind for event in story[:3]] == ["passed", "passed", "step_retrying"]
    assert story[0].facts == {}
