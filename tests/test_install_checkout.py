"""An environment of `make setup` knows the checkout from any folder."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def environment(tmp_path):
    """An empty environment that borrows the libraries of this one, and a folder far from the checkout."""
    venv.create(tmp_path / "own venv", with_pip=False, symlinks=True)
    python = tmp_path / "own venv" / "bin" / "python"
    subprocess.run([python, ROOT / "tools" / "install_checkout.py"], check=True)
    (tmp_path / "far").mkdir()
    return tmp_path


def call(environment: Path, *words: str) -> subprocess.CompletedProcess[str]:
    libraries = {"PYTHONPATH": sysconfig.get_path("purelib")}
    return subprocess.run(
        [str(environment / "own venv" / "bin" / words[0]), *words[1:]],
        cwd=environment / "far",
        env={"PATH": os.defpath, **libraries},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_script_elsewhere_finds_the_checkout(environment):
    (environment / "far" / "mine.py").write_text("import sim.errors\nprint(sim.__file__)\n")
    done = call(environment, "python", "mine.py")
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == ROOT / "sim" / "__init__.py"


def test_the_command_is_there(environment):
    (environment / "far" / "sim").mkdir()  # of the user, and no package
    (environment / "far" / "sim" / "__init__.py").write_text("raise SystemExit('not me')\n")
    done = call(environment, "patchcell", "check", "erlang_b")
    assert (done.returncode, done.stderr) == (0, "")
    assert "erlang_b is in order" in done.stdout
    (environment / "link").symlink_to(environment / "own venv" / "bin" / "patchcell")
    done = call(environment, "../../link", "--version")
    assert done.stdout.startswith("patchcell, version")


def test_a_python_without_environment_is_left_alone(tmp_path):
    base = (
        Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    )
    if not base.exists():
        pytest.skip(f"there is no {base}")
    done = subprocess.run(
        [base, ROOT / "tools" / "install_checkout.py"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "belongs to no environment" in done.stderr
