"""Statements of source files as syntax trees, without docstrings and comments, and which of them belong together."""

import ast
import hashlib
import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec, resolve_name
from pathlib import Path
from time import time_ns

from sim.compilation.place import cache_root

_BEGIN_NS = time_ns()
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def without_docstrings(tree: ast.Module) -> ast.Module:
    """Take the docstrings out of a syntax tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [part for part in node.body if not _is_text(part)]
    return tree


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def source_text(source: bytes) -> str:
    """
    Return what a source file says to Python, whatever its docstrings, comments and line breaks.

    Parameters
    ----------
    source : bytes
        Source file.

    Returns
    -------
    str
        Its syntax tree.
    """
    return _text(without_docstrings(ast.parse(source)))


def _text(node: object) -> str:
    """Return a syntax tree as a text that is the same for all versions of Python that can read the source."""
    if isinstance(node, ast.AST):
        fields = ((name, value) for name, value in ast.iter_fields(node) if value not in (None, []))
        return f"{type(node).__name__}({', '.join(f'{name}={_text(value)}' for name, value in fields)})"
    if isinstance(node, list):
        return f"[{', '.join(_text(part) for part in node)}]"
    return repr(node)


@dataclass(frozen=True)
class _Statement:
    """A statement of a module."""

    text: str
    binds: frozenset[str]
    uses: frozenset[str]
    imports: tuple[tuple[str, str, str], ...]  # name here, module, and name there: "" for all of it


@cache
def _statements(module: str) -> tuple[_Statement, ...]:
    """Return the statements of a module; if it was edited since this process began, they are unlike any others."""
    path = _path(module)
    if path is None:
        return (_Statement(f"no source of {module}", frozenset(), frozenset(), ()),)
    source = path.read_bytes()
    key = hashlib.sha256(b"\0".join((_reader(), path.name.encode(), source))).hexdigest()
    found = _kept(module, key)
    if found is None:
        tree = without_docstrings(ast.parse(source))
        found = tuple(_read(statement, module, path) for statement in tree.body)
        _keep(module, key, found)
    if path.stat().st_ctime_ns > _BEGIN_NS:
        # What runs may not be what the file says by now: nothing compiled from it may be found again.
        mark = f"edited at {path.stat().st_ctime_ns} under process {os.getpid()}, {_BEGIN_NS}"
        names = frozenset(name for statement in found for name in statement.binds)
        found += (_Statement(mark, names, frozenset(), ()),)
    return found


@cache
def _reader() -> bytes:
    """Return what statements hang on besides their source: this file and the Python that reads them."""
    return Path(__file__).read_bytes() + repr(sys.version_info).encode()


def _keeping_place(module: str) -> Path:
    return cache_root() / "statements" / f"{module}.json"


def _kept(module: str, key: str) -> tuple[_Statement, ...] | None:
    """Return the statements of a module as an earlier process read them: to parse them takes half a second."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        kept = json.loads(_keeping_place(module).read_bytes())
        if kept["key"] == key:
            return tuple(
                _Statement(text, frozenset(binds), frozenset(uses), tuple(map(tuple, imports)))
                for text, binds, uses, imports in kept["statements"]
            )
    return None


def _keep(module: str, key: str, statements: tuple[_Statement, ...]) -> None:
    """Keep the statements of a module for other processes, in place of those of another version; or do without."""
    rows = [(one.text, sorted(one.binds), sorted(one.uses), one.imports) for one in statements]
    path = _keeping_place(module)
    part = path.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps({"key": key, "statements": rows}), "utf-8")
        part.replace(path)


@cache
def _bound_names(module: str) -> frozenset[str]:
    return frozenset(name for statement in _statements(module) for name in statement.binds)


def _path(module: str) -> Path | None:
    loaded = sys.modules.get(module)
    name = getattr(loaded, "__file__", None)
    if name is None:
        spec = find_spec(module) if loaded is None else None
        name = spec.origin if spec is not None else None
    path = None if name is None else Path(name)
    return path if path is not None and path.suffix == ".py" and path.is_file() else None


def _read(statement: ast.stmt, module: str, path: Path) -> _Statement:
    binds: set[str] = set()
    uses: set[str] = set()
    shared: set[str] = set()
    imports: list[tuple[str, str, str]] = []
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            (uses if isinstance(node.ctx, ast.Load) else binds).add(node.id)
        elif isinstance(node, ast.Global):
            shared.update(node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module if path.name == "__init__.py" else module.rpartition(".")[0]
            origin = resolve_name("." * node.level + (node.module or ""), package)
            for alias in node.names:
                binds.add(alias.asname or alias.name)
                imports.append((alias.asname or alias.name, origin, alias.name))
        elif isinstance(node, ast.Import):
            for alias in node.names:
                binds.add(alias.asname or alias.name.partition(".")[0])
                imports.append((alias.asname or alias.name.partition(".")[0], alias.name, ""))
    if isinstance(statement, _DEFINITIONS):
        binds = {statement.name} | shared  # and not its local names
    # An import counts by what is imported.
    text = "" if isinstance(statement, ast.Import | ast.ImportFrom) else _text(statement)
    return _Statement(text, frozenset(binds), frozenset(uses), tuple(imports))


def is_own(module: str) -> bool:
    """Say whether a module is one of those that users edit, and no library."""
    top = module.partition(".")[0]
    return bool(top) and (top == __name__.partition(".")[0] or _is_outside_python(top))


@cache
def _is_outside_python(top: str) -> bool:
    if top in sys.stdlib_module_names or top in ("numba", "numpy", "llvmlite"):
        return top == "__main__"
    try:
        loaded = sys.modules.get(top)
        spec = find_spec(top) if loaded is None else None
        name = getattr(loaded, "__file__", None) or (spec.origin if spec is not None else None)
    except (ImportError, ValueError):
        return True
    return name is None or not {"site-packages", "dist-packages"} & set(Path(name).parts)


@cache
def statements_behind(module: str, names: tuple[str, ...] = ()) -> str:
    """Return the digest of the statements that names of a module come from, wherever they stand."""
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    waiting = [(module, name) for name in names or ("",)]
    while waiting:
        place = waiting.pop()
        if place in seen or not is_own(place[0]) or place[0] in KEEPERS:
            continue
        seen.add(place)
        origin, name = place
        statements, bound = _statements(origin), _bound_names(origin)
        mine = [s for s in statements if not name or name in s.binds]
        if not mine:
            # A submodule, or a name that is bound in a way that is not seen here.
            inner = f"{origin}.{name}"
            waiting.append((inner if inner in sys.modules else origin, ""))
        for statement in mine:
            found.add(f"{origin}: {statement.text}")
            is_import = not statement.text
            waiting += [
                (source, there)
                for here, source, there in statement.imports
                if not (is_import and name) or here == name
            ]
            waiting += [(origin, used) for used in statement.uses & bound]
    return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()


KEEPERS = frozenset(
    f"{__name__.rpartition('.')[0]}.{name}"
    for name in ("ahead", "cache", "dependencies", "place", "processor", "statements", "worker")
)
"""Modules that keep compiled code and have no part in what it is."""
