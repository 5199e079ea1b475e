import asyncio

import pytest

from stepweave.api.idempotency import _key
from stepweave.errors import Invalid


def read(plain=None, prefixed=None):
    return asyncio.run(_key(plain, prefixed))


@pytest.mark.parametrize(
    ("given", "key"), [((), None), (("k",), "k"), ((None, "x"), "x"), (("k", "k"), "k"), (("k" * 255,), "k" * 255)]
)
def test_a_key_may_come_under_either_name(given, key):
    assert read(*given) == key


@pytest.mark.parametrize(
    ("given", "places"),
    [
        (("",), ["Idempotency-Key"]),
        ((None, "k" * 256), ["X-Idempotency-Key"]),
        (("a", "b"), ["X-Idempotency-Key"]),
        (("", "k" * 256), ["Idempotency-Key", "X-Idempotency-Key", "X-Idempotency-Key"]),
    ],
)
def test_a_key_that_is_none_is_refused_with_the_name_of_its_header(given, places):
    with pytest.raises(Invalid) as error:
        read(*given)
    assert [fault.path for fault in error.value.faults] == places
