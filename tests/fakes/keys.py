"""API keys for the API's tests: the real use cases on keys in memory."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from fakes.stores import FakeApiKeys
from fakes.world import FakeClock
from stepweave.api.uses.keys import KeyUses
from stepweave.domain.api_key import ApiKey, Caller
from stepweave.ids import ulid
from stepweave.services import api_keys


@dataclass
class KeyStage:
    """`manages_all`: every caller manages all keys, so that what a route itself asks for is seen alone."""

    keys: FakeApiKeys = field(default_factory=FakeApiKeys)
    clock: FakeClock = field(default_factory=FakeClock)
    manages_all: bool = True

    def add(self, key: ApiKey) -> None:
        self.keys.add(key)

    def uses(self, fail: Callable[[], None]) -> KeyUses:
        ids, secrets = itertools.count(1), itertools.count(1)
        ports = api_keys.KeyPorts(
            self.keys, lambda kind: f"{kind}_{ulid(next(ids), 7)}", self.clock, lambda: f"s3cr3t{next(secrets)}"
        )

        def caller_of(caller: Caller) -> Caller:
            fail()
            return replace(caller, role="admin") if self.manages_all else caller

        return KeyUses(
            create=lambda caller, request: api_keys.create_key(caller_of(caller), request, ports),
            page_of=partial(api_keys.list_keys, ports=ports),
            of=lambda caller: api_keys.keys_of(caller_of(caller), ports),
            get=lambda caller, key_id: api_keys.get_key(caller_of(caller), key_id, ports),
            rotate=lambda caller, key_id, grace: api_keys.rotate_key(caller_of(caller), key_id, grace, ports),
            revoke=lambda caller, key_id: api_keys.revoke_key(caller_of(caller), key_id, ports),
        )
