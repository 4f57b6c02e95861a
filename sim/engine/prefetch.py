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


LINE_BYTES = 64
"""Bytes that come together: a line of the processor's caches."""


@intrinsic
def fetch_row(_typing_context: Any, array: Any, index: Any, offset: Any) -> Any:  # noqa: ANN401  Numba's own types
    """
    Ask for a line of a row of an array without waiting for it.

    Parameters
    ----------
    _typing_context : Any
        Given by Numba.
    array : types.Array
        Type of the array, of any number of dimensions.
    index : types.Integer
        Type of the index along the first axis, which is not checked.
    offset : types.Integer
        Type of the bytes from the begin of the row to the line.

    Returns
    -------
    tuple
        Signature and code generator, as Numba asks for.
    """
    signature = types.void(array, index, offset)

    def _generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        array_type, index_type, offset_type = signature.args
        rows = context.make_array(array_type)(context, builder, arguments[0])
        row, line = (
            context.cast(builder, argument, kind, types.intp)
            for argument, kind in zip(arguments[1:], (index_type, offset_type), strict=True)
        )
        stride = builder.extract_value(rows.strides, 0)
        begin = builder.bitcast(rows.data, ir.IntType(8).as_pointer())
        address = builder.gep(begin, [builder.add(builder.mul(row, stride), line)])
        number = ir.IntType(32)
        function_type = ir.FunctionType(ir.VoidType(), [address.type, number, number, number])
        prefetch = _cgutils.get_or_insert_function(
            builder.module, function_type, "llvm.prefetch.p0"
        )
        hints = [number(_FOR_READING), number(_KEEP_IN_ALL_CACHES), number(_DATA)]
        builder.call(prefetch, [address, *hints])
        return context.get_dummy_value()

    return signature, _generate
