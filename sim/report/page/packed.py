"""What a page holds, as one compressed string that a browser takes apart."""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DIGITS = 6
"""Digits of numbers on a page; files have all (house choice)."""

_ALIGNED = 8
_LENGTH_BYTES = 4


def packed(content: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return content and arrays as one string: base64 of zlib of a length, JSON, and the bytes of the arrays."""
    places: dict[str, tuple[str, int, int]] = {}
    body = bytearray()
    for name, values in arrays.items():
        body += bytes(-len(body) % _ALIGNED)
        places[name] = (values.dtype.name, len(body), values.size)
        little = values.dtype.newbyteorder("<")
        body += np.ascontiguousarray(values, little).tobytes()
    whole = {**content, "arrays": places}
    text = json.dumps(whole, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-(len(text) + _LENGTH_BYTES) % _ALIGNED)
    raw = len(text).to_bytes(_LENGTH_BYTES, "little") + text + body
    return base64.b64encode(zlib.compress(raw, 9)).decode()


def short(value: float | str | None) -> float | str | None:
    """Return a value as a page holds it: a number with six digits, None for what is none."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, bool | int):
        return int(value)
    if not np.isfinite(value):
        return None
    rounded = float(f"{value:.{_DIGITS}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded
