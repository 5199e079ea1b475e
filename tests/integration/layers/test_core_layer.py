"""The layer of our own code, built as `sam build` does it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    artifacts = tmp_path_factory.mktemp("CoreLayer")
    # FIND is how the Makefile asks uv for a Python to compile with; here it is the one at hand.
    given = [f"ARTIFACTS_DIR={artifacts}", f"FIND=echo {sys.executable}", "UV=false"]
    subprocess.run(
        ["make", "-C", "layers/core", "build-CoreLayer", *given],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=60,
    )
    return artifacts / "python"


def test_it_holds_the_package_without_the_embedded_stack(layer: Path) -> None:
    source = ROOT / "layers" / "core"
    wanted = {path.relative_to(source) for path in source.rglob("*.py")}
    local = Path("stepweave/local")
    assert {path.relative_to(layer) for path in layer.rglob("*.py")} == {
        path for path in wanted if local not in path.parents
    }


def test_its_bytecode_is_read_whatever_the_times_of_its_files(layer: Path) -> None:
    """Flags 1: by hash, and nobody checks it (PEP 552)."""
    for source in layer.rglob("*.py"):
        compiled = source.parent / "__pycache__" / f"{source.stem}.{sys.implementation.cache_tag}.pyc"
        assert compiled.read_bytes()[4:8] == b"\x01\x00\x00\x00", source


def test_run_script_starts_with_this_layer_and_the_standard_library_alone(layer: Path) -> None:
    """`-S` leaves out site-packages, and with them whatever the other layer holds."""
    script = f"import sys; sys.path.insert(0, {str(layer)!r}); sys.path.insert(0, 'functions/run_script'); import app"
    subprocess.run([sys.executable, "-I", "-S", "-B", "-c", script], cwd=ROOT, check=True, timeout=30)
