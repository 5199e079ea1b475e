"""Lists of workflows: what they find, and what it costs."""

import pytest

from fakes.aws_reads import reading
from many_workflows import write_many
from stepweave.local.stack import TABLE_NAME

FEW, MANY = 100, 4_000


@pytest.fixture
def listed(api):
    def ids(query):
        answer = api("GET", f"/api/workflows?{query}")
        assert answer.status == 200, answer.body
        return [row["name"] for row in answer.json["workflows"]], answer.json["total"]

    return ids


def test_a_list_is_filtered_by_all_that_is_asked_for(api, listed):
    api.create("One", tags=["a", "b"], status="paused")
    api.create("Two", tags=[" a "], trigger_type="event")
    api.create("Three", tags=["b"], trigger_type="event")
    assert listed("") == (["Three", "Two", "One"], 3)
    assert listed("status=active") == (["Three", "Two"], 2)
    assert listed("trigger_type=event") == (["Three", "Two"], 2)
    assert listed("tag=a") == (["Two", "One"], 2)
    assert listed("tag=a&tag=b") == (["One"], 1)
    assert listed("tag=a&trigger_type=event&status=active") == (["Two"], 1)
    assert listed("tag=nothing") == ([], 0)
    assert listed("tag=nothing&tag=a") == ([], 0)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("nightly", True),
        ("NIGHT", True),
        ("clean", True),
        ("up", True),
        ("nightly%20%20clean", True),
        ("ightly", False),
        ("%5Bprod", True),
        ("str", True),
        ("stra%C3%9Fe", True),
    ],
)
def test_a_name_is_found_by_how_it_or_a_word_of_it_begins(api, listed, q, found):
    api.create("[prod] Nightly  clean-up STRASSE", tags=["x"])
    api.create("Other")
    assert listed(f"q={q}")[1] == found
    assert listed(f"q={q}&tag=x")[1] == found
    assert listed(f"q={q}&status=paused") == ([], 0)


def test_a_search_for_nothing_but_spaces_finds_all(api, listed):
    api.create("One")
    for q in ("%00", "%00%20%00", "%20"):
        assert listed(f"q={q}") == listed(f"q={q}&status=active") == (["One"], 1)


def test_a_search_with_a_rarer_filter_goes_through_that(api, listed):
    for number in range(5):
        api.create(f"Report number {number}", tags=["rare"] if number == 3 else [])
    api.create("Other", tags=["rare"])
    assert listed("q=report&tag=rare") == (["Report number 3"], 1)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("status=deleted", "status"),
        ("trigger_type=", "trigger_type"),
        ("tag=", "tag"),
        ("q=", "q"),
        ("tags=x", "tags"),
        (f"q={'x' * 101}", "q"),
    ],
)
def test_a_filter_that_cannot_be_is_named(api, query, name):
    answer = api("GET", f"/api/workflows?{query}")
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, f"?{name}")


@pytest.mark.parametrize("query", ["", "status=active", "tag=x&status=active", "q=flow"])
def test_pages_join_without_gap_or_repeat(api, query):
    made = [api.create(f"Flow {number}", tags=["x"]) for number in range(7)]
    seen, cursor = [], ""
    while cursor is not None:
        page = api("GET", f"/api/workflows?{query}&limit=3{cursor and f'&cursor={cursor}'}").json
        seen += [row["id"] for row in page["workflows"]]
        cursor = page["next_cursor"]
        assert page["total"] == 7
    assert seen == made[::-1]
    offset = api("GET", f"/api/workflows?{query}&limit=3&offset=5").json
    assert [row["id"] for row in offset["workflows"]] == made[1::-1]


def test_a_cursor_is_of_use_in_its_own_list_only(api):
    for number in range(3):
        api.create(f"Flow {number}")
    cursor = api("GET", "/api/workflows?limit=1").json["next_cursor"]
    assert api("GET", f"/api/workflows?limit=2&cursor={cursor}").status == 200
    for query in ("status=active", "tag=x", "q=flow"):
        refused = api("GET", f"/api/workflows?{query}&cursor={cursor}")
        assert (refused.status, refused.json["errors"][0]["path"]) == (422, "?cursor")


QUERIES = [
    "",
    "&status=active",
    "&trigger_type=manual",
    "&tag=ten",
    "&tag=rare",
    "&tag=rare&tag=all",
    "&tag=rare&status=active",
    "&q=needle",
    "&q=needle&status=active",
    "&q=straw&tag=rare",
]


def test_a_first_page_costs_the_same_however_many_workflows_there_are(api):
    """Where the rarest filter lets ten pass, it costs these ten; the emulator's own time is left out."""
    with reading() as reads:
        fresh = type(api)()
        costs = []
        for first, last in ((0, 1_000), (1_000, MANY)):
            write_many(TABLE_NAME, first, last)
            costs.append({query: cost(fresh, reads, query) for query in QUERIES})
    for query in QUERIES:
        few, many = (each[query] for each in costs)
        assert many[0] == few[0], query
        assert many[1] <= few[1] + 10, query
        assert many[2] <= few[2] * 1.5, query


def cost(api, reads, query):
    reads.clear()
    assert api("GET", f"/api/workflows?limit=10{query}").status == 200
    return reads.requests, reads.items, reads.units


def test_a_page_by_one_filter_takes_four_reads_with_that_of_the_key(api):
    with reading() as reads:
        fresh = type(api)()
        write_many(TABLE_NAME, 0, FEW)
        assert cost(fresh, reads, "&status=active")[0] == 4
        assert cost(fresh, reads, "&tag=rare&status=active")[0] == 5
