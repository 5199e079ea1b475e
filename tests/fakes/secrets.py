"""Secrets in memory."""

from dataclasses import dataclass, field

from stepweave.domain.secret import Secret


@dataclass
class FakeSecrets:
    kept: dict[str, Secret] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def get(self, name: str) -> Secret | None:
        self.asked.append(name)
        return self.kept.get(name)

    def how_to_set(self, name: str) -> str:
        return f"Put '{name}' into the dictionary."
