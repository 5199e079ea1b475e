"""The lists that a workflow stands in: one of all, one per status, trigger type and tag, one of words of names.

A workflow has a place in each, which sorts by `updated_at` and id, and says what other lists it is in, so that several
filters are checked on keys alone. Rows have keys of their own position (`F#tag00`), not of what they list: then a
change of all tags overwrites rows instead of removing and adding, and any update fits into one transaction:

    1 workflow + 3 versions + 2 slugs + 3 rows and 2 counters + 20 rows and 40 counters of tags + 16 words = 87
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterable

from stepweave.adapters.table import Item
from stepweave.domain.workflow import TRIGGER_TYPES, WORKFLOW_STATUSES, Workflow

ALL = "WORKFLOWS"
WORDS = "WORKFLOWS#word"
NAMES = "WORKFLOWS#name"
"""By what other surfaces call them, in order: slug, or id where there is none."""
MAX_WORDS = 16
"""Words of a name that a search finds it by."""
MAX_WORD_BYTES = 400
"""A sort key has 1,024 bytes (DynamoDB quotas), and the place comes after the word."""
_END = "\0"
"""Between a word and the place: sorts before whatever else may follow the word."""
_WORD = re.compile(r"\w+")
_HASH = 11
"""Characters of a tag in a place: 64 bits."""


def status_list(status: str) -> str:
    return f"{ALL}#status#{status}"


def trigger_list(trigger_type: str) -> str:
    return f"{ALL}#trigger#{trigger_type}"


def tag_list(tag: str) -> str:
    return f"{ALL}#tag#{tag}"


def place(workflow: Workflow) -> str:
    """-> `2026-11-02T08:30:00.000Z#wf_01KA...#10#<tag hash><tag hash>`"""
    facts = f"{WORKFLOW_STATUSES.index(workflow.status)}{TRIGGER_TYPES.index(workflow.trigger_type)}"
    return f"{workflow.updated_at}#{workflow.id}#{facts}#{''.join(map(_tag_hash, workflow.tags))}"


def is_in(place: str, status: str | None, trigger_type: str | None, tags: Iterable[str]) -> bool:
    """Whether the workflow at that place is in all those lists. Tags are told apart by 64 bits of their hashes."""
    facts, hashes = place.split("#")[2:4]
    held = {hashes[start : start + _HASH] for start in range(0, len(hashes), _HASH)}
    return (
        (status is None or facts[0] == str(WORKFLOW_STATUSES.index(status)))
        and (trigger_type is None or facts[1] == str(TRIGGER_TYPES.index(trigger_type)))
        and all(_tag_hash(tag) in held for tag in tags)
    )


def _tag_hash(tag: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(tag.encode()).digest()[:8]).decode()[:_HASH]


def counted_lists(workflow: Workflow) -> list[str]:
    """The lists whose length is kept."""
    tags = map(tag_list, workflow.tags)
    return [ALL, status_list(workflow.status), trigger_list(workflow.trigger_type), *tags]


def changed_counts(before: Workflow | None, after: Workflow | None) -> list[tuple[str, int]]:
    """The lists that become longer or shorter, and by how much; None: there was, or will be, no such workflow."""
    change = Counter(counted_lists(after) if after else ())
    change.subtract(counted_lists(before) if before else ())
    return [(name, by) for name, by in change.items() if by]


def rows(workflow: Workflow) -> dict[str, Item]:
    """The rows of a workflow by their sort keys; its own item is the row in the list of all."""
    at = place(workflow)
    lists = {"F#status": status_list(workflow.status), "F#trigger": trigger_list(workflow.trigger_type)}
    lists |= {f"F#tag{number:02}": tag_list(tag) for number, tag in enumerate(workflow.tags)}
    found: dict[str, Item] = {sk: {"list": name, "list_key": at} for sk, name in lists.items()}
    for number, word in enumerate(searched_words(workflow.name)):
        found[f"F#word{number:02}"] = {"list": WORDS, "list_key": word + _END + at}
    return found


def place_of_row(list_key: str) -> str:
    """The place in the key of any row."""
    return list_key.rpartition(_END)[2]


def searched_words(name: str) -> list[str]:
    """What a search finds a name by: the rest of it from each of its first words on, and from its first character.

    -> `["nightly clean-up", "clean-up", "up"]`
    """
    text = searched(name)
    starts = dict.fromkeys([0, *(word.start() for word in _WORD.finditer(text))])
    return list(dict.fromkeys(_cut(text[start:]) for start in starts))[:MAX_WORDS]


def searched(text: str) -> str:
    """Without case, and without difference between one space and several."""
    return " ".join(text.casefold().replace(_END, " ").split())


def prefix(q: str) -> str:
    """What the key of a row begins with whose name `q` finds."""
    return _cut(searched(q))


def finds(q: str, name: str) -> bool:
    return any(word.startswith(prefix(q)) for word in searched_words(name))


def _cut(text: str) -> str:
    return text.encode()[:MAX_WORD_BYTES].decode(errors="ignore")


def newest_first(places: Iterable[str]) -> list[str]:
    """Each workflow once."""
    return sorted(dict.fromkeys(places), reverse=True)


def workflow_id(place: str) -> str:
    return place.split("#")[1]
