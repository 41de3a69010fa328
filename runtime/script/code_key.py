"""Keys of functions by their code, and of arguments by their value: what `cache` looks results up by."""

import hashlib
import sys
import types
from collections.abc import Callable, Hashable
from datetime import date
from enum import Enum
from pathlib import Path, PurePath
from typing import Any

_SIMPLE = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis))


def code_key(function: Callable[..., Any], is_local: Callable[[str], bool]) -> str:
    """Return a digest of a function's code and of the local functions, classes and constants that it uses.

    Line numbers do not count, so that an edit elsewhere in the file changes nothing.

    Args:
        function: A function, method or callable object.
        is_local: True for the file of a function whose code belongs to the script or its modules.
    """
    digest = hashlib.sha256()
    _add(function, digest.update, set(), is_local)
    return digest.hexdigest()


def _add(value: Any, update: Callable[[bytes], None], seen: set[int], is_local: Callable[[str], bool]) -> None:
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, types.MethodType):
        value = value.__func__
    wrapped = getattr(value, "__wrapped__", None)
    if wrapped is not None:  # what a decorator made: both it and what it wraps
        _add(wrapped, update, seen, is_local)
    if isinstance(value, types.FunctionType):
        if is_local(value.__code__.co_filename):
            _add_function(value, update, seen, is_local)
    elif isinstance(value, type):
        update(value.__qualname__.encode())
        for base in value.__mro__:
            if _is_local_module(sys.modules.get(base.__module__), is_local):
                _add_class(base, update, seen, is_local)
    elif isinstance(value, types.ModuleType):
        if _is_local_module(value, is_local):
            update(Path(value.__file__ or "").read_bytes())
            for used in vars(value).values():
                if isinstance(used, types.ModuleType):
                    _add(used, update, seen, is_local)
    else:
        update(_constant(value).encode())


def _add_class(one: type, update: Callable[[bytes], None], seen: set[int], is_local: Callable[[str], bool]) -> None:
    for name, member in sorted(vars(one).items()):
        if name in ("__dict__", "__weakref__", "__doc__", "__module__", "__firstlineno__"):
            continue
        member = getattr(member, "__func__", getattr(member, "fget", member))
        update(name.encode())
        if isinstance(member, types.FunctionType):
            _add(member, update, seen, is_local)
        else:
            update(_constant(member).encode())


def _is_local_module(module: types.ModuleType | None, is_local: Callable[[str], bool]) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and is_local(file) and "site-packages" not in file


def _constant(value: Any, depth: int = 0) -> str:
    """Return plain data and arrays as text, with sets in a fixed order, and "" in place of anything else."""
    if isinstance(value, (*_SIMPLE, PurePath, date, Enum)):
        return repr(value)
    if hasattr(value, "tobytes") and hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"{value.shape}{value.dtype}{hashlib.sha256(value.tobytes()).hexdigest()}"
    if depth > 20:  # it may contain itself
        return ""
    if isinstance(value, dict):
        parts = [f"{_constant(key, depth + 1)}:{_constant(item, depth + 1)}" for key, item in value.items()]
    elif isinstance(value, tuple | list | set | frozenset):
        parts = [_constant(item, depth + 1) for item in value]
    else:
        return ""
    if isinstance(value, set | frozenset):
        parts.sort()
    return f"{type(value).__name__}({','.join(parts)})"


def _add_function(
    function: types.FunctionType, update: Callable[[bytes], None], seen: set[int], is_local: Callable[[str], bool]
) -> None:
    update(function.__qualname__.encode())
    _add_code(function.__code__, update)
    for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
        _add(default, update, seen, is_local)
    for cell in function.__closure__ or ():
        try:
            _add(cell.cell_contents, update, seen, is_local)
        except ValueError:  # an empty cell: the name is bound later
            continue
    for name in sorted(_names(function.__code__)):
        if name not in function.__globals__:
            continue
        used = function.__globals__[name]
        code = getattr(getattr(used, "__wrapped__", used), "__code__", None)
        if code is not None and not is_local(code.co_filename):
            continue
        update(name.encode())
        _add(used, update, seen, is_local)


def _names(code: types.CodeType) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names(constant)
    return names


def _add_code(code: types.CodeType, update: Callable[[bytes], None]) -> None:
    update(code.co_code)
    update(repr((code.co_names, code.co_varnames, code.co_freevars, code.co_argcount, code.co_flags)).encode())
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            _add_code(constant, update)
        else:
            update(repr(constant).encode())


class Identity:
    """Stands for an argument that has no value to be known by: equal to itself alone.

    Holds the argument, so that its address is not given to another while the entry lives.
    """

    __slots__ = ("argument",)

    def __init__(self, argument: Any) -> None:
        self.argument = argument

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identity) and other.argument is self.argument

    def __hash__(self) -> int:
        return id(self.argument)


def argument_key(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Hashable:
    """Return a hashable key for a call's arguments. Never raises.

    Lists, sets and dicts of hashable things count by their contents, other unhashable arguments by identity.
    """
    return (tuple(map(_freeze, args)), tuple((name, _freeze(kwargs[name])) for name in sorted(kwargs)))


def _freeze(value: Any, depth: int = 0) -> Hashable:
    kind = type(value)
    if kind in _SIMPLE:
        return (kind, value)
    if depth < 20:
        if kind in (list, tuple):
            return (kind, tuple(_freeze(item, depth + 1) for item in value))
        if kind is dict:
            return (kind, frozenset((_freeze(key), _freeze(item, depth + 1)) for key, item in value.items()))
        if kind in (set, frozenset):
            return (kind, frozenset(_freeze(item, depth + 1) for item in value))
    try:
        hash(value)
        if value == value and getattr(kind, "__hash__", None) is not object.__hash__:
            return (kind, value)
    except Exception:  # a user's __hash__ or __eq__ may do anything
        pass
    return Identity(value)


def holds_identity(key: Hashable) -> bool:
    """Return True if an argument of the key counts by identity."""
    if isinstance(key, tuple | frozenset):
        return any(map(holds_identity, key))
    return isinstance(key, Identity)
