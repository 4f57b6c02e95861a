"""What is printed reaches every terminal and file, whatever letters its locale knows."""

import codecs
import os
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
    """Let no stream that lacks letters, or that whoever called has closed, end what is done with a traceback."""
    _open_closed()
    codecs.register_error(_HANDLER, _replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and not stream.encoding.lower().startswith("utf"):
            stream.reconfigure(errors=_HANDLER)


def _open_closed() -> None:
    """Let what goes to a closed stream go nowhere, and no file of results get the stream's number."""
    # In the order of their numbers: a file gets the lowest that is free.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123  # to the end


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
