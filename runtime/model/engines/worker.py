"""A worker process: loads the script, runs case after case.

It is started as `python -m modelapp.model.engines.worker SOCKET LIFELINE SCRIPT`.

The parent's messages and the answers are pickled. Once the parent is gone, however it went, the socket ends and so does
this process, with all that it started: it is the leader of a process group of its own.
"""

import fcntl
import os
import pickle
import signal
import sys
import threading
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from modelapp.core.errors import ModelAppError, ScriptError
from modelapp.model.engines.going import Going
from modelapp.model.engines.threads import Answer, Case, Fault, meeting, one_line
from modelapp.model.headless import Model


def main() -> None:
    """Serve the parent until it is gone."""
    connection = Connection(int(sys.argv[1]))
    _die_with(int(sys.argv[2]))
    os.dup2(2, 1)  # what the script prints must not get into what the command prints
    try:
        model = Model(sys.argv[3])
    except ModelAppError as error:
        connection.send(ScriptError(error.message, hint=error.hint))
        return
    connection.send("ready")
    messages: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(connection, messages), daemon=True).start()
    while True:
        reply = _reply(model, messages.get())
        try:
            connection.send(reply)
        except OSError:
            _end()


def _die_with(lifeline: int) -> None:
    """Let the kernel kill this process group when the parent's end of a pipe is closed, where it can (Linux).

    A thread that listens comes too late where a call into a library keeps the interpreter to itself for hours.
    """
    if hasattr(fcntl, "F_SETSIG"):
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


def _listen(connection: Connection, messages: "SimpleQueue[bytes]") -> None:
    """Take in messages while the script runs, so that the parent never waits, and its end is noticed at once."""
    try:
        while True:
            messages.put(connection.recv_bytes())
    except (EOFError, OSError):
        _end()


def _end() -> None:
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _reply(model: Model, message: bytes) -> Any:
    position, packed = pickle.loads(message)
    try:
        work: Case | list[Case] = pickle.loads(packed)
    except Exception as error:  # a class that only the parent has, say
        text = one_line(f"The case cannot be read in a worker process: {type(error).__name__}: {error}")
        return Answer(position, fault=Fault(type(error).__name__, text))
    try:
        return work.done(model, Going()) if isinstance(work, Case) else meeting(model, work)
    except ModelAppError as error:  # of an errand: the parent raises it
        return type(error)(error.message, hint=error.hint)
    except KeyboardInterrupt:  # the script's own: Ctrl-C is not sent to workers
        return Answer(position, fault=Fault("KeyboardInterrupt", "The script raised it."))


if __name__ == "__main__":
    main()
