"""Which files of a folder are apps, and what their source says of them. Nothing is run to find out.

An app is a file that imports modelapp, calls an input, an output or an `Interface`, and is imported by no other file of
the folder. Files whose names begin with "_" or "." are none.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_OTHERS = {"Interface", "output", "button", "markdown"}
_TEXT = re.compile(r"^\s*(import|from)\s+modelapp\b.*?(_input|_output|Interface)\s*\(", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class AppFile:
    """An app of the folder, as its source is now.

    Attributes:
        path: The script.
        title: What it is called.
        description: One or two sentences, or "".
        version: Digest of it and of the local files that it imports.
        compiles: False if it cannot be.
    """

    path: Path
    title: str
    description: str
    version: str
    compiles: bool = True

    @property
    def name(self) -> str:
        """What tells it from others of the folder."""
        return self.path.stem


def apps_of(folder: Path) -> list[AppFile]:
    """Return the apps of a folder, by title."""
    texts: dict[str, str] = {}
    for path in sorted(folder.glob("*.py")):
        if not path.name.startswith(("_", ".")) and path.is_file():
            try:
                texts[path.stem] = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):  # it is being written, or no script
                continue
    trees = {name: _tree(text) for name, text in texts.items()}
    uses = {name: set(_imported(tree)) & texts.keys() - {name} if tree else set() for name, tree in trees.items()}
    used = set[str]().union(*uses.values())
    found = []
    for name, text in texts.items():
        tree = trees[name]
        if name in used or not (_is_app(tree) if tree else _TEXT.search(text)):
            continue
        title, description = _said(tree) if tree else (None, "")
        version = _version(name, texts, uses)
        usual = name.replace("_", " ").capitalize()
        found.append(AppFile(folder / f"{name}.py", title or usual, description, version, tree is not None))
    return sorted(found, key=lambda app: (app.title.casefold(), app.name))


def _tree(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Attribute):
                yield function.attr, node
            elif isinstance(function, ast.Name):
                yield function.id, node


def _is_app(tree: ast.Module) -> bool:
    if "modelapp" not in _imported(tree):
        return False
    return any(name.endswith(("_input", "_output")) or name in _OTHERS for name, _ in _calls(tree))


def _said(tree: ast.Module) -> tuple[str | None, str]:
    """Return title and description of the call of `app`, as far as they are plain texts."""
    for name, call in _calls(tree):
        if name == "app":
            given = dict(zip(("title", "description"), call.args, strict=False))
            given |= {word.arg: word.value for word in call.keywords if word.arg}
            texts = {
                key: " ".join(node.value.split())
                for key, node in given.items()
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
            return texts.get("title"), texts.get("description", "")
    return None, ""


def _version(name: str, texts: dict[str, str], uses: dict[str, set[str]]) -> str:
    reached, pending = {name}, [name]
    while pending:
        new = uses[pending.pop()] - reached
        reached |= new
        pending += new
    digest = hashlib.sha256()
    for one in sorted(reached):
        digest.update(f"{one}\0{texts[one]}\0".encode())
    return digest.hexdigest()
