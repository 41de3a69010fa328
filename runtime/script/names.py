"""Which variable the value of a call is assigned to.

The script's code is never rewritten. Its AST gives, once per version, the calls whose value is assigned to one
variable at module level outside loops; at a call, the position of the instruction that the frame is at (PEP 657)
tells which call it is.
"""

import ast
from types import CodeType, FrameType

from modelapp.core.names import slug

Position = tuple[int, int]
"""Line and column of a call's closing bracket: no two calls share it."""


def assigned_calls(tree: ast.Module) -> dict[Position, str]:
    """Return, for each call whose value goes into one variable of the module, the variable's name.

    Left out are calls in functions, classes, loops, comprehensions and lambdas: one place there stands for many inputs.
    """
    found: dict[Position, str] = {}
    for statement in tree.body:
        _visit(statement, found)
    return found


def _visit(node: ast.stmt, found: dict[Position, str]) -> None:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            _pair(name, value, found)
        case ast.Assign(targets=[ast.Tuple(elts=targets) | ast.List(elts=targets)], value=ast.Tuple(elts=values)):
            for target, value in zip(targets, values, strict=False):
                if isinstance(target, ast.Name):
                    _pair(target.id, value, found)
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            _pair(name, value, found)
        case ast.If() | ast.With() | ast.Try():
            if isinstance(node, ast.If):
                _walrus(node.test, found)
            for name in ("body", "orelse", "finalbody"):
                for child in getattr(node, name, ()):
                    _visit(child, found)
            for handler in getattr(node, "handlers", ()):
                for child in handler.body:
                    _visit(child, found)
        case ast.Expr(value=value):
            _walrus(value, found)
        case ast.Match(cases=cases):
            for case in cases:
                for child in case.body:
                    _visit(child, found)


def _pair(name: str, value: ast.expr, found: dict[Position, str]) -> None:
    match value:
        case ast.Call(end_lineno=int(line), end_col_offset=int(column)):
            found[line, column] = name
        case ast.IfExp(body=body, orelse=orelse):
            _pair(name, body, found)
            _pair(name, orelse, found)
        case ast.NamedExpr():
            _walrus(value, found)


def _walrus(node: ast.expr, found: dict[Position, str]) -> None:
    scopes = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    if isinstance(node, scopes):
        return
    if isinstance(node, ast.NamedExpr):
        _pair(node.target.id, node.value, found)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            _walrus(child, found)


class VariableNames:
    """For frames of a script's module-level code, the variable that the call going on is assigned to.

    Args:
        codes: Compiled pieces of the module's body.
        calls: What `assigned_calls` found in it.
    """

    def __init__(self, codes: list[CodeType], calls: dict[Position, str]) -> None:
        # Keyed by identity: hashing a code object by value costs microseconds, and `codes` keeps them alive.
        self._codes = codes
        self._tables = {id(code): _table(code, calls) for code in codes}

    def __call__(self, frame: FrameType) -> str | None:
        """Return the variable's name, or None where the design names an input by its label."""
        table = self._tables.get(id(frame.f_code))
        return table.get(frame.f_lasti) if table else None


def _table(code: CodeType, calls: dict[Position, str]) -> dict[int, str]:
    table = {}
    for index, (_, end_line, _, end_column) in enumerate(code.co_positions()):
        if end_line is not None and end_column is not None and (end_line, end_column) in calls:
            table[index * 2] = calls[end_line, end_column]
    return table


def possible_names(text: str) -> set[str]:
    """Return what may name an input of a script: variables, and slugs of the texts in it."""
    tree = ast.parse(text)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    texts = {
        slug(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return names | texts
