"""Streams of direct executions, with the time between two looks passed by hand."""

import asyncio
from dataclasses import replace

import pytest

from fakes.direct_uses import DirectStage
from fakes.events import fake_event_uses
from fakes.resource_uses import ResourceStage
from stepweave.api.compozy.direct_events import Wanted
from stepweave.api.compozy.direct_stream import stream_direct
from stepweave.domain.api_key import Caller
from stepweave.domain.reference import Ref
from stepweave.domain.resource import Resource
from stepweave.errors import NotFound, TooManyRequests
from stepweave.services.direct_executions import StartDirect


class Listener:
    """Whose every wait is followed by what happens next."""

    def __init__(self, happens):
        self.happens, self.waited, self.closed = list(happens), [], False

    async def wait(self, seconds):
        self.waited.append(seconds)
        happens = self.happens.pop(0) if self.happens else (lambda: False)
        return happens() is not False

    def close(self):
        self.closed = True


class Following:
    """An execution that has been started, and who follows it."""

    def __init__(self):
        self.stage, resources = DirectStage(does=None), ResourceStage().resources
        resources.stored[Ref("agent", "writer")] = Resource("agent", "writer", {}, "e", "t", "t")
        self.uses = self.stage.uses(resources)
        wanted = StartDirect("agent", "writer", "default", prompt="Hi")
        self.exec_id = self.uses.start(Caller("key_1", "write"), wanted).exec_id
        self.seats, self.kept = [], lambda seat: seat

    def note(self):
        self.stage.note(self.exec_id, "log", message="On")

    def end(self):
        self.stage.end(self.exec_id, "x")

    def follow(self, *happens, after=0, **events):
        self.listener = Listener(happens)
        own = {
            "take_seat": lambda key_id: self.seats.append(f"taken by {key_id}") or "seat",
            "keep_seat": lambda seat: self.kept(seat),
            "leave_seat": lambda _seat: self.seats.append("left"),
            "listen": lambda _: self.listener,
        }
        uses = replace(fake_event_uses(lambda _: None), **{**own, **events})

        async def whole():
            wanted = Wanted(frozenset(), after, 0.25)
            answer = await stream_direct("agent", self.exec_id, "key_1", wanted, self.uses, uses)
            chunks = [chunk async for chunk in answer.body_iterator] if answer.status_code == 200 else []
            return answer.status_code, chunks

        return asyncio.run(whole())


@pytest.fixture
def following():
    return Following()


def followed(following, *happens, **events):
    status, chunks = following.follow(*happens, **events)
    assert status == 200
    return b"".join(chunks).decode()


def test_a_stream_tells_what_happens_until_the_end_and_gives_its_seat_back(following):
    text = followed(following, lambda: None, following.note, following.end)
    assert [line for line in text.splitlines() if line.startswith("event")] == [
        "event: agent_status",
        "event: warning",
        "event: complete",
    ]
    assert following.listener.waited == [0.25, 0.25, 0.25]
    assert following.listener.closed
    assert following.seats == ["taken by key_1", "left"]


def test_where_answers_are_not_streamed_a_request_ends_with_the_first_news(following):
    text = followed(following, following.note, following.end, after=1, hold=25.0)
    assert "event: warning" in text
    assert "complete" not in text
    assert text.startswith("retry: 250\n")


def test_where_answers_are_not_streamed_a_request_ends_also_without_news(following):
    text = followed(following, lambda: None, after=1, hold=0.0)
    assert text == "retry: 250\n\n"


def test_a_stream_shows_that_it_lives_while_it_has_its_seat(following):
    seats = iter(["seat", None])
    following.kept = lambda _seat: next(seats)
    text = followed(following, lambda: None, lambda: None, after=1, heartbeat=0.0)
    assert text == "retry: 1000\n\n: ping\n\n"


def test_a_stream_ends_with_the_server(following):
    assert followed(following, lambda: False, after=1) == "retry: 1000\n\n"
    assert following.seats[-1] == "left"


def test_a_stream_of_an_execution_that_goes_away_ends(following):
    assert followed(following, following.stage.executions.states.clear, after=1) == "retry: 1000\n\n"
    with pytest.raises(NotFound):
        following.follow()


def test_who_has_too_many_streams_gets_none(following):
    def refuse(_key_id):
        raise TooManyRequests("too many", code="too_many_streams", retry_after=5)

    with pytest.raises(TooManyRequests):
        following.follow(take_seat=refuse)


def test_one_that_is_over_takes_no_seat(following):
    following.end()
    assert "event: complete" in followed(following)
    assert following.follow(after=2)[0] == 204
    assert following.seats == []
