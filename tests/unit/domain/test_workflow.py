import re

import pytest

from fakes.samples import a_workflow
from stepweave.domain.workflow import RESERVED_SLUGS, SLUG, TRIGGER_TYPES, WORKFLOW_STATUSES, etag


@pytest.mark.parametrize(
    ("slug", "is_right"), [("a", True), ("nightly-report.v2", True), ("-a", False), ("a b", False), ("a" * 101, False)]
)
def test_slugs_are_names_that_fit_into_a_path(slug: str, is_right: bool) -> None:
    assert (re.fullmatch(SLUG, slug) is not None) is is_right


def test_words_of_the_paths_are_no_slugs() -> None:
    assert {"validate", "templates", "runs", "schedules"} <= RESERVED_SLUGS


def test_statuses_and_trigger_types_are_the_published_ones() -> None:
    assert WORKFLOW_STATUSES == ("draft", "active", "paused", "archived")
    assert TRIGGER_TYPES == ("manual", "schedule", "event", "webhook")


def test_every_state_of_every_workflow_has_an_etag_of_its_own() -> None:
    etags = [etag(a_workflow(id=workflow, rev=rev)) for workflow in ("wf_1", "wf_2") for rev in (1, 2)]
    assert etags == ['"wf_1-1"', '"wf_1-2"', '"wf_2-1"', '"wf_2-2"']
