"""The compiled types that annotations stand for."""

from collections.abc import Callable
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
from numba import types

_TYPES: dict[Any, Any] = {
    int: types.int64,
    float: types.float64,
    bool: types.boolean,
    None: types.void,
    type(None): types.void,
    np.uint64: types.uint64,
}


def numba_type(annotation: Any) -> Any:  # noqa: ANN401  an annotation, and Numba's own type
    """
    Return the compiled type that an annotation stands for.

    Numba's type; None where the annotation leaves it open.
    """
    if annotation in _TYPES:
        return _TYPES[annotation]
    if get_origin(annotation) is tuple:
        parts = [numba_type(part) for part in get_args(annotation)]
        return None if None in parts else types.Tuple(parts)
    own = getattr(annotation, "numba_type", None)
    if own is None and hasattr(annotation, "_fields"):
        hints = get_type_hints(annotation)
        fields = [numba_type(hints[name]) for name in annotation._fields]
        return None if None in fields else types.BaseTuple.from_types(fields, annotation)
    return own


def declared_types(function: Callable[..., Any]) -> tuple[tuple[Any, ...], Any]:
    """
    Return the types of the arguments and of the result of a function, as annotated.

    Numba's types; None for what is left open.
    """
    hints = get_type_hints(function)
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    given = [numba_type(hints.get(name, Any)) for name in (*names, "return")]
    return tuple(given[:-1]), given[-1]
