"""Secrets of a deployed stack, in SSM Parameter Store, as its operator writes them."""

import json
from collections.abc import Mapping
from typing import Any

from stepweave.adapters.secrets_ssm import BINDING, parameter_name
from stepweave.domain.secret import Secret


class DeployedSecrets:
    """What `stepweave secrets --stack` does. A binding stands before the value that it restricts is there."""

    def __init__(self, client: Any, stack: str) -> None:
        self._client = client
        self._stack = stack

    def set(self, name: str, secret: Secret) -> None:
        at = parameter_name(self._stack, name)
        bound = {"hosts": list(secret.hosts), "workflows": list(secret.workflows)}
        binding = json.dumps({kind: names for kind, names in bound.items() if names})
        self._client.put_parameter(Name=at + BINDING, Value=binding, Type="String", Overwrite=True)
        self._client.put_parameter(Name=at, Value=secret.value, Type="SecureString", Overwrite=True)

    def names(self) -> Mapping[str, Secret]:
        """With bindings, without values: they are not asked for."""
        pages = self._client.get_paginator("get_parameters_by_path").paginate(Path=parameter_name(self._stack, ""))
        found = {each["Name"].rpartition("/")[2]: each["Value"] for page in pages for each in page["Parameters"]}
        return {name: _bound(found.get(name + BINDING)) for name in sorted(found) if not name.endswith(BINDING)}

    def remove(self, name: str) -> bool:
        at = parameter_name(self._stack, name)
        deleted = self._client.delete_parameters(Names=[at])["DeletedParameters"]
        self._client.delete_parameters(Names=[at + BINDING])
        return bool(deleted)


def _bound(text: str | None) -> Secret:
    binding = json.loads(text or "{}")
    return Secret("", tuple(binding.get("hosts", ())), tuple(binding.get("workflows", ())))
