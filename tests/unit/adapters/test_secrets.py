"""Secrets from both stores of AWS, as their clients answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from fakes.secrets import FakeSecrets
from stepweave.adapters.secrets_kept import MOST_KEPT, KeptSecrets
from stepweave.adapters.secrets_manager import ManagedSecrets
from stepweave.adapters.secrets_ssm import ParameterSecrets
from stepweave.domain.secret import Secret
from stepweave.errors import StepError


def refusal(code: str, status: int = 400) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Get")  # type: ignore[typeddict-item]


@dataclass
class Parameters:
    stored: Mapping[str, str] = field(default_factory=dict)
    error: Exception | None = None

    def get_parameters(self, Names: list[str], WithDecryption: bool) -> Any:  # noqa: N803 - boto3's names
        assert WithDecryption
        if self.error:
            raise self.error
        found = [{"Name": name, "Value": self.stored[name]} for name in Names if name in self.stored]
        return {"Parameters": found, "InvalidParameters": [name for name in Names if name not in self.stored]}


@dataclass
class Managed:
    value: str | None = "hunter2"
    tags: tuple[tuple[str, str], ...] = ()
    error: Exception | None = None

    def describe_secret(self, SecretId: str) -> Any:  # noqa: N803 - boto3's name
        assert SecretId == "stepweave/stack/api"
        if self.error:
            raise self.error
        return {"Tags": [{"Key": key, "Value": value} for key, value in self.tags]}

    def get_secret_value(self, SecretId: str) -> Any:  # noqa: N803 - boto3's name
        return {"SecretString": self.value} if self.value is not None else {"SecretBinary": b"x"}


AT = "/stepweave/stack/api"


def in_ssm(binding: str | None = None, error: Exception | None = None) -> ParameterSecrets:
    return ParameterSecrets(
        Parameters({AT: "hunter2"} | ({AT + ".binding": binding} if binding else {}), error), "stack"
    )


def test_a_parameter_is_read_with_its_binding() -> None:
    assert in_ssm().get("api") == Secret("hunter2")
    binding = '{"hosts": ["a.example", "b.example:8443"], "workflows": ["wf_1"]}'
    assert in_ssm(binding).get("api") == Secret("hunter2", ("a.example", "b.example:8443"), ("wf_1",))
    assert in_ssm().get("other") is None
    assert "--stack stack" in in_ssm().how_to_set("other")


@pytest.mark.parametrize(
    "binding",
    ["no json", "[]", '"api.example"', '{"hosts": "a.example"}', '{"hosts": []}', '{"hosts": [1]}', '{"host": ["a"]}'],
)
def test_a_binding_that_cannot_be_read_gives_nothing_out(binding: str) -> None:
    with pytest.raises(StepError, match="binding cannot be read") as caught:
        in_ssm(binding).get("api")
    assert (caught.value.code, caught.value.kind) == ("secret_unavailable", "permanent")


def test_a_secret_of_secrets_manager_is_read_with_its_tags() -> None:
    tags = (("team", "a"), ("stepweave:hosts", "a.example b.example"), ("stepweave:workflows", "wf_1"))
    assert ManagedSecrets(Managed(tags=tags), "stack").get("api") == Secret(
        "hunter2", ("a.example", "b.example"), ("wf_1",)
    )
    assert ManagedSecrets(Managed(), "stack").get("api") == Secret("hunter2")
    assert ManagedSecrets(Managed(value=None), "stack").get("api") is None
    assert ManagedSecrets(Managed(error=refusal("ResourceNotFoundException")), "stack").get("api") is None
    assert "stepweave/stack/api" in ManagedSecrets(Managed(), "stack").how_to_set("api")


@pytest.mark.parametrize("tag", [("stepweave:host", "a.example"), ("stepweave:hosts", " ")])
def test_a_tag_that_cannot_be_read_gives_nothing_out(tag: tuple[str, str]) -> None:
    with pytest.raises(StepError, match="binding cannot be read"):
        ManagedSecrets(Managed(tags=(tag,)), "stack").get("api")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refusal("AccessDeniedException"), "permanent"),
        (refusal("ThrottlingException"), "throttled"),
        (refusal("InternalServerError", 500), "server_error"),
        (EndpointConnectionError(endpoint_url="https://ssm"), "connection"),
    ],
)
def test_a_store_that_does_not_answer_is_a_failure_of_its_class(error: Exception, kind: str) -> None:
    for secrets in (in_ssm(error=error), ManagedSecrets(Managed(error=error), "stack")):
        with pytest.raises(StepError) as caught:
            secrets.get("api")
        assert (caught.value.code, caught.value.kind) == ("secret_unavailable", kind)


def test_a_secret_is_kept_for_a_minute_and_a_missing_one_is_not() -> None:
    now = [0.0]
    behind = FakeSecrets({"api": Secret("first")})
    secrets = KeptSecrets(behind, lambda: now[0])
    assert secrets.get("api") == secrets.get("api") == Secret("first")
    assert behind.asked == ["api"]
    behind.kept["api"] = Secret("second")
    now[0] = 59.9
    assert secrets.get("api") == Secret("first")
    now[0] = 60.0
    assert secrets.get("api") == Secret("second")
    now[0] = 200.0
    del behind.kept["api"]
    assert secrets.get("api") is None
    behind.kept["api"] = Secret("third")
    assert secrets.get("api") == Secret("third")
    assert secrets.how_to_set("api") == behind.how_to_set("api")


def test_no_more_are_kept_than_memory_is_meant_for() -> None:
    behind = FakeSecrets({f"s{number}": Secret("value-1") for number in range(MOST_KEPT + 1)})
    secrets = KeptSecrets(behind, lambda: 0.0)
    for name in behind.kept:
        secrets.get(name)
    behind.asked.clear()
    secrets.get("s0")
    secrets.get(f"s{MOST_KEPT}")
    assert behind.asked == ["s0"]
