"""API keys of a table: the local one or, with AWS credentials, a deployed one."""

import secrets
import time
from datetime import UTC, datetime
from typing import Any

from stepweave.adapters.api_key_store import ApiKeyStore
from stepweave.adapters.table import Table
from stepweave.domain.api_key import ApiKey, Role
from stepweave.errors import Unauthenticated
from stepweave.ids import new_id_factory
from stepweave.services.api_keys import CreateKey, KeyPorts, create_key
from stepweave.services.authentication import authenticate


def now() -> datetime:
    return datetime.now(UTC)


def key_store(dynamodb: Any, table: str) -> ApiKeyStore:
    return ApiKeyStore(Table(dynamodb, table))


def key_ports(store: ApiKeyStore) -> KeyPorts:
    """What an operator manages keys with."""
    new_id = new_id_factory(lambda: time.time_ns() // 1_000_000, secrets.randbits)
    return KeyPorts(store, new_id, now, lambda: secrets.token_hex(32))


def new_key(store: ApiKeyStore, name: str, role: Role, expires_at: str | None = None) -> tuple[ApiKey, str]:
    """A new key and its text."""
    return create_key(None, CreateKey(name, role, expires_at), key_ports(store))


def is_valid(store: ApiKeyStore, text: str) -> bool:
    try:
        authenticate(text, keys=store, clock=now)
    except Unauthenticated:
        return False
    return True
