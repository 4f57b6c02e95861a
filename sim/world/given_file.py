"""Files beside a scenario, read whole: not too large, and there."""

from pathlib import Path

from sim.errors import Problem, WorldError


def read_given(
    path: Path, label: str, key: str, kind: str, max_bytes: int, too_large: str = ""
) -> bytes:
    """
    Return what a file holds.

    Parameters
    ----------
    path : Path
        File.
    label : str
        Its name in messages.
    key : str
        Key of the scenario that names it.
    kind : str
        What it must be, such as `CSV`.
    max_bytes : int
        Largest size. [B]
    too_large : str
        What to do with a larger one; nothing is advised when empty.

    Returns
    -------
    bytes
        Contents.

    Raises
    ------
    WorldError
        If the file cannot be read or is too large.
    """
    try:
        n_bytes = path.stat().st_size
        if n_bytes > max_bytes:
            message = f"is {n_bytes / 1e6:.1f} MB: must be at most {max_bytes / 1e6:.0f} MB"
            advice = f"; {too_large}" if too_large else ""
            raise WorldError(Problem(label, message + advice))
        return path.read_bytes()
    except OSError as error:
        message = f"cannot be read ({error.strerror}); {key} must name a {kind} beside the scenario"
        raise WorldError(Problem(label, message)) from error


def as_utf8(data: bytes, label: str, advice: str) -> str:
    """
    Return the text of a file, without the mark at its begin.

    Parameters
    ----------
    data : bytes
        Contents.
    label : str
        Name of the file in messages.
    advice : str
        What to do when it is no text in UTF-8.

    Returns
    -------
    str
        Text.

    Raises
    ------
    WorldError
        If the file is not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise WorldError(Problem(f"{label}:{line}", f"is not UTF-8; {advice}")) from error
