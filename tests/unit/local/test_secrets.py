import stat
from pathlib import Path

import pytest

from stepweave.domain.secret import Secret
from stepweave.errors import StepError
from stepweave.local.secrets import LocalSecrets, SecretsUnreadable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "secrets.json"


def test_a_secret_is_kept_with_its_binding_and_seen_by_others_at_once(path: Path) -> None:
    secrets, other = LocalSecrets(path), LocalSecrets(path)
    bound = Secret("hunter2", ("a.example",), ("wf_1",))
    assert secrets.get("api") is None
    other.set("api", bound)
    other.set("b", Secret("x"))
    assert secrets.get("api") == bound
    assert list(secrets.names()) == ["api", "b"]
    assert other.remove("api")
    assert not other.remove("api")
    assert secrets.get("api") is None
    assert "stepweave secrets set api" in secrets.how_to_set("api")


def test_the_file_is_its_owners_alone(path: Path) -> None:
    path.write_text("{}")
    path.chmod(0o644)
    LocalSecrets(path).set("api", Secret("hunter2"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_a_killed_writer_left_is_in_nobodys_way(path: Path) -> None:
    path.with_suffix(".new").write_text("half")
    LocalSecrets(path).set("api", Secret("hunter2"))
    assert LocalSecrets(path).get("api") == Secret("hunter2")


@pytest.mark.parametrize("text", ["no json", "[]", '{"api": "hunter2"}', '{"api": {}}', '{"api": {"value": 5}}'])
def test_a_file_that_somebody_spoilt_gives_nothing_out(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(StepError) as caught:
        LocalSecrets(path).get("api")
    assert caught.value.code == "secret_unavailable"
    assert "hunter2" not in caught.value.message
    with pytest.raises(SecretsUnreadable):
        LocalSecrets(path).names()
