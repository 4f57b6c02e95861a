"""
Arrays that compiled code may use without counting references.

Numba counts references to each array with an atomic instruction whenever a function is handed one. A loop that
passes its state through several functions an event spends nearly half of its time counting. A borrowed array is
the same memory without a counter; it is valid only while the caller keeps the array it was borrowed from.
"""

from typing import Any

from numba.core import types
from numba.extending import intrinsic


@intrinsic
def borrow_array(_typing_context: Any, array: Any) -> Any:  # noqa: ANN401  Numba's own types
    """
    Return an array without its reference counter.

    Parameters
    ----------
    _typing_context : Any
        Given by Numba.
    array : types.Array
        Type of the array.

    Returns
    -------
    tuple
        Signature and code generator, as Numba asks for.
    """
    signature = types.Array(array.dtype, array.ndim, array.layout)(array)

    def _generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        (array_type,) = signature.args
        borrowed = context.make_array(array_type)(context, builder, arguments[0])
        borrowed.meminfo = borrowed.meminfo.type(None)
        borrowed.parent = borrowed.parent.type(None)
        return borrowed._getvalue()

    return signature, _generate


@intrinsic
def pointer_to(_typing_context: Any, address: Any) -> Any:  # noqa: ANN401  Numba's own types
    """
    Return a pointer to an address.

    Parameters
    ----------
    _typing_context : Any
        Given by Numba.
    address : types.Integer
        Address; whoever gives it keeps what is there.

    Returns
    -------
    tuple
        Signature and code generator, as Numba asks for.
    """
    signature = types.voidptr(address)

    def _generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return signature, _generate
