"""An edit in a file that compiled code calls changes the next run: stale code would be silently wrong science."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

import sim

PACKAGE = Path(sim.__file__).parent
CALLED = "from sim.compilation.kernels import kernel\n\n@kernel\ndef rate() -> int:\n    return {value}\n"
CALLER = """
from sim.compilation.kernels import compiled
from sim.called import rate

@compiled
def twice() -> int:
    return 2 * rate()

"""


def make_package(folder):
    package = folder / "sim"
    package.mkdir()
    (folder / "pyproject.toml").write_text("")
    shutil.copy(PACKAGE / "__init__.py", package)
    shutil.copytree(PACKAGE / "compilation", package / "compilation", ignore=IGNORED)
    (package / "caller.py").write_text(CALLER)
    return package


IGNORED = shutil.ignore_patterns("__pycache__")
CALL = "from sim.caller import twice; print(twice())"


def run(folder, value, code=CALL, **environment):
    (folder / "sim" / "called.py").write_text(CALLED.format(value=value))
    return only_run(folder, code, **environment)


def only_run(folder, code=CALL, **environment):
    command = [sys.executable, "-c", code]
    clean = {key: text for key, text in os.environ.items() if key != "PATCHCELL_CACHE"}
    done = subprocess.run(
        command, cwd=folder, env=clean | environment, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def test_an_edit_in_a_called_file_changes_the_next_run(tmp_path):
    make_package(tmp_path)
    assert run(tmp_path, 3) == 6
    assert run(tmp_path, 4) == 8


def test_with_the_cache_of_numba_the_next_run_is_stale(tmp_path):
    """Shows that the test above can fail: Numba alone does not see the edit."""
    package = make_package(tmp_path)
    (package / "caller.py").write_text(
        CALLER.replace("sim.compilation.kernels import compiled", "numba import njit").replace(
            "@compiled", "@njit(cache=True)"
        )
    )
    assert run(tmp_path, 3) == 6
    assert run(tmp_path, 4) == 6


def install_package(folder):
    """A package outside a checkout."""
    folder.mkdir()
    make_package(folder)
    (folder / "pyproject.toml").unlink()
    return folder


def compiled(folder):
    """Folders that hold compiled code, relative to a folder."""
    return {path.parent.relative_to(folder).parts for path in folder.rglob("*.nbc")}


@pytest.mark.parametrize("variable", ["XDG_CACHE_HOME", "HOME"])
def test_installed_code_is_kept_in_the_cache_of_the_user(tmp_path, variable):
    package = install_package(tmp_path / "site")
    home = {"XDG_CACHE_HOME": "", "HOME": "/nowhere", variable: str(tmp_path / "of_user")}
    assert run(package, 3, **home) == 6
    assert run(package, 4, **home) == 8
    inner = (
        ("of_user", "patchcell")
        if variable == "XDG_CACHE_HOME"
        else ("of_user", ".cache", "patchcell")
    )
    assert compiled(tmp_path) == {(*inner, "numba")}


@pytest.mark.parametrize(
    "obstacle",
    ["/dev/null/cache", "relative", pytest.param("~nobody_at_all/cache", marks=pytest.mark.slow)],
)
def test_where_the_cache_cannot_be_written_temporary_files_serve(tmp_path, obstacle):
    package = install_package(tmp_path / "site")
    (tmp_path / "tmp").mkdir()
    places = {"XDG_CACHE_HOME": obstacle, "HOME": "/dev/null", "TMPDIR": str(tmp_path / "tmp")}
    assert run(package, 3, **places) == 6
    assert run(package, 4, **places) == 8
    assert compiled(tmp_path) == {("tmp", f"patchcell-{os.getuid()}", "numba")}
    assert (tmp_path / "tmp" / f"patchcell-{os.getuid()}").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("trap", ["open to all", "a link", "a file"])
def test_a_temporary_folder_that_others_can_write_is_not_used(tmp_path, trap):
    package = install_package(tmp_path / "site")
    (tmp_path / "tmp").mkdir()
    shared = tmp_path / "tmp" / f"patchcell-{os.getuid()}"
    if trap == "open to all":
        shared.mkdir()
        shared.chmod(0o777)
    elif trap == "a link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        shared.symlink_to(tmp_path / "elsewhere")
    else:
        shared.touch(mode=0o700)
    places = {"XDG_CACHE_HOME": "/dev/null/cache", "TMPDIR": str(tmp_path / "tmp")}
    assert run(package, 3, **places) == 6
    assert compiled(tmp_path) == set()
    assert [path.name for path in (tmp_path / "tmp").iterdir()] == [shared.name]


def test_a_process_shares_the_folder_of_the_one_that_started_it(tmp_path):
    package = install_package(tmp_path / "site")
    (tmp_path / "tmp" / f"patchcell-{os.getuid()}").mkdir(parents=True, mode=0o755)
    code = (
        "import subprocess, sys\n"
        "import sim\n"
        "root = sim.cache_root()\n"
        f"print(subprocess.check_output([sys.executable, '-c', {CALL!r}], text=True))\n"
        "assert len(list(root.rglob('*.nbc'))) == 1\n"
    )
    places = {"XDG_CACHE_HOME": "/dev/null/cache", "TMPDIR": str(tmp_path / "tmp")}
    assert run(package, 3, code, **places) == 6


def test_a_folder_that_others_can_write_is_not_taken_over(tmp_path):
    package = install_package(tmp_path / "site")
    (tmp_path / "tmp").mkdir()
    (tmp_path / "given").mkdir(mode=0o777)
    (tmp_path / "given").chmod(0o777)
    places = {"XDG_CACHE_HOME": "/dev/null/cache", "TMPDIR": str(tmp_path / "tmp")}
    assert run(package, 3, PATCHCELL_CACHE=str(tmp_path / "given"), **places) == 6
    assert compiled(tmp_path) == {("tmp", f"patchcell-{os.getuid()}", "numba")}


OBSTACLES = {
    "a file": lambda cache: cache.touch(mode=0o777),
    "a link to nowhere": lambda cache: cache.symlink_to("nowhere/at/all"),
    "a file within": lambda cache: (cache.mkdir(), (cache / "numba").touch(mode=0o777)),
    "a link to nowhere within": lambda cache: (
        cache.mkdir(),
        (cache / "numba").symlink_to("nowhere/at/all"),
    ),
}


def beside_sources(folder):
    """Compiled code beside the source files, where an edit in a called file goes unseen."""
    return list((folder / "sim").rglob("*.nb?"))


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_where_a_checkout_has_no_folder_the_cache_of_the_user_serves(tmp_path, obstacle):
    make_package(tmp_path)
    OBSTACLES[obstacle](tmp_path / ".cache")
    home = {"XDG_CACHE_HOME": str(tmp_path / "of_user")}
    assert run(tmp_path, 3, **home) == 6
    assert run(tmp_path, 4, **home) == 8
    assert beside_sources(tmp_path) == []
    assert compiled(tmp_path) == {("of_user", "patchcell", "numba")}


@contextmanager
def read_only(folder):
    """A folder that nobody can write, not even root, to whom permissions are nothing."""
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("a folder can only be mounted for reading by root")
    steps = (["--bind", str(folder), str(folder)], ["-o", "remount,ro,bind", str(folder)])
    done = [subprocess.run([mount, *step], capture_output=True, check=False) for step in steps]
    try:
        if any(one.returncode for one in done):
            pytest.skip("a folder cannot be mounted for reading here")
        yield
    finally:
        if done[0].returncode == 0:
            subprocess.run(["umount", str(folder)], check=True)


def test_a_checkout_that_may_only_be_read_uses_the_cache_of_the_user(tmp_path):
    folder = tmp_path / "checkout"
    folder.mkdir()
    make_package(folder)
    (folder / "sim" / "called.py").write_text(CALLED.format(value=3))
    home = {"XDG_CACHE_HOME": str(tmp_path / "of_user")}
    with read_only(folder):
        assert only_run(folder, **home) == 6
        assert only_run(folder, **home) == 6
    assert beside_sources(folder) == []
    assert compiled(tmp_path) == {("of_user", "patchcell", "numba")}


def test_a_cache_that_vanishes_between_runs_is_made_anew(tmp_path):
    make_package(tmp_path)
    assert run(tmp_path, 3) == 6
    shutil.rmtree(tmp_path / ".cache")
    assert run(tmp_path, 3) == 6
    assert beside_sources(tmp_path) == []
    assert compiled(tmp_path) == {(".cache", "numba")}


def test_compiled_code_that_vanishes_from_the_cache_is_compiled_again(tmp_path):
    make_package(tmp_path)
    assert run(tmp_path, 3) == 6
    for path in tmp_path.rglob("*.nbc"):
        path.unlink()
    assert run(tmp_path, 3) == 6


@pytest.mark.parametrize(
    "moment", ["before it compiles", pytest.param("after it compiled", marks=pytest.mark.slow)]
)
def test_a_cache_that_vanishes_while_a_process_runs_is_made_anew(tmp_path, moment):
    make_package(tmp_path)
    assert run(tmp_path, 3) == 6
    vanish = "import shutil; shutil.rmtree('.cache')\n"
    if moment == "before it compiles":
        code = f"import sim.caller\n{vanish}{CALL}"
    else:
        code = f"from sim.caller import twice\ntwice()\n{vanish}print(twice())"
    assert run(tmp_path, 3, code) == 6
    assert run(tmp_path, 3) == 6
    assert beside_sources(tmp_path) == []


def test_a_process_does_not_take_over_a_folder_that_is_a_file_by_now(tmp_path):
    make_package(tmp_path)
    code = (
        "import pathlib, subprocess, sys\n"
        "import sim\n"
        "pathlib.Path('.cache').touch()\n"
        f"print(subprocess.check_output([sys.executable, '-c', {CALL!r}], text=True))\n"
    )
    assert run(tmp_path, 3, code, XDG_CACHE_HOME=str(tmp_path / "of_user")) == 6
    assert beside_sources(tmp_path) == []
