"""What a script's text alone says: inputs that nothing uses, statements that no input reaches, imports.

Nothing here runs the script. Where the text leaves a doubt, it counts as used, and as reached.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

_BY_NAME = {"eval", "exec", "globals", "locals", "vars", "getattr"}
"""Calls after which the text no longer tells which names are used."""
_PERSONAL = {"state", "context", "once", "button"}


@dataclass(frozen=True, slots=True)
class Imported:
    """An import statement at the top level of a script.

    Attributes:
        line: Its line.
        text: The statement.
        used: False if nothing in the script mentions what it binds.
    """

    line: int
    text: str
    used: bool


@dataclass(slots=True)
class Reading:
    """What a script's text says.

    Attributes:
        unread: For each input whose value nothing uses: its variable or label, its function, and its line.
        imports: Import statements at the top level, by line.
        unreached: Line and text of each top-level statement whose work no input can change.
        assigned: The line where a top-level name is bound last, by name.
    """

    unread: list[tuple[str, str, int]] = field(default_factory=list)
    imports: dict[int, Imported] = field(default_factory=dict)
    unreached: dict[int, str] = field(default_factory=dict)
    assigned: dict[str, int] = field(default_factory=dict)


def read_script(text: str) -> Reading:
    """Read a script.

    Args:
        text: Its source, which compiles.
    """
    tree = ast.parse(text)
    lines = text.splitlines()
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    reading = Reading()
    if not used & _BY_NAME:
        reading.unread = list(_unread(tree, used))
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            bound = {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
            shown = ast.unparse(statement)
            known = bool(bound & used) or "*" in bound or bool(used & _BY_NAME)
            reading.imports[statement.lineno] = Imported(statement.lineno, shown, known)
    reached = _reached_names(tree)
    for statement in _executed(tree.body):
        for name in _bound(statement):
            reading.assigned[name] = statement.lineno
        if not _is_reached(statement, reached) and not isinstance(statement, ast.Import | ast.ImportFrom):
            reading.unreached[statement.lineno] = lines[statement.lineno - 1].strip()
    return reading


def _unread(tree: ast.Module, used: set[str]) -> Iterator[tuple[str, str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and (kind := _input_kind(node.value)):
            yield _label(node.value) or kind, kind, node.lineno
        elif (
            isinstance(node, ast.Assign | ast.AnnAssign)
            and node.value is not None
            and (kind := _input_kind(node.value))
        ):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            if len(names) == len(targets) and not used.intersection(names):
                yield names[0], kind, node.lineno


def _input_kind(node: ast.AST) -> str | None:
    """Return "slider_input" for a call of that function, or None. A button's press causes a run in any case."""
    if not isinstance(node, ast.Call):
        return None
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name if name.endswith("_input") else None


def _label(node: ast.AST) -> str | None:
    given = node.args[0] if isinstance(node, ast.Call) and node.args else None
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None


def _executed(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that a run of the module executes itself, those inside `with`, `if` and loops too."""
    for statement in statements:
        inner = [part for name in ("body", "orelse", "finalbody") for part in getattr(statement, name, [])]
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if not inner:
            yield statement
        yield from _executed([part for part in inner if isinstance(part, ast.stmt)])
        for handler in getattr(statement, "handlers", []):
            yield from _executed(handler.body)


def _bound(statement: ast.AST) -> set[str]:
    return {
        node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }


def _reached_names(tree: ast.Module) -> set[str]:
    """Return the names whose value an input may have changed; a function counts if its body is reached."""
    reached: set[str] = set()
    modules = {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    while True:
        before = len(reached)
        _spread(tree.body, reached, inside=False)
        reached -= modules  # np.abs(image) changes no np
        if len(reached) == before:
            return reached


def _spread(statements: list[ast.stmt], reached: set[str], *, inside: bool) -> None:
    for statement in statements:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if _is_reached(statement, reached):
                reached.add(statement.name)
            continue
        nested = [part for name in ("body", "orelse", "finalbody") for part in getattr(statement, name, [])]
        if not nested:
            if inside or _is_reached(statement, reached):
                reached |= _bound(statement) | _changed(statement)
            continue
        header = [part for part in ast.iter_child_nodes(statement) if not isinstance(part, ast.stmt)]
        touched = inside or any(_is_reached(part, reached) for part in header)
        if touched:
            reached |= {name for part in header for name in _bound(part)}
        _spread([part for part in nested if isinstance(part, ast.stmt)], reached, inside=touched)
        for handler in getattr(statement, "handlers", []):
            _spread(handler.body, reached, inside=True)


def _changed(statement: ast.AST) -> set[str]:
    """Return the names whose object a statement may change: `row["age"] = …`, `rows.append(…)`."""
    roots = set()
    for node in ast.walk(statement):
        method = node.func if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
        stored = isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load)
        if method or stored:
            inner: ast.AST = method or node
            while isinstance(inner, ast.Subscript | ast.Attribute):
                inner = inner.value
            if isinstance(inner, ast.Name):
                roots.add(inner.id)
    return roots


def _is_reached(node: ast.AST, reached: set[str]) -> bool:
    """Return True if an input, what belongs to a session, or a reached name stands in it."""
    for part in ast.walk(node):
        if _input_kind(part):
            return True
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and part.id in reached | _PERSONAL | _BY_NAME:
            return True
        if isinstance(part, ast.Attribute) and part.attr in _PERSONAL:
            return True
    return False
