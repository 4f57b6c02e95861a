"""What source files say to Python: digests that docstrings, comments and line breaks do not change."""

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from sim import cache_root
from sim.compilation.statements import source_text

_KEPT = "source_trees.json"


def tree_digests(paths: Iterable[Path]) -> dict[Path, str]:
    """Return the digest of the syntax tree of each source file, without docstrings."""
    contents = {path: path.read_bytes() for path in paths}
    raw = {path: hashlib.sha256(content).hexdigest() for path, content in contents.items()}
    known = _read_known()
    found = {
        raw[path]: known.get(raw[path]) or _digest(content) for path, content in contents.items()
    }
    if not found.keys() <= known.keys():
        _keep(found)
    return {path: found[raw[path]] for path in contents}


def _digest(content: bytes) -> str:
    try:
        content = source_text(content).encode()
    except (SyntaxError, ValueError):
        content = b"no Python: " + content
    return hashlib.sha256(content).hexdigest()


def _read_known() -> dict[str, str]:
    """Return the digests of trees by those of files: parsing all of them takes a second."""
    with suppress(OSError, ValueError):
        known = json.loads((cache_root() / _KEPT).read_text())
        if isinstance(known, dict):
            return known
    return {}


def _keep(found: dict[str, str]) -> None:
    with suppress(OSError):
        root = cache_root()
        root.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=root, prefix=".", delete=False) as file:
            json.dump(found, file)
        Path(file.name).replace(root / _KEPT)
