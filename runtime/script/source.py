"""A script's text, parsed and compiled: one `Version` for each state of its file."""

import __future__

import ast
import hashlib
import io
import threading
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

from modelapp.core.errors import EnvironmentFault, ScriptError
from modelapp.script.definitions import Lasting, bound_names, lasting_definitions
from modelapp.script.names import VariableNames, assigned_calls
from modelapp.script.renames import NamedInputs, named_inputs

_FUTURE_FLAGS = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive statements of the module that are executed together, or one lasting definition."""

    code: CodeType
    lasting: Lasting | None


@dataclass(slots=True)
class Definitions:
    """The lasting definitions of a script, over all its versions.

    Attributes:
        namespace: Globals of the definitions: imports, constants and the definitions themselves.
        kept: Definitions executed so far, by name: key and object.
        lock: Held while a definition is executed.
    """

    namespace: dict[str, Any]
    kept: dict[str, tuple[str, Any]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)


@dataclass(slots=True)
class Version:
    """One state of a script's file, ready to run.

    Attributes:
        digest: SHA-256 of the text.
        inputs: Inputs whose names the text tells.
        bound: Objects at hand, by the global names that the run has for them; a file has none.
        redefines: True if a run defines functions or classes of its own.
        unshared: Imports and constants that lasting definitions need and no run of this version has made yet.
    """

    path: Path
    text: str
    digest: str
    pieces: tuple[Piece, ...]
    variable_at: VariableNames
    redefines: bool
    definitions: Definitions
    unshared: set[str]
    inputs: NamedInputs
    bound: Mapping[str, Any] = field(default_factory=dict)


def read(path: Path) -> str:
    """Return a script's text.

    Raises:
        ScriptError: If there is no such file, it is a folder, or it is no text; says so.
        EnvironmentFault: If it cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        near = [other.name for other in path.parent.glob("*.py")] if path.parent.is_dir() else []
        listed = ", ".join(sorted(near)[:5])
        raise ScriptError(
            f"There is no script {str(path)!r}.", hint=f"Scripts in that folder: {listed}." if listed else None
        ) from None
    except IsADirectoryError:
        raise ScriptError(f"{str(path)!r} is a folder.", hint="Name a script in it, for example demo.py.") from None
    except OSError as problem:
        raise EnvironmentFault(f"{str(path)!r} cannot be read: {problem.strerror}.") from None
    if b"\0" in data:
        raise ScriptError(f"{str(path)!r} is not a Python script: it holds binary data.")
    try:
        return decode(data)
    except (SyntaxError, UnicodeDecodeError, LookupError) as problem:
        raise ScriptError(f"{str(path)!r} cannot be decoded as text: {problem}.", hint="Save it as UTF-8.") from None


def decode(data: bytes) -> str:
    """Decode source the way Python does: by its byte-order mark or coding comment, else as UTF-8."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def new_definitions(path: Path) -> Definitions:
    """Return the empty store of a script's lasting definitions."""
    return Definitions({"__name__": "__main__", "__file__": str(path), "__builtins__": __builtins__})


def compile_version(
    path: Path, text: str, definitions: Definitions, import_version: Callable[[ast.stmt], str]
) -> Version:
    """Parse and compile a script.

    Args:
        path: Its file, for tracebacks.
        text: Its source.
        definitions: Where its lasting definitions are kept.
        import_version: See `lasting_definitions`.

    Raises:
        SyntaxError: As Python raises it.
    """
    filename = str(path)
    tree = ast.parse(text, filename)
    flags = compile(tree, filename, "exec", dont_inherit=True).co_flags & _FUTURE_FLAGS
    lasting = lasting_definitions(tree, text, filename, import_version)
    needed = frozenset().union(*(one.needs for one in lasting.values()))
    names = {one.name for one in lasting.values()}
    for gone in set(definitions.namespace) - needed - names:
        if not gone.startswith("__"):
            definitions.namespace.pop(gone, None)
    pieces = tuple(
        Piece(_compile(statements, filename, flags), definition)
        for statements, definition in _split(tree, lasting, needed - names)
    )
    return Version(
        path=path,
        text=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        pieces=pieces,
        variable_at=VariableNames([piece.code for piece in pieces], assigned_calls(tree)),
        redefines=any(
            isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda)
            for index, statement in enumerate(tree.body)
            if index not in lasting
            for node in ast.walk(statement)
        ),
        definitions=definitions,
        unshared=set(needed - names),
        inputs=named_inputs(tree),
    )


def _split(
    tree: ast.Module, lasting: dict[int, Lasting], shared: frozenset[str]
) -> Iterator[tuple[list[ast.stmt], Lasting | None]]:
    """Yield the statements that are executed together.

    A statement that binds a name which lasting definitions need ends its piece, so that the name can be shared with
    them before anything calls them.
    """
    pending: list[ast.stmt] = []
    for index, statement in enumerate(tree.body):
        if index in lasting:
            if pending:
                yield pending, None
            pending = []
            yield [statement], lasting[index]
            continue
        pending.append(statement)
        if shared.intersection(bound_names(statement)):
            yield pending, None
            pending = []
    if pending:
        yield pending, None


def _compile(statements: list[ast.stmt], filename: str, flags: int) -> CodeType:
    module = ast.Module(body=list(statements), type_ignores=[])
    code: CodeType = compile(module, filename, "exec", flags=flags, dont_inherit=True)
    return code
