"""What is printed reaches every terminal and file, whatever letters its locale knows."""

import codecs
import sys
from io import TextIOWrapper

_HANDLER = "patchcell_plain"
_PLAIN = {
    "±": "+-",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "…": "...",
    "\N{MULTIPLICATION SIGN}": "x",
    "≤": "<=",
    "≥": ">=",
    "°": " deg",
    "µ": "u",
    "─": "-",
    "━": "-",
}
_FIRST_BYTE, _LAST_BYTE = 0xDC80, 0xDCFF


def print_anything() -> None:
    """Let letters that a stream cannot write be replaced, where Python would end with a traceback."""
    codecs.register_error(_HANDLER, _replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and not stream.encoding.lower().startswith("utf"):
            stream.reconfigure(errors=_HANDLER)


def _replaced(error: UnicodeError) -> tuple[bytes, int]:
    """Return the bytes that stand for letters that a stream cannot write, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return b"".join(map(_bytes_of, letters)), error.end


def _bytes_of(letter: str) -> bytes:
    number = ord(letter)
    if (
        _FIRST_BYTE <= number <= _LAST_BYTE
    ):  # a byte of a file's name that could not be read as text
        return bytes([number - _FIRST_BYTE + 0x80])
    return _PLAIN.get(letter, "?").encode("ascii")
