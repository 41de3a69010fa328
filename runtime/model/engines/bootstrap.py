"""The actor that a replica begins as, on a node that may not know modelapp yet.

It travels as its code, so that it must need nothing but the standard library: it unpacks what came along, makes it
importable, and hands all calls to the `Replica` that it then can import.
"""

import hashlib
import io
import os
import shutil
import signal
import sys
import tempfile
import time
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any


class Bootstrap:
    """An actor of Ray. Its methods are called in threads of its own, several at the same time.

    Args:
        name: What stands before lines that the script prints.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name

    def begin(self, setting: dict[str, Any], *archives: bytes) -> bytes:
        """Make the replica; return how that went, pickled.

        Args:
            setting: What `ReplicaSetting` says, as plain data.
            archives: Zip files: first the script's folder, then what makes up the rest, then modelapp itself.
        """
        folder = self._unpacked(setting, archives)
        if setting["paths"]:
            sys.path[:] = [*setting["paths"], *(entry for entry in sys.path if entry not in setting["paths"])]
        os.chdir(setting["working_folder"] or folder)
        with suppress(OSError):
            os.dup2(2, 1)  # what the script prints must not get into what a command prints
        import ray  # it is there, since this is an actor

        # Not before here: it may have come with the archives.
        from modelapp.model.engines.replica import Replica

        self._replica = Replica(
            folder / setting["script"], {**setting, "node": ray.get_runtime_context().get_node_id()}
        )
        return self._replica.begun()

    def work(self, number: int, packed: bytes, tells: bool, heard: bool) -> bytes:
        """Do a case; return its answer, pickled."""
        return self._replica.work(number, packed, tells, heard)

    def stop(self, number: int) -> None:
        """End a case."""
        self._replica.stop(number)

    def news(self, number: int, seen: int) -> bytes:
        """Wait for what a case tells after the first `seen` things; return them, pickled."""
        return self._replica.news(number, seen)

    def watch(self) -> str:
        """Wait until something is wrong with this process; return what."""
        return self._replica.watch()

    def _unpacked(self, setting: dict[str, Any], archives: tuple[bytes, ...]) -> Path:
        """Return the script's folder as it was sent, and make modelapp importable if it was sent too."""
        kept = Path(tempfile.gettempdir()) / f"modelapp-nodes-{os.getuid()}"
        kept.mkdir(mode=0o700, exist_ok=True)
        if kept.is_symlink() or kept.stat().st_uid != os.getuid():
            kept = Path(tempfile.mkdtemp(prefix="modelapp-nodes-"))
        own = setting["archives_of_script"]
        self._forget_old(kept)
        if len(archives) > own:
            sys.path.insert(0, str(self._in_folder(kept, archives[own:], None)))
        return self._in_folder(kept, archives[:own], setting["beside"])

    def _in_folder(self, kept: Path, archives: tuple[bytes, ...], beside: str | None) -> Path:
        """Unpack archives into a folder that is named by their content, once for each node.

        Args:
            beside: A folder of this machine whose other entries are to stand there too, as links.
        """
        digest = hashlib.sha256(repr(beside).encode())
        for archive in archives:
            digest.update(hashlib.sha256(archive).digest())
        target = kept / digest.hexdigest()[:32]
        with suppress(OSError):
            os.utime(target)
        if target.is_dir():
            return target
        made = Path(tempfile.mkdtemp(dir=kept, prefix="new-"))
        for archive in archives:
            with zipfile.ZipFile(io.BytesIO(archive)) as packed:
                packed.extractall(made)
        if beside is not None:
            self._link(Path(beside), made)
        try:
            made.rename(target)
        except OSError:  # another replica was first
            shutil.rmtree(made, ignore_errors=True)
        return target

    def _link(self, folder: Path, made: Path) -> None:
        for entry in folder.iterdir():
            link = made / entry.name
            if entry.name.startswith(".") or entry.name == "__pycache__" or entry.suffix == ".py":
                continue
            if link.is_dir() and not link.is_symlink():
                self._link(entry, link)
            elif not link.exists():
                link.symlink_to(entry)

    def _forget_old(self, kept: Path) -> None:
        """Remove what no replica has begun with for a week."""
        with suppress(OSError):
            for entry in kept.iterdir():
                if time.time() - entry.stat().st_mtime > 7 * 86400:
                    shutil.rmtree(entry, ignore_errors=True)


def end_process(process: int) -> None:
    """Kill a replica's process on this node: Ray asks it to end, which it cannot while a library holds the lock."""
    with suppress(OSError):
        if Path(f"/proc/{process}/cmdline").read_bytes().startswith(b"ray::"):  # and no other that has its number now
            os.kill(process, signal.SIGKILL)
