"""
Rows asked for before they are needed.

A row of an array of a hundred megabytes takes as long to arrive as a hundred additions. Compiled code that knows which
rows it will read asks for many of them first, and then waits for all of them together.
"""

from typing import Any

from llvmlite import ir
from numba.core import cgutils as untyped_cgutils
from numba.core import types
from numba.extending import intrinsic

_cgutils: Any = untyped_cgutils
_FOR_READING, _KEEP_IN_ALL_CACHES, _DATA = 0, 3, 1


@intrinsic
def fetch_row(_typing_context: Any, array: Any, index: Any) -> Any:  # noqa: ANN401  Numba's own types
    """
    Ask for a row of an array without waiting for it.

    Parameters
    ----------
    _typing_context : Any
        Given by Numba.
    array : types.Array
        Type of the array, of one dimension.
    index : types.Integer
        Type of the index, which is not checked.

    Returns
    -------
    tuple
        Signature and code generator, as Numba asks for.
    """
    signature = types.void(array, index)

    def _generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        array_type, index_type = signature.args
        rows = context.make_array(array_type)(context, builder, arguments[0])
        wide = context.cast(builder, arguments[1], index_type, types.intp)
        row = _cgutils.get_item_pointer(context, builder, array_type, rows, [wide])
        address = builder.bitcast(row, ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        function_type = ir.FunctionType(ir.VoidType(), [address.type, number, number, number])
        prefetch = _cgutils.get_or_insert_function(
            builder.module, function_type, "llvm.prefetch.p0"
        )
        hints = [number(_FOR_READING), number(_KEEP_IN_ALL_CACHES), number(_DATA)]
        builder.call(prefetch, [address, *hints])
        return context.get_dummy_value()

    return signature, _generate
