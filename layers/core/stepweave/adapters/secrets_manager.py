"""Secrets in AWS Secrets Manager: `stepweave/<stack>/<name>`, a text; its binding is in tags.

`stepweave:hosts` and `stepweave:workflows` hold what it is bound to, divided by spaces: a tag takes no comma.
"""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from stepweave.adapters.secrets_unavailable import unavailable, unreadable_binding
from stepweave.domain.secret import Secret

HOSTS_TAG, WORKFLOWS_TAG = "stepweave:hosts", "stepweave:workflows"


class ManagedSecrets:
    """The port `services.ports.Secrets`; the binding is read before the value."""

    def __init__(self, client: Any, stack: str) -> None:
        self._client = client
        self._stack = stack

    def get(self, name: str) -> Secret | None:
        at = self._id(name)
        try:
            tags = self._client.describe_secret(SecretId=at).get("Tags", [])
            value = self._client.get_secret_value(SecretId=at).get("SecretString")
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise unavailable(name, error) from None  # its text may hold what was sent
        if value is None:
            return None
        bound = {tag["Key"]: tag["Value"].split() for tag in tags if tag["Key"].startswith("stepweave:")}
        if bound.keys() - {HOSTS_TAG, WORKFLOWS_TAG} or not all(bound.values()):
            raise unreadable_binding(name, f"only the tags {HOSTS_TAG} and {WORKFLOWS_TAG} are known, and not empty.")
        return Secret(value, tuple(bound.get(HOSTS_TAG, ())), tuple(bound.get(WORKFLOWS_TAG, ())))

    def how_to_set(self, name: str) -> str:
        return f"Put it into Secrets Manager as the text of the secret '{self._id(name)}'."

    def _id(self, name: str) -> str:
        return f"stepweave/{self._stack}/{name}"
