"""Finding scenario files: by name in `./scenarios` and in the package, or by path."""

from collections.abc import Iterable
from pathlib import Path

from sim.errors import Problem, ScenarioError
from sim.scenario.messages import did_you_mean, shorten

_PACKAGE = Path(__file__).resolve().parents[1]
_INSTALLED = _PACKAGE / "shipped_scenarios"

SHIPPED = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "scenarios"
"""Scenarios inside an installed package, or those of the checkout."""


def _folders() -> tuple[Path, ...]:
    return (Path("scenarios"), SHIPPED)


def scenario_names() -> list[str]:
    """
    Return the names by which scenarios are found from the working folder.

    Returns
    -------
    list of str
        Names, sorted.
    """
    return _names(_folders())


def _names(folders: Iterable[Path]) -> list[str]:
    return sorted({file.stem for folder in folders for file in folder.glob("*.yaml")})


def is_name(text: str) -> bool:
    """
    Say whether a text is the name of a scenario rather than the path of its file.

    Parameters
    ----------
    text : str
        Name or path.

    Returns
    -------
    bool
        Whether it is a name.
    """
    return "/" not in text and "\\" not in text and not text.endswith((".yaml", ".yml"))


def label_of(path: Path) -> str:
    """
    Return a file as messages name it.

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    str
        Relative to the working folder when it lies in it.
    """
    try:
        return path.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def _exists(path: Path, text: str, where: str) -> bool:
    """Return whether there is such a file; whatever else keeps it from being seen is an error."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:
        message = f"{shorten(text)}: cannot be read: {error.strerror}"
        raise ScenarioError(Problem(where, message)) from error
    return True


def find_scenario(name_or_path: str | Path, beside: Path | None = None, where: str = "") -> Path:
    """
    Return the file of a scenario.

    Parameters
    ----------
    name_or_path : str or Path
        Name such as `erlang_b`, or path of a YAML file.
    beside : Path or None
        Folder to which paths are relative and where names are looked for first; the working folder when absent.
    where : str
        Place at which the name was given, for messages.

    Returns
    -------
    Path
        Absolute path of an existing file.

    Raises
    ------
    ScenarioError
        If there is no such scenario.
    """
    text = str(name_or_path)
    path = Path(text) if beside is None else beside / text
    if isinstance(name_or_path, Path) or not is_name(text):
        if _exists(path, text, where):
            return path.absolute()
        message = f"{shorten(text)}: no such file; must be a scenario in YAML, or a name"
        raise ScenarioError(Problem(where, message))
    folders = _folders() if beside is None else (beside, *_folders())
    for folder in folders:
        candidate = folder / f"{text}.yaml"
        if _exists(candidate, text, where):
            return candidate.absolute()
    if _exists(path, text, where):
        if path.is_file():
            return path.absolute()
        message = f"{shorten(text)}: is a folder; must be the name or the path of a YAML file"
        raise ScenarioError(Problem(where, message))
    names = _names(folders)
    hint = did_you_mean(text, names, "scenarios")
    if hint.startswith("did you mean"):
        hint += f" (there are {', '.join(names)})"
    message = (
        f"unknown scenario '{shorten(text)}': must be a name or the path of a YAML file; {hint}"
    )
    raise ScenarioError(Problem(where, message))
