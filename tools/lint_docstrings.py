"""
Check docstrings: `python -m tools.lint_docstrings`, part of `make check`.

Names that cross a folder of `sim/` are documented in full (numpydoc). A compiled function that stays within its folder
has one line, which says the effect: its arguments are those of its kind, and stand nowhere else.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from numpydoc.hooks.validate_docstrings import parse_config, process_file

_ROOT = Path(__file__).resolve().parents[1]
_FOLDERS = ("sim", "bench")
_OF_A_PART = ("PR", "RT", "YD")  # checks of the parts of a docstring, not of its first line


def crossing_names() -> set[tuple[str, str]]:
    """
    Return what one folder of `sim/` imports from another.

    Returns
    -------
    set of (str, str)
        Module and name.
    """
    found: set[tuple[str, str]] = set()
    for path in _files():
        own = path.relative_to(_ROOT).parts[:2]
        for node in ast.walk(ast.parse(path.read_bytes())):
            if not isinstance(node, ast.ImportFrom) or not node.module:
                continue
            if tuple(node.module.split(".")[:2]) != own:
                found.update((node.module, alias.name) for alias in node.names)
    return found


def compiled_functions(path: Path) -> set[str]:
    """
    Return the compiled functions of a file.

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    set of str
        Names of functions under `kernel` or `entry`.
    """
    names = set()
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.FunctionDef):
            decorators = (d.func if isinstance(d, ast.Call) else d for d in node.decorator_list)
            if any(isinstance(d, ast.Name) and d.id in ("kernel", "entry") for d in decorators):
                names.add(node.name)
    return names


def _files() -> Iterator[Path]:
    for folder in _FOLDERS:
        yield from sorted((_ROOT / folder).rglob("*.py"))


def findings() -> list[str]:
    """
    Return what is wrong.

    Returns
    -------
    list of str
        A line for each: place, check, description.
    """
    config, crossing = parse_config(_ROOT), crossing_names()
    lines = []
    for path in _files():
        module = ".".join(path.relative_to(_ROOT).with_suffix("").parts)
        inner = {name for name in compiled_functions(path) if (module, name) not in crossing}
        for line, name, check, description in process_file(path, config):
            if not (check.startswith(_OF_A_PART) and name.rpartition(".")[2] in inner):
                lines.append(f"{Path(line).relative_to(_ROOT)}: {check} {description}")
    return lines


if __name__ == "__main__":
    found = findings()
    print("\n".join(found))
    sys.exit(1 if found else 0)
