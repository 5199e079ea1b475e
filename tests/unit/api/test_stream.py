"""Streams of events, with the time between two looks passed by hand."""

import asyncio
from dataclasses import replace

import pytest

from fakes.events import fake_event_uses
from stepweave.api.polling import Polling
from stepweave.api.stream import encoded, stream
from stepweave.domain.story import Event
from stepweave.errors import NotFound, TooManyRequests
from stepweave.services.events import News, Shown, Told
from stepweave.services.places import whole


class Story:
    """A run that tells an event more with each look but the first two, and ends with its last."""

    def __init__(self, *, ends_at, before=1):
        self.ends_at, self.count, self.looks, self.waits = ends_at, before, 0, []
        self.seats, self.listening, self.stops = [], 0, False

    def uses(self, *, hold=None, heartbeat=15.0):
        return replace(
            fake_event_uses(lambda _: None),
            news=self.news,
            take_seat=lambda key_id: self.seats.append(key_id) or "seat",
            keep_seat=lambda seat: self.seats.append("kept") or seat,
            leave_seat=lambda seat: self.seats.append("left"),
            listen=self.listen,
            hold=hold,
            heartbeat=heartbeat,
        )

    def news(self, run_id, place):
        self.looks += 1
        told = [Told(whole(n), "run_paused", Event(n, "run_paused", "")) for n in range(self.count)]
        after = [each for each in told if place is None or each.place > place]
        return News(run_id, after, is_done=self.count >= self.ends_at)

    def listen(self, _run_id):
        self.listening += 1
        return self

    async def wait(self, seconds):
        self.waits.append(seconds)
        self.count += 1
        return not self.stops

    def close(self):
        self.listening -= 1


def chunks_of(uses, place=None):
    async def read():
        answer = await stream("run_1", "key_1", place, uses)
        return answer.status_code, [chunk async for chunk in answer.body_iterator] if answer.status_code == 200 else []

    return asyncio.run(asyncio.wait_for(read(), 20))


def ids(chunks):
    lines = b"".join(chunks).decode().splitlines()
    return [line.removeprefix("id: ") for line in lines if line.startswith("id: ")]


def test_it_tells_what_there_is_then_what_comes_and_ends_with_the_run():
    story = Story(ends_at=4)
    status, chunks = chunks_of(story.uses())
    assert (status, ids(chunks)) == (200, ["0", "1", "2", "3"])
    assert (story.seats, story.listening) == (["key_1", "left"], 0)


def test_it_goes_on_after_the_place_it_is_given():
    assert ids(chunks_of(Story(ends_at=4, before=2).uses(), whole(1))[1]) == ["2", "3"]


def test_a_finished_run_takes_no_seat():
    story = Story(ends_at=1)
    assert ids(chunks_of(story.uses())[1]) == ["0"]
    assert chunks_of(story.uses(), whole(0)) == (204, [])
    assert (story.seats, story.waits) == ([], [])


def test_a_held_request_is_answered_at_once_when_there_is_news():
    story = Story(ends_at=9)
    _, chunks = chunks_of(story.uses(hold=25.0))
    assert (ids(chunks), story.seats, story.waits) == (["0"], [], [])
    assert chunks[0] == b"retry: 250\n\n"


def test_a_held_request_waits_for_the_first_news():
    story = Story(ends_at=9)
    assert ids(chunks_of(story.uses(hold=25.0), whole(0))[1]) == ["1"]
    assert story.seats == ["key_1", "left"]
    assert 14 < story.waits[0] <= 15


def test_a_held_request_without_news_ends_in_time():
    story = Story(ends_at=9)
    story.news = lambda run_id, place: News(run_id, [], is_done=False)
    _, chunks = chunks_of(story.uses(hold=0.05), whole(0))
    assert chunks == [b"retry: 250\n\n"]


def test_a_stream_without_news_sends_comments_and_keeps_its_seat():
    story = Story(ends_at=3)
    _, chunks = chunks_of(story.uses(heartbeat=0.0))
    assert b":\n\n" in chunks
    assert story.seats[:2] == ["key_1", "kept"]


def test_a_stream_that_lost_its_seat_ends():
    story = Story(ends_at=9)
    _, chunks = chunks_of(replace(story.uses(heartbeat=0.0), keep_seat=lambda _: None))
    assert ids(chunks) == ["0"]


def test_a_stream_ends_when_the_service_does():
    story = Story(ends_at=9)
    story.stops = True
    assert ids(chunks_of(story.uses())[1]) == ["0"]


def test_a_run_that_is_deleted_ends_its_streams():
    story = Story(ends_at=9)
    news = story.news

    def gone(run_id, place):
        if story.looks:
            raise NotFound("run", run_id)
        return news(run_id, place)

    story.news = gone
    assert ids(chunks_of(story.uses())[1]) == ["0"]
    assert (story.seats, story.listening) == (["key_1", "left"], 0)


def test_without_a_seat_there_is_no_stream():
    def none(_):
        raise TooManyRequests("m", code="too_many_streams", retry_after=25)

    with pytest.raises(TooManyRequests):
        chunks_of(replace(Story(ends_at=9).uses(), take_seat=none))


def test_a_client_that_leaves_gives_back_its_seat():
    story = Story(ends_at=10**9)

    async def read_two():
        answer = await stream("run_1", "key_1", None, story.uses())
        await anext(answer.body_iterator)
        await answer.body_iterator.aclose()

    asyncio.run(read_two())
    assert (story.seats, story.listening) == (["key_1", "left"], 0)


def test_half_surrogate_pairs_do_not_break_a_stream():
    told = Shown("1", "log", {"a": "\ud83d", "b": "é"})
    assert encoded(told) == b'id: 1\nevent: log\ndata: {"a":"\\ud83d","b":"\\u00e9"}\n\n'
    assert encoded(Shown("1", "log", {"b": "é"})).decode().endswith('{"b":"é"}\n\n')


def test_who_polls_looks_once_a_second_at_most():
    async def wait():
        polling = Polling("run_1")
        assert await polling.wait(0.0)
        polling.close()

    asyncio.run(asyncio.wait_for(wait(), 5))
