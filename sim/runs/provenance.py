"""Where results come from: the id of a run, the versions and the platform it ran on."""

import hashlib
import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import sim
from sim import cache_root
from sim.compilation.statements import source_text
from sim.runs.store import write_json
from sim.scenario.resolve import LoadedScenario, scenario_id_text

PACKAGE = Path(sim.__file__).resolve().parent
CHECKOUT = PACKAGE.parent

_LIBRARIES = (
    "click", "dask", "dask-jobqueue", "distributed", "llvmlite", "matplotlib", "networkx", "numba", "numpy", "pyarrow",
    "pydantic", "pyogrio", "pyproj", "rasterio", "rich", "ruamel.yaml", "scipy", "shapely", "simpy",
)  # fmt: skip
_NO_RESULTS = ("report", "validation", "cli", "__main__.py", "shipped_scenarios")
"""Parts of the package on which no result depends."""

_KEPT = "source_trees.json"


def result_files(package: Path) -> Iterator[Path]:
    """Iterate over the files of the package that results depend on, in the order of their names."""
    for path in sorted(package.rglob("*")):
        parts = path.relative_to(package).parts
        if path.is_file() and parts[0] not in _NO_RESULTS and "__pycache__" not in parts:
            yield path


@cache
def code_digest(package: Path = PACKAGE) -> str:
    """Return the SHA-256 over the code and data that results depend on."""
    files = list(result_files(package))
    trees = _tree_digests(path for path in files if path.suffix == ".py")
    lines = (
        f"{path.relative_to(package).as_posix()}\0{trees.get(path) or file_digest(path)}\0"
        for path in files
    )
    return text_digest("".join(lines))


def file_digest(path: Path) -> str:
    """Return the SHA-256 over a file, read in pieces: a raster may be larger than what memory has room for."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def bytes_digest(content: bytes) -> str:
    """Return the SHA-256 over what a file holds."""
    return hashlib.sha256(content).hexdigest()


def text_digest(text: str) -> str:
    """Return the SHA-256 over a text."""
    return bytes_digest(text.encode())


@cache
def lock_digest() -> str:
    """Return the SHA-256 over the lock of libraries."""
    lock = CHECKOUT / "requirements" / "run.txt"
    if (CHECKOUT / "pyproject.toml").is_file() and lock.is_file():
        return file_digest(lock)
    listed = "\n".join(f"{name}=={version}" for name, version in library_versions().items())
    return text_digest(listed)


def library_versions() -> dict[str, str]:
    """Return the installed versions of the libraries that a run uses."""
    return {name: importlib.metadata.version(name) for name in _LIBRARIES}


def full_id(kind: str, loaded: LoadedScenario, digests: Mapping[Path, str] | None = None) -> str:
    """Return the id of a run: equal ids mean equal results; digests of its input files may be known already."""
    head, tail = id_parts(kind, loaded, digests)
    return text_digest(f"{head}{scenario_id_text(loaded)}{tail}")


def input_digests(loaded: LoadedScenario) -> dict[Path, str]:
    """Return the SHA-256 over each file that a scenario names."""
    return {path: file_digest(path) for path in dict.fromkeys(loaded.input_files)}


def id_parts(
    kind: str, loaded: LoadedScenario, digests: Mapping[Path, str] | None = None
) -> tuple[str, str]:
    """Return what an id is made of beside the text of the scenario."""
    known = input_digests(loaded) if digests is None else digests
    inputs = "\0".join(f"{path.name}\0{known[path]}" for path in loaded.input_files)
    return f"{kind}\0", f"\0{inputs}\0{code_digest()}\0{lock_digest()}"


@dataclass(frozen=True)
class Fingerprint:
    """The platform on which equal runs give equal bytes."""

    lock_sha256: str  # digest of the lock of libraries
    python: str  # version of Python
    c_library: str  # C library and its version
    machine: str  # architecture
    cpu: str  # model for which machine code is generated
    # digest of the features of this machine's processor, which mathematical libraries choose by
    cpu_features_sha256: str


def fingerprint() -> Fingerprint:
    """Return the fingerprint of this platform."""
    from llvmlite import binding

    features = binding.get_host_cpu_features().flatten()
    return Fingerprint(
        lock_sha256=lock_digest(),
        python=platform.python_version(),
        c_library=" ".join(platform.libc_ver()).strip() or platform.system(),
        machine=platform.machine(),
        # What `sim` chose before Numba was imported, or the user.
        cpu=os.environ.get("NUMBA_CPU_NAME") or binding.get_host_cpu_name(),
        cpu_features_sha256=text_digest(features),
    )


def git_state(checkout: Path = CHECKOUT) -> dict[str, object] | None:
    """
    Return the commit of the checkout, and whether anything in it was changed since.

    Parameters
    ----------
    checkout : Path
        Folder that holds the package.

    Returns
    -------
    dict or None
        `commit` and `is_dirty`; None outside a checkout.
    """
    if not (checkout / ".git").exists():
        return None
    commit = _git(checkout, "rev-parse", "HEAD")
    status = _git(checkout, "status", "--porcelain")
    if commit is None or status is None:
        return None
    return {"commit": commit.strip(), "is_dirty": bool(status.strip())}


def _git(checkout: Path, *arguments: str) -> str | None:
    try:
        answer = subprocess.run(
            ["git", "-C", str(checkout), *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout


def command_line(
    kind: str,
    name_or_path: str | Path,
    overrides: Sequence[str],
    seed: int | None,
    replications: int | None,
) -> list[str]:
    """Return the command that gives the same results, without absolute paths."""
    words = ["patchcell", kind, _relative(name_or_path)]
    for override in overrides:
        words += ["--set", override]
    if seed is not None:
        words += ["--seed", str(seed)]
    if replications is not None:
        words += ["--replications", str(replications)]
    return words


def _relative(name_or_path: str | Path) -> str:
    path = Path(name_or_path)
    if not path.is_absolute():
        return path.as_posix()
    inside = path.resolve().is_relative_to(Path.cwd().resolve())
    return Path(os.path.relpath(path)).as_posix() if inside else path.name


def platform_facts() -> dict[str, object]:
    """Return what the manifest says of software and platform."""
    return {
        "versions": {"patchcell": sim.__version__, **library_versions()},
        "git": git_state(),
        "fingerprint": asdict(fingerprint()),
    }


def _tree_digests(paths: Iterable[Path]) -> dict[Path, str]:
    """Return the digest of the syntax tree of each source file, without docstrings."""
    raw = {path: file_digest(path) for path in paths}
    known = _known_digests()
    found = {digest: known.get(digest) or _tree_digest(path) for path, digest in raw.items()}
    if not found.keys() <= known.keys():
        with suppress(OSError):
            cache_root().mkdir(parents=True, exist_ok=True)
            write_json(cache_root() / _KEPT, found)
    return {path: found[digest] for path, digest in raw.items()}


def _tree_digest(path: Path) -> str:
    content = path.read_bytes()
    try:
        return text_digest(source_text(content))
    except (SyntaxError, ValueError):
        return text_digest(f"no Python: {content!r}")


def _known_digests() -> dict[str, str]:
    """Return the digests of trees by those of files: parsing all of them takes a second."""
    with suppress(OSError, ValueError):
        known = json.loads((cache_root() / _KEPT).read_text())
        if isinstance(known, dict):
            return known
    return {}
