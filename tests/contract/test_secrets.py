"""Every place where secrets are, by what they promise."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.secrets import FakeSecrets
from stepweave.adapters.secrets_kept import KeptSecrets
from stepweave.adapters.secrets_manager import ManagedSecrets
from stepweave.adapters.secrets_ssm import ParameterSecrets
from stepweave.adapters.table import TABLE
from stepweave.domain.secret import Secret
from stepweave.local.deployed_secrets import DeployedSecrets
from stepweave.local.embedded import EmbeddedAws, client
from stepweave.local.secrets import LocalSecrets
from stepweave.services.ports import Secrets

FREE, BOUND = Secret("hunter2"), Secret("hunter2", ("api.example.com", "b.example:8443"), ("wf_1",))


@pytest.fixture
def aws() -> Iterator[None]:
    embedded = EmbeddedAws(table="stepweave", table_shape=TABLE, bucket="stepweave", functions={})
    try:
        yield
    finally:
        embedded.close()


@pytest.fixture(params=["in memory", "file", "parameters", "manager"])
def secrets(request: pytest.FixtureRequest, tmp_path: Path) -> Secrets:
    """With two secrets set: `free`, and `bound`."""
    match request.param:
        case "in memory":
            return FakeSecrets({"free": FREE, "bound": BOUND})
        case "file":
            return _filled(LocalSecrets(tmp_path / "secrets.json"))
        case "parameters":
            request.getfixturevalue("aws")
            _filled(DeployedSecrets(client("ssm"), "stack"))
            return KeptSecrets(ParameterSecrets(client("ssm"), "stack"), lambda: 0.0)
        case _:
            request.getfixturevalue("aws")
            _manage("free", {})
            _manage("bound", {"stepweave:hosts": "api.example.com b.example:8443", "stepweave:workflows": "wf_1"})
            return KeptSecrets(ManagedSecrets(client("secretsmanager"), "stack"), lambda: 0.0)


def _filled(store: Any) -> Any:
    store.set("free", FREE)
    store.set("bound", BOUND)
    return store


def _manage(name: str, tags: dict[str, str]) -> None:
    named = [{"Key": key, "Value": value} for key, value in tags.items()]
    client("secretsmanager").create_secret(Name=f"stepweave/stack/{name}", SecretString="hunter2", Tags=named)


def test_a_secret_comes_with_its_binding(secrets: Secrets) -> None:
    assert secrets.get("free") == FREE
    assert secrets.get("bound") == BOUND


def test_one_that_is_not_there_is_none_and_the_sentence_names_it(secrets: Secrets) -> None:
    assert secrets.get("missing") is None
    assert "missing" in secrets.how_to_set("missing")


@pytest.mark.usefixtures("aws")
def test_the_secrets_of_a_stack_are_listed_without_values_and_removed_with_their_bindings() -> None:
    store, ssm = _filled(DeployedSecrets(client("ssm"), "stack")), client("ssm")
    DeployedSecrets(ssm, "other").set("api", FREE)
    assert dict(store.names()) == {"bound": Secret("", BOUND.hosts, BOUND.workflows), "free": Secret("")}
    assert ssm.get_parameter(Name="/stepweave/stack/bound")["Parameter"]["Type"] == "SecureString"
    store.set("bound", FREE)
    assert ParameterSecrets(ssm, "stack").get("bound") == FREE
    assert store.remove("bound")
    assert not store.remove("bound")
    assert list(store.names()) == ["free"]
    assert not ssm.get_parameters(Names=["/stepweave/stack/bound.binding"])["Parameters"]
