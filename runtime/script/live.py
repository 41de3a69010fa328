"""Scripts that have no file of their own: a function of the program that is running, and text about its objects.

A `LiveScript` is served, called and checked as any other. It is never reloaded, for what it runs is this program's own.
"""

import ast
import hashlib
import inspect
import linecache
import secrets
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import CodeType
from typing import Any

from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError
from modelapp.script.modules import LocalModules
from modelapp.script.names import VariableNames, assigned_calls
from modelapp.script.renames import named_inputs
from modelapp.script.run import Script
from modelapp.script.source import Piece, Version, compile_version, new_definitions

_CALL = "function()"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef, ast.Lambda)


class LiveScript(Script):
    """A script of this program's own objects.

    Args:
        path: Where its file would be: names it, and its folder.
        version: What it runs, now and ever.
    """

    def __init__(self, path: Path, version: Version) -> None:
        self.path = path
        self.modules = LocalModules(path.parent, path)
        self.version = version
        self.failure = None
        self._definitions = version.definitions
        self._digested = None

    def load(self) -> bool:
        """Return True: there is nothing to read."""
        return True

    def refresh(self) -> None:
        """Take it that what it uses may be other objects now: answers that are remembered are those of before."""
        if self.version is not None:
            self.version = replace(self.version, digest=_digest(self.version.text))

    def changed(self) -> bool:
        """Return False: it stays as it is."""
        return False

    def again(self) -> "LiveScript":
        """Return the script itself, which nobody reloads."""
        return self

    def reload(self, changed: set[Path]) -> bool:
        """Return True: modules of this program are not imported anew under it."""
        return True

    def install(self) -> None:
        """Leave the main program as it is: the script is a part of it."""


class FileScript(Script):
    """A script's file that is served inside of a program, whose main program it does not become."""

    def install(self) -> None:
        """Let it import the modules beside it."""
        folder = str(self.path.parent)
        if folder not in sys.path:
            sys.path.insert(0, folder)


def cell_script(path: Path, text: str, names: dict[str, Any]) -> LiveScript:
    """Return a script of a notebook's cell: each run begins with the names that the notebook has then.

    What a run assigns stays in the run.

    Args:
        path: Where its file would be.
        text: Its source.
        names: Those of the notebook, which goes on changing them.
    """
    script = text_script(path, text, {})
    assert script.version is not None
    script.version.bound = names
    return script


def text_script(path: Path, text: str, bound: Mapping[str, Any]) -> LiveScript:
    """Return a script of a text in which names stand for objects at hand.

    Args:
        path: Where its file would be.
        text: Its source.
        bound: The objects, by the names that the text has for them.
    """
    linecache.cache[str(path)] = (len(text), None, text.splitlines(keepends=True), str(path))  # for its tracebacks
    version = compile_version(path, text, new_definitions(path), lambda statement: "")
    version.bound, version.digest = dict(bound), _digest(text)
    return LiveScript(path, version)


def function_script(function: Callable[[], object], path: Path) -> LiveScript:
    """Return a script that calls a function in each run.

    Its inputs are named by the variables of the function, as those of a file are by its own. What the function returns
    is not looked at.

    Args:
        function: Takes no argument, or none that it needs.
        path: Where the file of such a script would be.

    Raises:
        ScriptError: If it is no plain function, or needs arguments.
    """
    plain = inspect.unwrap(function) if callable(function) else function
    code = getattr(plain, "__code__", None)
    if not isinstance(code, CodeType):
        raise ScriptError(f"{describe(function)} is no function.", hint="Pass one that takes no argument: run(demo).")
    if inspect.iscoroutinefunction(plain) or inspect.isgeneratorfunction(plain):
        raise ScriptError(
            f"{plain.__name__} is a coroutine or a generator: calling it runs none of it.", hint="Use a plain def."
        )
    try:
        inspect.signature(function).bind()
    except TypeError as problem:
        raise ScriptError(
            f"{plain.__name__} is called without arguments, but {problem}.", hint="Its inputs are calls inside of it."
        ) from None
    lines = linecache.getlines(code.co_filename)
    tree = ast.Module(body=_body(code, lines), type_ignores=[])
    text = _text(code, lines)
    return LiveScript(
        path,
        Version(
            path=Path(code.co_filename),
            text=text,
            digest=_digest(text),
            pieces=(Piece(compile(_CALL, "<function>", "exec"), None),),
            variable_at=VariableNames([code], assigned_calls(tree)),
            redefines=any(isinstance(node, _DEFINITIONS) for node in ast.walk(tree)),
            definitions=new_definitions(path),
            unshared=set(),
            inputs=named_inputs(tree),
            bound={"function": function},
        ),
    )


def _digest(text: str) -> str:
    """Return a digest that no other start of the program has.

    The text alone does not tell what its objects are: a model that was trained anew must not get the answers of
    another, when a bulk run is taken up again or a case is seen again.
    """
    return hashlib.sha256(text.encode() + secrets.token_bytes(16)).hexdigest()


def _body(code: CodeType, lines: list[str]) -> list[ast.stmt]:
    """Return the statements of a function, with their places in its file; [] where its source is not known."""
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        return []
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS) and node.name == code.co_name:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if first == code.co_firstlineno:
                return node.body
    return []


def _text(code: CodeType, lines: list[str]) -> str:
    """Return a function's source in the lines where its file has it, so that what reads the text tells true lines."""
    try:
        source = textwrap.dedent("".join(inspect.getblock(lines[code.co_firstlineno - 1 :])))
        ast.parse(source)
    except (SyntaxError, ValueError, IndexError):  # no source, or a lambda in the midst of a statement
        return ""
    return "\n" * (code.co_firstlineno - 1) + source
