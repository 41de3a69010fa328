"""A script as it is in another file, or as it was in another revision of its git repository."""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modelapp.core.errors import EnvironmentFault, ScriptError

_SECONDS = 60
_OWN = {".modelapp", ".git", "__pycache__"}


@contextmanager
def other_script(script: Path, against: str) -> Iterator[Path]:
    """Give the path of a script to compare with; what was made for it is gone at the end.

    A revision is the script's folder as git has it there. Files beside the script that git does not know, such as
    weights that are too large for it, are those of today; Python files are not.

    Args:
        script: The script as it is.
        against: A file, or a revision of the repository that the script is in: "HEAD~1", a tag, a branch.

    Raises:
        ScriptError: If there is neither such a file nor such a revision, or the script is not in it.
        EnvironmentFault: If there is no git.
    """
    if Path(against).is_file():
        yield Path(against)
        return
    script = script.resolve()
    commit = _commit(script, against)
    with tempfile.TemporaryDirectory(prefix="modelapp-revision-") as made:
        folder = Path(made).resolve()
        archive = _git(script.parent, "archive", "--format=tar", commit, ".")
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        other = folder / script.name
        if not other.is_file():
            raise ScriptError(f"{script.name} is not in the revision {against!r}.")
        _link_unknown(script.parent, folder)
        yield other


def _commit(script: Path, revision: str) -> str:
    neither = f"{revision!r} is neither a file nor a revision"
    if revision.startswith("-"):  # git would take it for an option
        raise ScriptError(f"{neither} of a git repository.")
    if not _is_in_repository(script.parent):
        raise ScriptError(f"{neither}: {script.name} is in no git repository.", hint="Name another script.")
    try:
        return _git(script.parent, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").decode().strip()
    except ScriptError:
        raise ScriptError(
            f"{neither} of the repository of {script.name}.", hint="For example HEAD~1, or the path of another script."
        ) from None


def _is_in_repository(folder: Path) -> bool:
    try:
        return bool(_git(folder, "rev-parse", "--is-inside-work-tree").strip() == b"true")
    except ScriptError:
        return False


def _link_unknown(folder: Path, copy: Path) -> None:
    """Let the copy of a folder have what lies in the folder without git's knowledge, but for code."""
    listed = _git(folder, "ls-files", "--others", "--directory", "-z", "--", ".")
    for name in filter(None, listed.decode("utf-8", "surrogateescape").split("\0")):
        inside = Path(name.rstrip("/"))
        if _OWN.intersection(inside.parts) or inside.suffix in (".py", ".pyc") or (copy / inside).exists():
            continue
        (copy / inside).parent.mkdir(parents=True, exist_ok=True)
        (copy / inside).symlink_to(folder / inside)


def _git(folder: Path, *words: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise EnvironmentFault("git is not installed, which revisions need.", hint="Name another script.") from None
    except subprocess.TimeoutExpired:
        raise EnvironmentFault(f"git {words[0]} took longer than {_SECONDS} s.") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ScriptError(f"git {words[0]} failed: {said[-1] if said else done.returncode}.")
    return done.stdout
