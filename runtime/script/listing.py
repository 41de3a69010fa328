"""A script as its readers see it: its text, where its inputs stand, and what of it is prose that the page shows."""

import ast
from functools import lru_cache

from modelapp.core.protocol import CodeProps
from modelapp.script.names import assigned_calls
from modelapp.script.source import Version


def listing(version: Version) -> CodeProps:
    """Return a version's text for the page."""
    return _listing(version.text)


@lru_cache(maxsize=16)
def _listing(text: str) -> CodeProps:
    tree = ast.parse(text)
    lines = text.rstrip().split("\n")
    # The text of a function stands at the lines where its file has it.
    first = next((number for number, line in enumerate(lines, 1) if line.strip()), 1)
    return CodeProps(
        text="\n".join(lines[first - 1 :]),
        first=first,
        lines={name: line for (line, _), name in sorted(assigned_calls(tree).items())},
        folds=tuple(
            (node.lineno, node.end_lineno)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and _is_prose(node.value)
            if node.end_lineno is not None and node.end_lineno > node.lineno
        ),
    )


def _is_prose(node: ast.expr) -> bool:
    """Return True for a call of `markdown`, whose text the page shows itself."""
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
    return name == "markdown"
