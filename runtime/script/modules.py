"""The local modules that a script imports: which they are, who imports whom, and dropping those that changed.

Local means a file under the script's folder that is not in an installed-packages folder. Third-party modules are never
touched.
"""

import ast
import hashlib
import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

_INSTALLED = {"site-packages", "dist-packages", "node_modules", "__pycache__"}


class LocalModules:
    """Local modules of one script.

    Args:
        folder: The script's folder.
        script: The script itself, which is not one of its modules.
    """

    def __init__(self, folder: Path, script: Path) -> None:
        self._folder = folder
        self._script = script
        self._known: dict[str, Path] = {}
        self._modules_seen = -1
        self._modules_told = -1
        self._told: set[Path] = set()

    def files(self) -> set[Path]:
        """Return the files of all local modules that are imported now."""
        self._find()
        return set(self._known.values())

    def new_files(self) -> set[Path]:
        """Return the files of local modules that were imported since this was last asked."""
        if len(sys.modules) == self._modules_told:
            return set()
        self._modules_told = len(sys.modules)
        files = self.files()
        new, self._told = files - self._told, files
        return new

    def import_version(self, statement: ast.stmt) -> str:
        """Return text that changes with the local modules that an import statement names and that those use.

        The files are looked up, not the imported modules: before the first run and after a change nothing is imported.
        """
        digests: dict[Path, str] = {}
        pending = _imported(statement)
        while pending:
            name = pending.pop()
            path = self._file_of(name)
            if path is not None and path not in digests:
                digests[path] = hashlib.sha256(path.read_bytes()).hexdigest()
                pending += self._uses(name, path)
        return ",".join(sorted(digests.values()))

    def drop(self, changed: set[Path]) -> list[str]:
        """Forget changed modules and those that import them, so that the next run imports them anew.

        Returns:
            The names of the modules that were dropped.
        """
        self._find()
        dropped = {name for name, path in self._known.items() if path in changed}
        grew = bool(dropped)
        while grew:
            grew = False
            for name, path in self._known.items():
                if name in dropped:
                    continue
                parent_of_dropped = any(other.startswith(f"{name}.") for other in dropped)
                if parent_of_dropped or any(_touches(used, dropped) for used in self._uses(name, path)):
                    dropped.add(name)
                    grew = True
        for name in dropped:
            path = self._known.pop(name)
            sys.modules.pop(name, None)
            # A .pyc is trusted by the source's second and size; two saves in one second would look the same.
            Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
        importlib.invalidate_caches()
        self._modules_seen = -1
        return sorted(dropped)

    def _find(self) -> None:
        # Looking at every module costs a millisecond with a large framework: only when something was imported.
        if len(sys.modules) == self._modules_seen:
            return
        for name, module in sys.modules.copy().items():
            path = self._local_file(module)
            if path is not None and name not in ("__main__", "__mp_main__"):
                self._known[name] = path
        self._modules_seen = len(sys.modules)

    def _local_file(self, module: ModuleType | None) -> Path | None:
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or not file.endswith(".py"):
            return None
        path = Path(file)
        if not path.is_relative_to(self._folder) or path == self._script:
            return None
        inside = path.relative_to(self._folder).parts
        if _INSTALLED.intersection(inside) or any(part.startswith(".") for part in inside):
            return None
        return None if (module is not None and module.__name__.partition(".")[0] == "modelapp") else path

    def _file_of(self, name: str) -> Path | None:
        place = self._folder.joinpath(*name.split("."))
        files = (place.with_name(f"{place.name}.py"), place / "__init__.py") if name else ()
        return next((file for file in files if file.is_file() and file != self._script), None)

    def _uses(self, name: str, path: Path) -> set[str]:
        try:
            tree = ast.parse(path.read_bytes())
        except (OSError, SyntaxError, ValueError):
            return set()
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        return {
            used
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for used in _imported(node, package)
        }


def _touches(used: str, dropped: set[str]) -> bool:
    return any(used == name or used.startswith(f"{name}.") for name in dropped)


def _imported(statement: ast.stmt, package: str = "") -> list[str]:
    """Return the dotted names that import statements inside a statement name, the names of `from` imports included."""
    names = []
    for node in ast.walk(statement):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, base] if base else parents)
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return names
