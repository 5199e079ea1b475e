"""Where secrets are, by the operator's choice."""

import time
from typing import Any

from stepweave.bootstrap.clients import later
from stepweave.settings import Settings


def secret_store(settings: Settings) -> Any:
    """The port `services.ports.Secrets`."""
    from stepweave.adapters.secrets_kept import KeptSecrets

    match settings.secrets_backend:
        case "ssm":
            from stepweave.adapters.secrets_ssm import ParameterSecrets

            return KeptSecrets(ParameterSecrets(later("ssm"), settings.stack), time.monotonic)
        case "secretsmanager":
            from stepweave.adapters.secrets_manager import ManagedSecrets

            return KeptSecrets(ManagedSecrets(later("secretsmanager"), settings.stack), time.monotonic)
        case other:
            raise ValueError(f"SECRETS_BACKEND: '{other}' is neither ssm nor secretsmanager")
