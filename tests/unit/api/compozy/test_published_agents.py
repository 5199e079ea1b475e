"""The published page on agents, member by member: what a client sends is taken, kept and answered."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

PUBLISHED: dict[str, Any] = json.loads((Path(__file__).parent / "published_agent.json").read_text())
HIDDEN = {("model", "config", "api_key")}
"""Members whose values nobody is shown."""


def members(value: Any, at: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Any]:
    """Each value that holds no other, by its place."""
    match value:
        case dict() if value:
            return {place: each for name, inner in value.items() for place, each in members(inner, (*at, name)).items()}
        case list() if value:
            return {place: each for n, inner in enumerate(value) for place, each in members(inner, (*at, n)).items()}
    return {at: value}


@pytest.fixture
def answer(call):
    return call("PUT", "/api/v0/agents/string", json=PUBLISHED)


def test_an_agent_with_every_published_member_is_taken(answer):
    assert answer.status == 201, answer.json
    assert set(answer.json) == {"status", "message", "data"}


@pytest.mark.parametrize("place", members(PUBLISHED), ids=lambda place: ".".join(map(str, place)))
def test_every_published_member_is_answered_by_put_get_and_list(call, answer, place):
    read = call("GET", "/api/v0/agents/string").json["data"]
    [row] = call("GET", "/api/v0/agents").json["data"]["agents"]
    expected = "********" if place in HIDDEN else members(PUBLISHED)[place]
    assert [members(shown)[place] for shown in (answer.json["data"], read, row)] == [expected] * 3


def test_a_list_has_the_published_members_of_a_page(call, answer):
    call("PUT", "/api/v0/agents/t", json={})
    call("PUT", "/api/v0/agents/u", json={})
    first = call("GET", "/api/v0/agents?limit=1").json["data"]
    assert set(first) == {"agents", "page"}
    assert re.fullmatch("[0-9a-f]{64}", first["agents"][0]["etag"])
    second = call("GET", f"/api/v0/agents?limit=1&cursor={first['page']['next_cursor']}").json["data"]["page"]
    assert set(second) == {"limit", "next_cursor", "prev_cursor", "total"}
    assert (second["limit"], second["total"]) == (1, 3)


def test_a_problem_has_the_published_members(call):
    problem = call("GET", "/api/v0/agents?cursor=x").json
    published = {"code", "detail", "instance", "status", "title", "type"}
    assert published <= set(problem)
    assert (problem["code"], problem["status"], problem["type"]) == ("invalid_cursor", 400, "about:blank")


def test_export_and_import_answer_numbers_by_name(call, answer):
    exported = call("POST", "/api/v0/agents/export").json
    assert all(isinstance(count, int) for count in exported["data"].values())
    imported = call("POST", "/api/v0/agents/import?strategy=seed_only").json
    assert (exported["status"], imported["status"]) == (200, 200)
