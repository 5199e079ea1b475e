"""Secrets in SSM Parameter Store: `/stepweave/<stack>/<name>`, a SecureString.

Beside it may stand `/stepweave/<stack>/<name>.binding`, a String: `{"hosts": [...], "workflows": [...]}`.
"""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from stepweave.adapters.secrets_unavailable import unavailable, unreadable_binding
from stepweave.domain.secret import Secret
from stepweave.errors import StepError

BINDING = ".binding"


def parameter_name(stack: str, name: str) -> str:
    return f"/stepweave/{stack}/{name}"


class ParameterSecrets:
    """The port `services.ports.Secrets`; one call gets a value with its binding."""

    def __init__(self, client: Any, stack: str) -> None:
        self._client = client
        self._stack = stack

    def get(self, name: str) -> Secret | None:
        at = parameter_name(self._stack, name)
        try:
            answer = self._client.get_parameters(Names=[at, at + BINDING], WithDecryption=True)
        except (BotoCoreError, ClientError) as error:
            raise unavailable(name, error) from None  # its text may hold what was sent
        found = {each["Name"]: each["Value"] for each in answer["Parameters"]}
        if at not in found:
            return None
        binding = _binding(name, found.get(at + BINDING, "{}"))
        return Secret(found[at], tuple(binding.get("hosts", ())), tuple(binding.get("workflows", ())))

    def how_to_set(self, name: str) -> str:
        return (
            f"Put it into Parameter Store as the SecureString '{parameter_name(self._stack, name)}': "
            f"`stepweave secrets set {name} --stack {self._stack}`."
        )


def _binding(name: str, text: str) -> dict[str, list[str]]:
    try:
        binding = json.loads(text)
    except ValueError:
        binding = None
    if not _is_binding(binding):
        raise _unreadable(name)
    return dict(binding)


def _is_binding(binding: Any) -> bool:
    if not isinstance(binding, dict) or binding.keys() - {"hosts", "workflows"}:
        return False
    lists = binding.values()
    return all(isinstance(each, list) and each and all(isinstance(one, str) for one in each) for each in lists)


def _unreadable(name: str) -> StepError:
    where = f"""'{name}{BINDING}' must be like {{"hosts": ["api.example.com"], "workflows": ["wf_..."]}}."""
    return unreadable_binding(name, where)
