"""Kernels, entries, and the slots through which compiled code calls entries (docs/decisions/0015)."""

import ctypes
from collections.abc import Callable, Iterable
from functools import partial
from types import FunctionType
from typing import Any, TypeVar

import llvmlite.binding as llvm
import numba
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils as untyped_cgutils
from numba.core import sigutils
from numba.core.typing.templates import AbstractTemplate, infer_global
from numba.extending import lower_builtin

from sim.compilation.cache import CodeCache
from sim.compilation.dependencies import Border, borders_of
from sim.compilation.signatures import declared_types, numba_type

_Function = TypeVar("_Function", bound=Callable[..., Any])
_njit: Any = njit  # which knows more options than its types do
_cgutils: Any = untyped_cgutils

IS_PLAIN = bool(numba.config.DISABLE_JIT)  # type: ignore[attr-defined]  # set from the environment
"""Whether kernels run as plain Python (NUMBA_DISABLE_JIT=1)."""

ENTRIES: dict[str, "Entry"] = {}
"""Every entry whose module has been imported, by its name."""

KERNELS: dict[str, Any] = {}
"""Every kernel whose module has been imported, by its name."""

COMPILED: dict[str, Any] = {}
"""Every function made by `compiled` whose module has been imported, by its name."""


def _full_name(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def kernel(function: _Function | None = None, *, inline: bool = False) -> Any:  # noqa: ANN401
    """
    Make a function part of the compiled code that calls it; Python cannot call it, except in plain mode.

    It is compiled for the types that its annotations say, whatever the types of a call; where an annotation leaves
    one open, for those of each call.

    Parameters
    ----------
    function : callable, optional
        Function with annotated arguments.
    inline : bool, optional
        Whether its code is put into each caller: for a few lines in a hot place.

    Returns
    -------
    callable
        The function for compiled code, or a decorator.
    """
    if function is None:
        return partial(kernel, inline=inline)
    if IS_PLAIN:
        return function
    dispatcher: Any = _njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=inline)(
        function
    )
    _compile_once(dispatcher)
    KERNELS[_full_name(function)] = dispatcher
    return dispatcher


def _compile_once(dispatcher: Any) -> None:  # noqa: ANN401
    """Let a function whose annotations say every type be compiled for these only, whatever it is called with."""
    of_compiled_code, of_python = dispatcher.get_call_template, dispatcher._compile_for_args

    def _get_call_template(arguments: Any, keywords: Any) -> Any:  # noqa: ANN401
        _compile_declared(dispatcher)
        return of_compiled_code(arguments, keywords)

    def _compile_for_args(*arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401
        if _compile_declared(dispatcher):
            return dispatcher  # which Numba calls with the same arguments
        return of_python(*arguments, **keywords)

    dispatcher.get_call_template = _get_call_template
    dispatcher._compile_for_args = _compile_for_args


def _compile_declared(dispatcher: Any) -> bool:  # noqa: ANN401
    """Compile a function for the types that its annotations say; return whether that has been done now."""
    if not dispatcher._can_compile:
        return False
    declared, _ = declared_types(dispatcher.py_func)
    if None in declared:
        return False
    dispatcher.compile(declared)
    dispatcher.disable_compile()
    return True


class Entry(Border):
    """
    A function that is compiled for itself, and that compiled code calls through a slot.

    Parameters
    ----------
    function : callable
        Function whose annotations say all its types.
    is_called_by_python : bool
        Whether Python may call it.

    Attributes
    ----------
    name : str
        Module and name.
    function : callable
        The plain function.
    dispatcher : Any
        Numba's compiler of the function.
    """

    def __init__(self, function: Callable[..., Any], is_called_by_python: bool) -> None:
        self.function = function
        self.name = _full_name(function)
        self.dispatcher: Any = _njit(
            no_cfunc_wrapper=True, no_cpython_wrapper=not is_called_by_python
        )(function)
        options = self.dispatcher.targetoptions
        self.dispatcher._cache = CodeCache(function, options, is_linked=False)
        self._is_safe = False
        self.__doc__, self.__name__, self.__module__ = (
            function.__doc__, function.__name__, function.__module__,
        )  # fmt: skip
        self._slot = ctypes.c_void_p(0)
        self._symbol = f"slot.{self.name}"
        llvm.add_symbol(self._symbol, ctypes.addressof(self._slot))
        infer_global(self, types.Function(_make_template(self)))
        ENTRIES[self.name] = self

    @property
    def is_loaded(self) -> bool:
        """Say whether compiled code may call it."""
        return self._slot.value is not None

    @property
    def address(self) -> int:
        """Return where the compiled function is."""
        return self._slot.value or 0

    def signature(self) -> tuple[tuple[Any, ...], Any]:
        """
        Return the types that the annotations say.

        Returns
        -------
        arguments : tuple
            Numba's types.
        result : Any
            Numba's type.

        Raises
        ------
        TypeError
            If an annotation leaves a type open.
        """
        arguments, result = declared_types(self.function)
        if None in arguments or result is None:
            message = f"{self.name}: an entry says the type of every argument and of its result"
            raise TypeError(message)
        return arguments, result

    def load(self) -> None:
        """Compile the function, or read it from the cache, and fill its slot; those that it calls stay as they are."""
        if self.is_loaded:
            return
        arguments, result = self.signature()
        self.dispatcher.compile(arguments)
        compiled = self.dispatcher.overloads[arguments]
        if compiled.signature.return_type != result:
            message = f"{self.name} returns {compiled.signature.return_type}, not {result}"
            raise TypeError(message)
        self.dispatcher.disable_compile()
        native = compiled.fndesc.llvm_func_name
        self._slot.value = compiled.library.get_pointer_to_function(native)

    def __call__(self, *arguments: Any) -> Any:  # noqa: ANN401  whatever the function takes
        """Call the compiled function, which is loaded before with all entries that it may reach by their names."""
        if not self._is_safe:
            load_entries([self])
        return self.dispatcher(*arguments)


def reachable_entries(roots: Iterable[Any]) -> list[Entry]:
    """Return entries and all those that their compiled code may reach by their names."""
    found = {id(root): root for root in roots if isinstance(root, Entry)}
    waiting = list(found.values())
    while waiting:
        for callee in borders_of(waiting.pop().function):
            if isinstance(callee, Entry) and id(callee) not in found:
                found[id(callee)] = callee
                waiting.append(callee)
    return list(found.values())


def load_entries(roots: Iterable[Any]) -> None:
    """
    Compile entries and all those that they may reach, or read them from the cache: a call of an empty slot crashes.

    Parameters
    ----------
    roots : iterable of Entry
        Entries; handlers that are called by their addresses must be among them.
    """
    # What is safe stays so: every replication asks for all handlers again, and to walk through their code takes longer
    # than a small replication.
    reached = reachable_entries(one for one in roots if isinstance(one, Entry) and not one._is_safe)
    for one in reached:
        one.load()
    for one in reached:
        one._is_safe = True


class _CodeCacheOfPython(CodeCache):
    """Code that Python calls directly: before it can run, whatever it calls through slots is loaded."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:  # noqa: ANN401
        load_entries(borders_of(self._py_func))
        return super().load_overload(sig, target_context)


def compiled(*arguments: Any, inline: bool = False, is_parallel: bool = False) -> Any:  # noqa: ANN401
    """
    Compile a function that Python calls, and compiled code may call, when it is first called.

    Where the annotations say every type, it is compiled for these only; else for those of each call.

    Parameters
    ----------
    *arguments : Any
        Type of each argument, for what every run calls, to compile it ahead: a text such as `float32[:, ::1]`, what
        an annotation may be, or a tuple of a NamedTuple and the types of its fields.
    inline : bool, optional
        Whether its code is put into each compiled caller: for a few lines in a hot place.
    is_parallel : bool, optional
        Whether loops over `prange` are shared out among threads.

    Returns
    -------
    callable
        Decorator, or the compiled function where the only argument is a function.
    """
    if len(arguments) == 1 and isinstance(arguments[0], FunctionType):
        return compiled()(arguments[0])

    def _decorate(function: Callable[..., Any]) -> Any:  # noqa: ANN401
        if IS_PLAIN:
            return function
        dispatcher: Any = _njit(no_cfunc_wrapper=True, forceinline=inline, parallel=is_parallel)(
            function
        )
        dispatcher._cache = _CodeCacheOfPython(function, dispatcher.targetoptions, is_linked=True)
        dispatcher.given_types = arguments
        _compile_once(dispatcher)
        COMPILED[_full_name(function)] = dispatcher
        return dispatcher

    return _decorate


def given_types(dispatcher: Any) -> tuple[Any, ...] | None:  # noqa: ANN401
    """
    Return for which types a function made by `compiled` is compiled ahead.

    Numba's types of the arguments; None if it is compiled only when it is called.
    """
    return tuple(_given_type(one) for one in dispatcher.given_types) or None


def _given_type(given: Any) -> Any:  # noqa: ANN401
    if isinstance(given, str):
        return sigutils._parse_signature_string(given)
    if isinstance(given, tuple):
        return types.BaseTuple.from_types([_given_type(field) for field in given[1:]], given[0])
    return numba_type(given)


def specialisations() -> dict[str, list[str]]:
    """
    Return for which types each function has been compiled by this process, or read from the cache.

    Returns
    -------
    dict of str to list of str
        Types of the arguments of each compilation, by the name of the function.
    """
    dispatchers = {name: one.dispatcher for name, one in ENTRIES.items()} | KERNELS | COMPILED
    return {
        name: [str(arguments) for arguments in dispatcher.overloads]
        for name, dispatcher in sorted(dispatchers.items())
        if dispatcher.overloads
    }


def called_otherwise() -> dict[str, list[str]]:
    """
    Return functions that were called with other types than those for which they are compiled ahead.

    Types of such compilations, by the name of the function; empty after a run in which nothing was compiled late.
    """
    found = {}
    for name, dispatcher in COMPILED.items():
        given = given_types(dispatcher)
        others = [str(types) for types in dispatcher.overloads if given not in (None, types)]
        if others:
            found[name] = others
    return found


def _make_template(entry: Entry) -> type[AbstractTemplate]:
    """Return how a call of an entry from compiled code is typed and made."""
    known: dict[str, Any] = {}

    class _Template(AbstractTemplate):
        key = entry

        def generic(self, arguments: Any, keywords: Any) -> Any:  # noqa: ANN401
            assert not keywords, entry.name
            if "signature" not in known:
                declared, result = entry.signature()
                known["signature"] = result(*declared)
                lower_builtin(entry, *declared)(_lower)
            signature = known["signature"]
            if len(arguments) != len(signature.args):
                message = f"{entry.name}: {len(arguments)} arguments, takes {len(signature.args)}"
                raise TypeError(message)
            return signature

    def _lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        convention = context.call_conv
        function_type = convention.get_function_type(signature.return_type, signature.args)
        slot = builder.module.globals.get(entry._symbol)
        if slot is None:
            slot = ir.GlobalVariable(builder.module, function_type.as_pointer(), entry._symbol)
            slot.linkage = "external"
        function = builder.load(slot)
        status, result = convention.call_function(
            builder, function, signature.return_type, signature.args, arguments
        )
        with _cgutils.if_unlikely(builder, status.is_error):
            convention.return_status_propagate(builder, status)
        return result

    return _Template


def entry(function: _Function | None = None, *, is_called_by_python: bool = False) -> Any:  # noqa: ANN401
    """
    Compile a function for itself: compiled code calls it through a slot.

    Parameters
    ----------
    function : callable, optional
        Function whose annotations say the type of each argument and of the result.
    is_called_by_python : bool, optional
        Whether Python may call it, too.

    Returns
    -------
    Entry
        The function for compiled code and, where so said, for Python; the function itself in plain mode.
    """
    if function is None:
        return partial(entry, is_called_by_python=is_called_by_python)
    return function if IS_PLAIN else Entry(function, is_called_by_python)


_HANDLER = types.void(types.int64, types.float64, types.int64, types.int64)
_plain_handlers: list[Callable[..., Any]] = []


def handler_address(handler: Any) -> int:  # noqa: ANN401  an Entry, or a function in plain mode
    """
    Return what `call_handler` takes to call a handler.

    Parameters
    ----------
    handler : Entry
        Entry (state, time_s, payload, address), loaded.

    Returns
    -------
    int
        Address of the compiled function; in plain mode a number.
    """
    if not IS_PLAIN:
        return int(handler.address)
    _plain_handlers.append(handler)
    return len(_plain_handlers) - 1


class _HandlerCall:
    """Calls the handler at an address."""

    def __call__(self, handler: int, state: int, time_s: float, payload: int, address: int) -> None:
        """Call a handler in plain mode."""
        _plain_handlers[handler](state, time_s, payload, address)


call_handler = _HandlerCall()
"""Compiled code calls `call_handler(handler, state, time_s, payload, address)`."""


class _HandlerCallTemplate(AbstractTemplate):
    key = call_handler

    def generic(self, arguments: Any, keywords: Any) -> Any:  # noqa: ANN401, ARG002
        return types.void(types.int64, *_HANDLER.args)


infer_global(call_handler, types.Function(_HandlerCallTemplate))


@lower_builtin(call_handler, types.int64, *_HANDLER.args)
def _lower_handler_call(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:  # noqa: ANN401
    convention = context.call_conv
    function_type = convention.get_function_type(_HANDLER.return_type, _HANDLER.args)
    function = builder.inttoptr(arguments[0], function_type.as_pointer())
    status, _ = convention.call_function(
        builder, function, _HANDLER.return_type, _HANDLER.args, arguments[1:]
    )
    with _cgutils.if_unlikely(builder, status.is_error):
        convention.return_status_propagate(builder, status)
    return context.get_dummy_value()
