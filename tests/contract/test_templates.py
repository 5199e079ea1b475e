"""The port `Templates`."""

import pytest

from stepweave.domain.template import Template, TemplateHead

HEAD = TemplateHead(
    "tpl_2", "Look", None, "operations", ("a", "b"), created_at="2026-11-02T08:30:00.000Z", created_by="key_1"
)
TEMPLATE = Template(HEAD, {"name": "Look", "ratio": 0.5, "b": None}, {"type": "object"})


def test_a_template_comes_back_as_it_was(stores):
    stores.templates.add(TEMPLATE)
    assert stores.templates.get("tpl_2") == TEMPLATE
    assert stores.templates.get("tpl_3") is None


@pytest.mark.parametrize("size", [10, 300_000])
def test_a_definition_of_any_size_is_kept(stores, size):
    large = Template(HEAD, {"name": "x" * size}, {})
    stores.templates.add(large)
    assert stores.templates.get("tpl_2") == large


def test_one_that_is_added_twice_stays_what_it_was(stores):
    stores.templates.add(TEMPLATE)
    stores.templates.add(Template(HEAD, {"other": 1}, {}))
    assert stores.templates.get("tpl_2") == TEMPLATE


def test_heads_are_listed_until_they_are_removed(stores):
    other = TemplateHead("tpl_1", "Other", created_at="2026-11-02T08:30:00.000Z", created_by="key_1")
    stores.templates.add(TEMPLATE)
    stores.templates.add(Template(other, {}, {}))
    assert {head.id: head for head in stores.templates.heads()} == {"tpl_2": HEAD, "tpl_1": other}
    assert stores.templates.remove("tpl_2")
    assert not stores.templates.remove("tpl_2")
    assert [head.id for head in stores.templates.heads()] == ["tpl_1"]
    assert stores.templates.get("tpl_2") is None
