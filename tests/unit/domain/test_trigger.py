from stepweave.domain.trigger import Taken, digest_of, events_of, hook_of, sources_of, taken_by

HOOK = {"type": "webhook", "slug": "Orders"}
SIGNAL = {"type": "signal", "name": "order.created"}
EVENT = {"type": "event", "pattern": {"source": ["shop"]}}


def test_a_definition_takes_names_slugs_and_places():
    taken = taken_by({"triggers": [EVENT, HOOK, SIGNAL, EVENT]})
    assert taken == Taken(frozenset({"order.created"}), frozenset({"orders"}), frozenset({"0", "1"}))
    assert not taken_by({})
    assert not taken_by(None)


def test_what_is_no_more_wanted_is_the_difference():
    before, after = taken_by({"triggers": [EVENT, EVENT, HOOK]}), taken_by({"triggers": [EVENT, SIGNAL]})
    assert before - after == Taken(hooks=frozenset({"orders"}), rules=frozenset({"1"}))
    assert (before | after) - after == before - after


def test_a_slug_is_found_however_it_is_written():
    assert hook_of({"triggers": [SIGNAL, HOOK]}, "oRders") == HOOK
    assert hook_of({"triggers": [HOOK]}, "order") is None


def test_a_pattern_is_known_by_what_it_says():
    assert digest_of({"a": [1], "b": [2]}) == digest_of({"b": [2], "a": [1]})
    assert digest_of({"a": [1]}) != digest_of({"a": [2]})


def test_sources_are_those_named_outright():
    assert sources_of({"source": ["shop", "bank"]}) == {"shop", "bank"}
    for pattern in ({}, {"source": []}, {"source": [{"prefix": "aws."}]}, {"source": ["shop", {"exists": False}]}):
        assert sources_of(pattern) is None


def test_a_hook_without_a_list_is_one_event_that_is_called_as_it_or_its_slug():
    own = {"filter": "body.n > 1", "input": {"n": 1}, "schema": {"type": "object"}}
    assert events_of(HOOK) == [HOOK | {"name": "Orders"}]
    assert events_of(HOOK | own | {"name": "paid"}) == [HOOK | own | {"name": "paid"}]


def test_the_events_of_a_hook_are_those_of_its_list_in_order():
    events = [{"name": "paid", "filter": "body.paid"}, {"name": "other"}]
    assert events_of(HOOK | {"events": events}) == events
