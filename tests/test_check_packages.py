"""What is missing on the machine is named, with the command that installs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
INSTALLED = "#!/bin/sh\necho install ok installed\n"
MISSING = "#!/bin/sh\nexit 1\n"
OLD_PYTHON = "#!/bin/sh\ncase $2 in *version_info*) exit 1;; esac\n"
NO_VENV = "#!/bin/sh\ncase $2 in *ensurepip*) exit 1;; esac\n"


def check(folder, python, dpkg_query):
    """Run the script with a dpkg-query of one's own, which comes first on the path."""
    (folder / "dpkg-query").write_text(dpkg_query)
    (folder / "dpkg-query").chmod(0o755)
    return subprocess.run(
        ["sh", "tools/check_packages.sh", "packages-debian.txt"],
        cwd=ROOT,
        env={"PATH": f"{folder}:{os.defpath}", "PYTHON": str(python)},
        capture_output=True,
        text=True,
    )


def fake_python(folder, script):
    path = folder / "python-of-test"
    path.write_text(script)
    path.chmod(0o755)
    return path


def test_nothing_missing_says_nothing(tmp_path):
    done = check(tmp_path, sys.executable, INSTALLED)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_missing_package_is_named_with_its_command(tmp_path):
    done = check(tmp_path, sys.executable, MISSING)
    assert done.returncode == 2
    assert done.stderr == "missing: make\ninstall with: sudo apt-get install -y make\n"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            None,
            [
                "is missing; install it",
                "install with: sudo apt-get install -y python3 python3-venv",
            ],
        ),
        (NO_VENV, ["install with: sudo apt-get install -y python3-venv"]),
    ],
)
def test_a_missing_python_is_named(tmp_path, script, said):
    python = "/nowhere/python3" if script is None else fake_python(tmp_path, script)
    done = check(tmp_path, python, INSTALLED)
    assert done.returncode == 2
    for text in said:
        assert text in done.stderr


def test_an_old_python_is_told_without_useless_advice(tmp_path):
    done = check(tmp_path, fake_python(tmp_path, OLD_PYTHON), INSTALLED)
    assert done.returncode == 2
    assert "is older than Python 3.11; name a newer one: make PYTHON=python3.12" in done.stderr
    assert "apt-get" not in done.stderr
