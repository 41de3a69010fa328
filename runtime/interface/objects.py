"""The objects that an `Interface` was given, as a script speaks of them: literals, imports, or names to fill in."""

import ast
import json
import keyword
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from modelapp.core.names import slug, unused

_LONGEST_LITERAL = 2_000


@dataclass(frozen=True, slots=True)
class Named:
    """An object that the text has a name for.

    Attributes:
        name: The name.
        value: The object.
        origin: The module that it can be imported from and its name there, with a dot between, or None.
        purpose: What the reader has to fill in where it cannot: "the model".
    """

    name: str
    value: Any
    origin: str | None
    purpose: str

    @property
    def line(self) -> str:
        """The line of a script that makes the name."""
        if self.origin is not None:
            module, _, name = self.origin.rpartition(".")
            return f"from {module} import {name}" + (f" as {self.name}" if name != self.name else "")
        return f"{self.name} = ...  # Fill in: {self.purpose}, which was {_what(self.value)}."


class Objects:
    """Objects by the names that a text has for them.

    Args:
        scope: Names of the place where the Interface was made, with their objects.
        taken: Names that the text uses itself.
    """

    def __init__(self, scope: Mapping[str, Any], taken: set[str]) -> None:
        self._scope = scope
        self._taken = taken
        self.named: list[Named] = []

    def expression(self, value: Any, name: str, purpose: str) -> str:
        """Return the text of an expression that is this value.

        Args:
            value: Any object.
            name: What it is called where nothing tells.
            purpose: What it is, for the reader who has to fill it in.
        """
        return literal(value) or self.name(value, name, purpose)

    def name(self, value: Any, name: str, purpose: str) -> str:
        """Return the name that the text has for an object."""
        for known in self.named:
            if known.value is value:
                return known.name
        module, found = self._origin(value)
        chosen = unused(found if module and found else _identifier(found or name), self._taken)
        self._taken.add(chosen)
        self.named.append(Named(chosen, value, f"{module}.{found}" if module else None, purpose))
        return chosen

    def _origin(self, value: Any) -> tuple[str | None, str | None]:
        """Return the module that an object can be imported from, and its name there or where the Interface was made."""
        module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
        if isinstance(module, str) and isinstance(name, str) and _has(sys.modules.get(module), name, value):
            return module, name
        names = [name for name, known in self._scope.items() if known is value and not name.startswith("_")]
        for name in names:
            here = str(self._scope.get("__name__"))
            for module in (here, *list(sys.modules)):
                if _has(sys.modules.get(module), name, value):
                    return module, name
        return None, names[0] if names else None


def _has(module: ModuleType | None, name: str, value: Any) -> bool:
    """Return True if `from module import name` gives this very object to another program."""
    if not isinstance(module, ModuleType):
        return False
    known = vars(module)  # not getattr: modules that load their parts when asked would load them all
    if known.get("__name__") in ("__main__", "__mp_main__") or not known.get("__file__"):
        return False
    return name.isidentifier() and known.get(name) is value


def literal(value: Any) -> str | None:
    """Return a value as the text of a literal; None where it is none, or too long to be read."""
    try:
        text, plain = _written(value), _plain(value)
        return text if len(text) <= _LONGEST_LITERAL and bool(ast.literal_eval(text) == plain) else None
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _written(value: Any) -> str:
    """Return a value as its author would have written it."""
    if isinstance(value, (str, Path)):
        return json.dumps(str(value), ensure_ascii=False) if str(value).isprintable() else repr(str(value))
    if type(value) is list:
        return f"[{', '.join(map(_written, value))}]"
    if type(value) is tuple:
        return f"({', '.join(map(_written, value))}{',' if len(value) == 1 else ''})"
    if type(value) is dict:
        return f"{{{', '.join(f'{_written(key)}: {_written(one)}' for key, one in value.items())}}}"
    return repr(value)


def _plain(value: Any) -> Any:
    """Return a value with plain texts for the paths in it."""
    if type(value) in (list, tuple):
        return type(value)(map(_plain, value))
    if type(value) is dict:
        return {key: _plain(one) for key, one in value.items()}
    return str(value) if isinstance(value, Path) else value


def _identifier(name: str) -> str:
    made = slug(name)
    return made if made.isidentifier() and not keyword.iskeyword(made) else f"{made or 'value'}_"


def _what(value: Any) -> str:
    name = getattr(value, "__name__", None)
    if isinstance(name, str) and name.isidentifier():
        return f"{'the class' if isinstance(value, type) else 'the function'} {name}"
    return "a function" if name else f"an object of the class {type(value).__qualname__}"
