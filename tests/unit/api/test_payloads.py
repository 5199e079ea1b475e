from datetime import UTC, datetime

import pytest

from stepweave.api.payloads.runs import start_run_request
from stepweave.api.payloads.workflows import create_workflow_request
from stepweave.domain.problem import Problem
from stepweave.errors import Invalid


def no_problems(_definition):
    return []


def faults(read, *arguments):
    with pytest.raises(Invalid) as refused:
        read(*arguments)
    return {fault.path: fault.message for fault in refused.value.faults}


@pytest.mark.parametrize("body", [None, [], "text", 1, True])
def test_a_body_that_is_no_object_is_refused_as_a_whole(body):
    for found in (faults(create_workflow_request, body, no_problems), faults(start_run_request, body)):
        assert found == {"": "The body must be a JSON object."}


def test_a_missing_definition_and_unknown_members_are_named():
    found = faults(create_workflow_request, {"a/b": 1, "x~y": 2}, no_problems)
    assert found == {"/definition": "This member is required.", "/a~1b": "Unknown member.", "/x~0y": "Unknown member."}


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("definition", []),
        ("definition", None),
        ("trigger_type", "sometimes"),
        ("trigger_type", None),
        ("tags", "data"),
        ("tags", ["t"] * 21),
        ("status", "deleted"),
        ("slug", ""),
        ("slug", "wf_mine"),
        ("slug", "validate"),
        ("slug", "a b"),
        ("slug", "ok\n"),
        ("slug", "x" * 101),
        ("slug", 7),
    ],
)
def test_a_bad_member_of_create_is_named(member, value):
    body = {"definition": {}, member: value}
    assert list(faults(create_workflow_request, body, no_problems)) == [f"/{member}"]


def test_a_slug_is_told_its_rule():
    found = faults(create_workflow_request, {"definition": {}, "slug": "runs"}, no_problems)
    assert found["/slug"].startswith("Must be a letter or digit, then at most 99")


@pytest.mark.parametrize(("tags", "at"), [([1], "/tags/0"), (["ok", ""], "/tags/1"), (["x" * 101], "/tags/0")])
def test_a_bad_tag_is_named_by_its_position(tags, at):
    assert list(faults(create_workflow_request, {"definition": {}, "tags": tags}, no_problems)) == [at]


def test_null_tags_and_slug_are_as_good_as_none():
    request = create_workflow_request({"definition": {}, "tags": None, "slug": None}, no_problems)
    assert (request.tags, request.slug) == (None, None)


def test_a_definition_is_not_validated_twice_when_the_body_is_good():
    def unexpected(_definition):
        raise AssertionError

    assert create_workflow_request({"definition": {"name": "x"}}, unexpected).definition == {"name": "x"}


def test_hints_of_the_definition_s_problems_are_told_too():
    def one_problem(_definition):
        return [Problem("unknown_dependency", "/steps/0", "There is no step 'a'", "Did you mean 'b'?")]

    found = faults(create_workflow_request, {"definition": {}, "colour": 1}, one_problem)
    assert found["/definition/steps/0"] == "There is no step 'a'. Did you mean 'b'?"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("input_data", []),
        ("input_data", None),
        ("input_data", "text"),
        ("trigger", ""),
        ("trigger", "x" * 65),
        ("trigger", None),
        ("version", 0),
        ("version", -1),
        ("version", 2**53),
        ("version", "1"),
        ("version", 1.0),
        ("version", True),
        ("labels", []),
        ("labels", {str(n): "" for n in range(21)}),
        ("run_at", "tomorrow"),
        ("run_at", "2026-11-02T08:30:00"),
        ("run_at", 1_800_000_000),
        ("run_at", "9999-99-99T00:00:00Z"),
        ("delay", "soon"),
        ("delay", -1),
        ("delay", True),
        ("delay", "366 days"),
        ("delay", []),
    ],
)
def test_a_bad_member_of_run_is_named(member, value):
    assert list(faults(start_run_request, {member: value})) == [f"/{member}"]


def test_a_run_starts_at_a_time_or_after_a_while_but_not_both():
    assert start_run_request({"run_at": "2026-11-02T10:30:00+02:00"}).run_at == datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
    assert [start_run_request({"delay": delay}).delay for delay in ("1h30m", 90, 0.5)] == [5400, 90, 0.5]
    assert faults(start_run_request, {"delay": 1, "run_at": "2026-11-02T08:30:00Z"}) == {
        "": "Send either run_at or delay."
    }


@pytest.mark.parametrize("labels", [{"a": 1}, {"a": None}, {"a": "x" * 257}])
def test_a_bad_label_is_named(labels):
    assert list(faults(start_run_request, {"labels": labels})) == ["/labels/a"]


@pytest.mark.parametrize("name", ["", "x" * 65])
def test_a_bad_name_of_a_label_is_named(name):
    assert list(faults(start_run_request, {"labels": {name: "x"}})) == [f"/labels/{name}"]
