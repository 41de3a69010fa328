"""Executing a script once. `execute` is the only place where user code runs."""

import gc
import hashlib
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from modelapp.core.context import RunContext
from modelapp.core.current import running
from modelapp.core.errors import ModelAppError, RerunRequested, Stopped, Superseded, Waiting
from modelapp.core.protocol import Failure, Phase
from modelapp.script.failure import failure_of, syntax_failure
from modelapp.script.interrupt import Interrupter
from modelapp.script.listing import listing
from modelapp.script.modules import LocalModules
from modelapp.script.source import Piece, Version, compile_version, new_definitions, read

MOST_RERUNS = 50
"""So often in a row a script may ask for another run."""
TOO_MANY_RERUNS = f"The script asked for a rerun {MOST_RERUNS} times in a row."


observers: list[Callable[[str, RunContext, "Outcome"], None]] = []
"""Told of each run of this process at its end, with the script's name; in the run's thread, and must not raise."""


@dataclass(slots=True)
class Outcome:
    """How a run ended.

    Attributes:
        phase: "done", "waiting", "failed" or "cancelled".
        seconds: How long the script ran.
        rerun: True if the script asked to be run again.
        error: The exception behind a failure.
    """

    phase: Phase
    seconds: float = 0.0
    waiting_for: tuple[str, ...] = ()
    failure: Failure | None = None
    rerun: bool = False
    error: BaseException | None = None


class Script:
    """A script's file and its current version.

    Args:
        path: The file.

    Raises:
        ScriptError: If there is no such script.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.modules = LocalModules(self.path.parent, self.path)
        read(self.path)
        self._definitions = new_definitions(self.path)
        self.version: Version | None = None
        self.failure: Failure | None = None
        self._digested: tuple[Version, set[Path], str] | None = None
        self.load()

    def load(self) -> bool:
        """Read the file again. Return False, and keep the version before, if it cannot be compiled."""
        try:
            text = read(self.path)
            self.version = compile_version(self.path, text, self._definitions, self.modules.import_version)
        except SyntaxError as problem:
            self.failure = syntax_failure(problem, self.path)
            return False
        except (ModelAppError, ValueError, RecursionError, MemoryError) as problem:
            self.failure = failure_of(problem, self.path)
            return False
        self.failure = None
        return True

    def changed(self) -> bool:
        """Return True if the file is not as it was when the current version was made."""
        try:
            return self.version is not None and read(self.path) != self.version.text
        except ModelAppError:  # it is being written, or gone: the watcher will tell
            return False

    def code_digest(self, version: Version) -> str:
        """Return a digest of a version's text and of the local modules that are imported now."""
        files = self.modules.files()
        if self._digested is None or self._digested[0] is not version or self._digested[1] != files:
            digest = hashlib.sha256(version.digest.encode())
            for file in sorted(files):
                digest.update(f"\0{file.relative_to(self.path.parent)}\0".encode("utf-8", "replace"))
                with suppress(OSError):  # it is being written, or gone
                    digest.update(hashlib.sha256(file.read_bytes()).digest())
            self._digested = (version, files, digest.hexdigest())
        return self._digested[2]

    def again(self) -> "Script":
        """Return the same script for somebody who must not see it reloaded meanwhile."""
        return Script(self.path)

    def reload(self, changed: set[Path]) -> bool:
        """Take in changed files. Return False if the script cannot be compiled now."""
        self.modules.drop(changed)
        return self.load()

    def install(self) -> None:
        """Make the script the process's main program, as `python script.py` would.

        Puts its folder first on the import path, and stands in for `__main__`, so that dataclasses, pickle and type
        hints find what the script defines.
        """
        folder = str(self.path.parent)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        main = ModuleType("__main__")
        main.__file__ = str(self.path)
        sys.modules["__main__"] = main


def execute(
    version: Version,
    run: RunContext,
    interrupter: Interrupter | None = None,
    namespace: dict[str, Any] | None = None,
) -> Outcome:
    """Run a script from the top.

    Args:
        version: The compiled script.
        run: Values in, elements out.
        interrupter: Armed while user code is going on, so that another thread can end it.
        namespace: A dict that becomes the script's globals, for who wants to see what it bound; empty, or with
            `__builtins__` of its own.

    Returns:
        How it ended. No exception of the script's gets out.
    """
    interrupter = interrupter or Interrupter(run)
    process = os.getpid()
    started = time.perf_counter()
    try:
        outcome = _attempt(version, run, interrupter, {} if namespace is None else namespace)
    except Superseded:  # hit between the end of the user's code and `disarm`
        interrupter.disarm()
        outcome = Outcome("cancelled")
    if os.getpid() != process:
        # The script forked and the child came back here: it must not go on as a second server.
        os._exit(0)
    for release in run.finalizers:
        release()
    if version.redefines:
        # Functions and their namespace refer to each other. They are young: this finds them without a full collection,
        # and pictures of past runs do not pile up.
        gc.collect(1)
    outcome.seconds = time.perf_counter() - started
    for observer in observers:
        observer(version.path.stem, run, outcome)
    return outcome


def _attempt(version: Version, run: RunContext, interrupter: Interrupter, namespace: dict[str, Any]) -> Outcome:
    try:
        try:
            run.listing = partial(listing, version)
            with running(run):
                interrupter.arm()
                _run_pieces(version, run, namespace)
        finally:
            interrupter.disarm()
    except Waiting as waiting:
        return Outcome("waiting", waiting_for=waiting.names)
    except Superseded:
        return Outcome("cancelled")
    except RerunRequested:
        return Outcome("done", rerun=True)
    except Stopped:
        return Outcome("done")
    except BaseException as error:  # user code may raise anything, SystemExit and KeyboardInterrupt included
        if isinstance(error, SystemExit) and error.code in (None, 0):
            return Outcome("done")
        return Outcome("failed", failure=failure_of(error, version.path, run.inputs.values()), error=error)
    return Outcome("done")


def include(version: Version, run: RunContext) -> None:
    """Run another script as a part of the run that is going on. Its exceptions are the caller's."""
    with run.named_by(version.variable_at):
        _run_pieces(version, run, {})


def _run_pieces(version: Version, run: RunContext, namespace: dict[str, Any]) -> None:
    namespace.update(version.bound, __name__="__main__", __file__=str(version.path), __doc__=None)
    namespace.setdefault("__builtins__", __builtins__)
    for piece in version.pieces:
        if piece.lasting is None:
            exec(piece.code, namespace)
            if version.unshared:
                _share(version, namespace)
        else:
            namespace[piece.lasting.name] = _lasting(version, piece, run)


def _lasting(version: Version, piece: Piece, run: RunContext) -> Any:
    """Return a lasting definition, executing it if that has not been done for its code."""
    lasting, definitions = piece.lasting, version.definitions
    assert lasting is not None
    kept = definitions.kept.get(lasting.name)
    if kept is not None and kept[0] == lasting.key:
        return kept[1]
    with run.shield(), definitions.lock:
        kept = definitions.kept.get(lasting.name)
        if kept is None or kept[0] != lasting.key:
            exec(piece.code, definitions.namespace)
            kept = (lasting.key, definitions.namespace[lasting.name])
            definitions.kept[lasting.name] = kept
            main = sys.modules.get("__main__")
            if getattr(main, "__file__", None) == str(version.path):
                setattr(main, lasting.name, kept[1])  # where pickle and dataclasses look
    return kept[1]


def _share(version: Version, namespace: dict[str, Any]) -> None:
    """Let the lasting definitions see the imports and constants that the run has made by now."""
    for name in version.unshared.intersection(namespace):
        version.definitions.namespace[name] = namespace[name]
        version.unshared.discard(name)
