"""What travels to the nodes of a cluster before any case does: a script's folder, and modelapp itself.

All of it is named by its content, so that what did not change is sent once. Where the nodes are this machine, only
code travels: a replica keeps the script as it was when it was saved, and sees everything else where it lies.
"""

import fnmatch
import hashlib
import io
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from modelapp.core.errors import EnvironmentFault

IGNORE = ".rayignore"
"""Ray's own name for a file that lists what is not to be sent, a pattern a line."""
MOST_BYTES = 500 * 10**6
_NOT_SENT = ("__pycache__", "node_modules", "*.egg-info", "*.pyc")
_OLD = (1980, 1, 1, 0, 0, 0)
"""The time of all files in an archive, so that equal files make equal archives."""


@dataclass(frozen=True, slots=True)
class Archive:
    """Files in one zip.

    Attributes:
        digest: Of its content.
        content: The zip.
    """

    digest: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Shipped:
    """A script as it is sent.

    Attributes:
        script: Name of the script's file in its folder.
        archives: The code of the folder, and where nodes are other machines the rest of it.
        beside: The folder whose other files a replica on this machine sees, or None.
    """

    script: str
    archives: tuple[Archive, ...]
    beside: Path | None

    @property
    def digest(self) -> str:
        """What changes with anything of it."""
        return hashlib.sha256(" ".join(archive.digest for archive in self.archives).encode()).hexdigest()


def shipped(script: Path, *, elsewhere: bool) -> Shipped:
    """Return a script with what it needs as it is now.

    Args:
        script: The script's file.
        elsewhere: True if nodes are other machines, which see none of this one's files.

    Raises:
        EnvironmentFault: If a file cannot be read, or these are too many bytes.
    """
    script = script.resolve()
    folder = script.parent
    known = list(_files(folder, _patterns(folder)))
    code = [path for path in known if path.suffix == ".py"]
    if script not in code:
        code.append(script)
    try:
        archives = [_packed(folder, code)]
        if elsewhere:
            rest = [path for path in known if path.suffix != ".py"]
            _refuse_large(folder, rest)
            archives.append(_packed(folder, rest))
    except OSError as problem:
        raise EnvironmentFault(f"{script.name} cannot be sent to the cluster: {problem}.") from problem
    return Shipped(script.name, tuple(archives), None if elsewhere else folder)


def _patterns(folder: Path) -> tuple[str, ...]:
    try:
        lines = (folder / IGNORE).read_text(encoding="utf-8").splitlines()
    except OSError:
        return _NOT_SENT
    return (*_NOT_SENT, *(line.strip().strip("/") for line in lines if line.strip() and not line.startswith("#")))


def _files(folder: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        inner = Path(place).relative_to(folder)

        def sent(name: str, inner: Path = inner) -> bool:
            path = (inner / name).as_posix()
            return not name.startswith(".") and not any(
                fnmatch.fnmatch(name, pattern) or fnmatch.fnmatch(path, pattern) for pattern in patterns
            )

        folders[:] = sorted(filter(sent, folders))
        if any((Path(place) / name / "pyvenv.cfg").exists() for name in folders):
            folders[:] = [name for name in folders if not (Path(place) / name / "pyvenv.cfg").exists()]
        yield from (path for name in sorted(filter(sent, names)) if (path := Path(place, name)).is_file())


def _refuse_large(folder: Path, files: list[Path]) -> None:
    sizes = sorted(((path.stat().st_size, path) for path in files), reverse=True)
    total = sum(size for size, _ in sizes)
    if total > MOST_BYTES:
        largest = ", ".join(f"{path.relative_to(folder)} ({size / 1e6:,.0f} MB)" for size, path in sizes[:3])
        raise EnvironmentFault(
            f"The script's folder has {total / 1e6:,.0f} MB of files, and at most {MOST_BYTES / 1e6:,.0f} MB are sent "
            f"to a cluster. The largest: {largest}.",
            hint=f"Name what the script does not read in {folder / IGNORE}, a pattern a line; "
            "weights may lie at a path that all nodes have.",
        )


def _packed(folder: Path, files: list[Path]) -> Archive:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _OLD)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes(), compresslevel=1)
    content = buffer.getvalue()
    return Archive(hashlib.sha256(content).hexdigest(), content)


@cache
def own_package() -> Archive:
    """Return modelapp itself, for nodes that do not have it, or have another version."""
    package = Path(__file__).parents[2]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for place, folders, names in os.walk(package, followlinks=True):
            # The page is served by this process alone.
            folders[:] = sorted(
                name for name in folders if name not in ("__pycache__", "node_modules", "static", "src")
            )
            for name in sorted(names):
                if name.endswith((".py", ".typed")):
                    inner = Path("modelapp", Path(place).relative_to(package), name).as_posix()
                    entry = zipfile.ZipInfo(inner, _OLD)
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    archive.writestr(entry, Path(place, name).read_bytes(), compresslevel=1)
    content = buffer.getvalue()
    return Archive(hashlib.sha256(content).hexdigest(), content)
