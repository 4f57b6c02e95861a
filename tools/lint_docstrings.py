"""
Check docstrings: `python -m tools.lint_docstrings`, part of `make check`.

Names that cross a folder of `sim/`, or that the documents import, are documented in full (numpydoc), methods too where
another folder calls them. Everything else has an effect in a line or two, and no sections: its arguments stand in its
signature with their units, and the meaning of a field stands beside the field.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from numpydoc.hooks.validate_docstrings import parse_config, process_file

_ROOT = Path(__file__).resolve().parents[1]
_FOLDERS = ("sim", "bench")  # what is checked
_USERS = (*_FOLDERS, "tools")  # what may import across a folder
_LOOKS_IN = ("sim", "validation")
"""The scorecard looks into parts as a test does: what it alone imports stays in its folder all the same."""
_OF_A_PART = ("PR", "RT", "YD")  # checks of the parts of a docstring, not of its first line
_SECTION = re.compile(r"^\s*(Parameters|Returns|Yields|Raises)\n\s*-{3,}$", re.MULTILINE)


def crossing_names() -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return the names that cross a folder, as (module, name), and the attributes used, as (folder, attribute)."""
    names: set[tuple[str, str]] = set()
    used: set[tuple[str, str]] = set()
    for path in _files(_USERS):
        own = path.relative_to(_ROOT).parts[:2]
        if own == _LOOKS_IN:
            continue
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Attribute):
                used.add(("/".join(own), node.attr))
            elif isinstance(node, ast.ImportFrom) and node.module:
                is_door = path.name == "__init__.py"
                if is_door or tuple(node.module.split(".")[:2]) != own:
                    names.update((node.module, alias.name) for alias in node.names)
    for page in sorted((_ROOT / "docs").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        used.update(("docs", name) for name in re.findall(r"\.(\w+)\b", text))
        for module, imported in re.findall(r"from (sim[\w.]*) import ([\w, ]+)", text):
            names.update((module, name.strip()) for name in imported.split(","))
    return names, used


def inner_names(
    path: Path, names: set[tuple[str, str]], users: dict[str, set[str]]
) -> dict[str, int]:
    """Return the functions and classes of a file that stay in their folder, with the line of each."""
    module = _module(path)
    folder = "/".join(path.relative_to(_ROOT).parts[:2])
    inner = {}
    for node in ast.parse(path.read_bytes()).body:
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            continue
        crosses = (module, node.name) in names
        if not crosses:
            inner[node.name] = node.lineno
        for method in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(method, ast.FunctionDef) and (
                not crosses or _is_property(method) or not users[method.name] - {folder}
            ):
                inner[f"{node.name}.{method.name}"] = method.lineno
    return inner


def _is_property(method: ast.FunctionDef) -> bool:
    return any("property" in ast.unparse(decorator) for decorator in method.decorator_list)


def _module(path: Path) -> str:
    parts = path.relative_to(_ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _files(folders: tuple[str, ...] = _FOLDERS) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((_ROOT / folder).rglob("*.py"))


def _sections_of_inner(path: Path, inner: dict[str, int]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.FunctionDef) and node.lineno in inner.values():
            section = _SECTION.search(ast.get_docstring(node, clean=False) or "")
            if section:
                place = f"{path.relative_to(_ROOT)}:{node.lineno}"
                yield f"{place}: {node.name} stays in its folder and needs no {section[1]}"


def findings() -> list[str]:
    """Return what is wrong, a line for each: place, check, description."""
    config = parse_config(_ROOT)
    names, used = crossing_names()
    users: dict[str, set[str]] = defaultdict(set)
    for folder, attribute in used:
        users[attribute].add(folder)
    lines = []
    for path in _files():
        inner = inner_names(path, names, users)
        short = {f"{path.stem}.{name}" for name in inner}
        for line, name, check, description in process_file(path, config):
            if not (check.startswith(_OF_A_PART) and name in short):
                lines.append(f"{Path(line).relative_to(_ROOT)}: {check} {description}")
        if path.relative_to(_ROOT).parts[0] == "sim":
            lines.extend(_sections_of_inner(path, inner))
    return lines


if __name__ == "__main__":
    found = findings()
    print("\n".join(found))
    sys.exit(1 if found else 0)
