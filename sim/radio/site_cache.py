"""
Losses of sites kept between runs, by the content of all that they follow from.

A file holds the digest of its losses before them, so that a spoilt one is found and computed anew. It is written
under another name and renamed, so that two runs at once never read half a file. Where the folder cannot be written,
nothing is kept. The files used last stay when the folder outgrows its limit.
"""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim import cache_root

MAX_BYTES = 2 * 2**30
"""Most that is kept: some twenty thousand sites of 50,000 squares (house limit). [B]"""

_DIGEST_BYTES = 32


class SiteCache:
    """
    Kept losses.

    Parameters
    ----------
    folder : Path, optional
        Where they are kept; `path_loss` in the cache of the project when not given.
    max_bytes : int
        Most that is kept. [B]

    Attributes
    ----------
    n_read, n_computed : int
        Sites whose losses were read, and computed.
    """

    def __init__(self, folder: Path | None = None, max_bytes: int = MAX_BYTES) -> None:
        self._folder = cache_root() / "path_loss" if folder is None else folder
        self._max_bytes = max_bytes
        self.n_read = self.n_computed = 0

    def losses_cdb(
        self, content: bytes, n_squares: int, compute: Callable[[], NDArray[np.int16]]
    ) -> NDArray[np.int16]:
        """Return the losses of a site, from the cache if they are there."""
        path = self._folder / f"{hashlib.sha256(content).hexdigest()}.loss"
        kept = _read(path, n_squares)
        if kept is not None:
            self.n_read += 1
            return kept
        self.n_computed += 1
        losses_cdb = compute()
        with suppress(OSError):
            _write(path, losses_cdb)
        return losses_cdb

    def prune(self) -> None:
        """Remove what was used longest ago until the rest keeps the limit; what cannot be removed stays."""
        with suppress(OSError):
            files = [(entry.stat(), entry.path) for entry in os.scandir(self._folder)]
            files.sort(key=lambda file: file[0].st_mtime_ns, reverse=True)
            total = 0
            for stat, path in files:
                total += stat.st_size
                if total > self._max_bytes:
                    with suppress(OSError):
                        Path(path).unlink()


def _read(path: Path, n_squares: int) -> NDArray[np.int16] | None:
    """Return kept losses, None where there are none or they are spoilt; reading marks the file as used."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    body = data[_DIGEST_BYTES:]
    if len(body) != 2 * n_squares or hashlib.sha256(body).digest() != data[:_DIGEST_BYTES]:
        return None
    with suppress(OSError):
        os.utime(path)
    return np.frombuffer(body, "<i2").astype(np.int16)


def _write(path: Path, losses_cdb: NDArray[np.int16]) -> None:
    body = losses_cdb.astype("<i2").tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(f".{os.getpid()}.half")
    try:
        half.write_bytes(hashlib.sha256(body).digest() + body)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
