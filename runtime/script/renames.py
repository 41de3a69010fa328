"""Which inputs a script names by their variables, and which of them was renamed between two versions of it."""

import ast

from modelapp.script.names import assigned_calls

NamedInputs = tuple[tuple[str, str], ...]
"""Name and function of each input, in the order of the text."""


def named_inputs(tree: ast.Module) -> NamedInputs:
    """Return the inputs of a script whose names its text tells: by their variable, or by a `key=` that is a text."""
    variables = assigned_calls(tree)
    found: list[tuple[tuple[int, int], str, str]] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or node.end_lineno is None or node.end_col_offset is None:
            continue
        variable = variables.get((node.end_lineno, node.end_col_offset))
        function = _name(node.func)
        if variable is None or function is None or not function.endswith("_input"):
            continue
        keys = [keyword.value for keyword in node.keywords if keyword.arg == "key"]
        name = variable if not keys else keys[0].value if isinstance(keys[0], ast.Constant) else None
        if isinstance(name, str):
            found.append(((node.lineno, node.col_offset), name, function))
    return tuple((name, function) for _, name, function in sorted(found))


def plain_rename(before: NamedInputs, after: NamedInputs) -> tuple[str, str] | None:
    """Return the old and the new name of an input that was renamed, or None.

    It is plain if one name has gone and one has come, in its place and of the same function, and all else is as it was.
    """
    gone = {name for name, _ in before} - {name for name, _ in after}
    come = {name for name, _ in after} - {name for name, _ in before}
    if len(gone) != 1 or len(come) != 1:
        return None
    old, new = gone.pop(), come.pop()
    renamed = tuple((new if name == old else name, function) for name, function in before)
    return (old, new) if renamed == after else None


def _name(function: ast.expr) -> str | None:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else None
