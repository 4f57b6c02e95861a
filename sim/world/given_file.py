"""Files beside a scenario, read whole: not too large, and there."""

from pathlib import Path

from sim.errors import Problem, WorldError


def read_given(
    path: Path, label: str, key: str, kind: str, max_bytes: int, too_large: str = ""
) -> bytes:
    """Return what a file holds."""
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
    """Return the text of a file, without the mark at its begin."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise WorldError(Problem(f"{label}:{line}", f"is not UTF-8; {advice}")) from error
