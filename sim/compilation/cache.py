"""Compiled code that is kept from process to process, in a file for each state of all that it depends on."""

import hashlib
import os
import pickle
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import llvmlite.binding as llvm
from numba.core import sigutils
from numba.core.caching import FunctionCache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from sim.compilation.dependencies import digest, target
from sim.compilation.place import COMPILED, cache_root

_N_KEPT = 4
_N_DIGITS = 40
_SUFFIX = ".nbc"
_ANNOTATED_SOURCE = 5  # where `CompileResult._reduce` has it, behind the library
_PROBLEMS = (
    OSError,
    pickle.UnpicklingError,
    EOFError,
    ValueError,
    TypeError,
    AttributeError,
    ImportError,
)


class CodeCache(FunctionCache):
    """
    Keeps what a function was compiled to.

    Parameters
    ----------
    function : callable
        Plain function.
    options : mapping
        Options of its compilation.
    is_linked : bool
        Whether the code may become part of other compiled code, for which more of it is kept.
    """

    def __init__(self, function: Any, options: Mapping[str, Any], is_linked: bool) -> None:  # noqa: ANN401
        self._py_func = function
        self._options = f"{sorted(options.items())} {is_linked}"
        self._name = repr(function)
        self._is_linked = is_linked
        self._enabled = True

    @property
    def cache_path(self) -> str:
        """Return the folder."""
        return str(_folder())

    def version(self, arguments: Iterable[Any]) -> str:
        """Return the digest of all that the code for some types follows from."""
        followed = digest(self._py_func, arguments)
        return hashlib.sha256(f"{followed} {self._options}".encode()).hexdigest()

    def is_kept(self, signature: Any) -> bool:  # noqa: ANN401
        """Say whether the code for a signature is there."""
        path = self._path(signature)
        return path is not None and path.is_file()

    def flush(self) -> None:
        """Forget nothing: what is kept is true."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:  # noqa: ANN401
        """Return what is kept for a signature. Compiled function, None if there is nothing that can be used."""
        path = self._path(sig) if self._enabled else None
        if path is None:
            return None
        target_context.refresh()
        try:
            content = path.read_bytes()
            checked, body = content[:32], content[32:]
            if hashlib.sha256(body).digest() != checked:
                return None
            result = CompileResult._rebuild(target_context, *pickle.loads(body))
        except _PROBLEMS:
            return None
        with suppress(OSError):
            os.utime(path)  # the newest are kept
        return result

    def save_overload(self, sig: Any, data: Any) -> None:  # noqa: ANN401
        """Keep what a function was compiled to, where that is possible."""
        path = self._path(sig) if self._enabled else None
        if path is None or data.library.has_dynamic_globals or data.lifted:
            return
        body = dumps(_reduced(data, self._is_linked))
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, hashlib.sha256(body).digest() + body)
            _prune(path)

    def _path(self, signature: Any) -> Path | None:  # noqa: ANN401
        """Return the file for a signature; None if it cannot be named from one process to the next."""
        arguments, _ = sigutils.normalize_signature(signature)
        types = " ".join(str(one) for one in arguments)
        if " at 0x" in types:
            return None
        # Code for several processors, or types, is several functions and not several versions of one.
        function = f"{self._py_func.__module__}.{self._py_func.__qualname__}"
        group = hashlib.sha256(f"{function} {types} {target()}".encode()).hexdigest()[:8]
        name = function.replace("<", "").replace(">", "")[-120:]
        try:
            return _folder() / f"{name}-{group}-{self.version(arguments)[:_N_DIGITS]}{_SUFFIX}"
        except OSError:
            return None


def _reduced(data: Any, is_linked: bool) -> tuple[Any, ...]:  # noqa: ANN401
    """Return what makes a function anew: machine code, and bitcode only where it may become part of other code."""
    library, *others = data._reduce()
    others[_ANNOTATED_SOURCE] = ""  # long, with the path of the checkout, and for people only
    if not is_linked:
        name, kind, (machine_code, bitcode) = library
        library = name, kind, (machine_code, _names_only(bitcode))
    return library, *others


def _names_only(bitcode: bytes) -> bytes:
    """Return a module that defines the same names, by which Numba knows what it may look up in machine code."""
    whole = llvm.parse_bitcode(bitcode)
    lines = []
    for one in whole.functions:
        if not one.is_declaration and one.linkage != llvm.Linkage.internal:
            lines.append(f'define void @"{one.name}"() {{ ret void }}')
    for one in whole.global_variables:
        if not one.is_declaration and one.linkage not in (
            llvm.Linkage.internal,
            llvm.Linkage.private,
        ):
            lines.append(f'@"{one.name}" = global i8 0')
    return bytes(llvm.parse_assembly("\n".join(lines)).as_bitcode())


def _folder() -> Path:
    return cache_root() / COMPILED


def _write(path: Path, content: bytes) -> None:
    """Write a file that is whole or not there."""
    with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            Path(file.name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(file.name).unlink()
            raise


def _prune(path: Path) -> None:
    """Remove all but the newest versions of a function; another process may be removing them too."""
    group = path.name[: -len(_SUFFIX) - _N_DIGITS]
    with suppress(OSError):
        versions = sorted(path.parent.glob(f"{group}*{_SUFFIX}"), key=lambda p: p.stat().st_mtime)
        for old in versions[:-_N_KEPT]:
            old.unlink(missing_ok=True)
