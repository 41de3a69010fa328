"""A real relay in a process of its own, for tests."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from waits import found_in

PATIENCE_SECONDS = 90


class RelayProcess:
    """`modelapp relay` on loopback.

    Args:
        folder: Its own folder, and its log's.
        options: Further options.
        own_ssh_port: If True it has a further port for those who share.
        inside: What comes before the command, to have it run in a network of its own.
    """

    def __init__(self, folder: Path, *options: str, own_ssh_port: bool = False, inside: Sequence[str] = ()) -> None:
        self.inside = inside
        self.own_ssh_port = own_ssh_port or "--behind-proxy" in options
        self.folder = folder
        self.options = options
        self.port = self.ssh_port = 0
        self.log = folder.with_suffix(".log")
        self.start()

    def start(self) -> None:
        """Start it, on the ports that it had before."""
        command = [
            *self.inside,
            sys.executable,
            "-m",
            "modelapp",
            "relay",
            "--host",
            "127.0.0.1",
            "--folder",
            str(self.folder),
        ]
        command += ["--port", str(self.port), *self.options]
        if self.own_ssh_port:
            command += ["--ssh-port", str(self.ssh_port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
            )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if match := re.search(r"\(port (\d+)\).* port (\d+)", line):
                self.port, self.ssh_port = int(match[1]), int(match[2])
            if match := re.search(r"--share-key (SHA256:\S+)", line):
                self.fingerprint = match[1]
                return
        raise AssertionError(self.log.read_text())

    def rest(self) -> str:
        """End it; return what else it said at its start."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.stdout is not None
        return self.process.stdout.read()

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def stop(self) -> int:
        """End it as Ctrl-C would; return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        status = self.process.wait(PATIENCE_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status

    @property
    def share(self) -> tuple[str, ...]:
        """Options of `modelapp run` that share through it, so that it can read what passes."""
        return (*self.share_sealed, "--share-plain")

    @property
    def share_sealed(self) -> tuple[str, ...]:
        """Options of `modelapp run` that share through it, encrypted from end to end."""
        return ("--share", f"127.0.0.1:{self.ssh_port}", "--share-key", self.fingerprint)

    def events(self, **fields: Any) -> list[dict[str, Any]]:
        """Return the lines of its log that have these fields; every line must be JSON."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in lines if all(line.get(name) == value for name, value in fields.items())]

    def tells(self, times: int = 1, **fields: Any) -> list[dict[str, Any]]:
        """Wait for lines of its log."""

        def look() -> list[dict[str, Any]]:
            found = self.events(**fields)
            return found if len(found) >= times else []

        return found_in(self.log, look)

    @property
    def threads(self) -> int:
        """How many threads it has."""
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))

    @property
    def files(self) -> int:
        """How many open files and sockets it has."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))


# The command, with limits that it has no options for.
LIMITED = """
import json, sys
from modelapp.cli.relay import relay
from modelapp.share.relay.limits import Limits
relay(sys.argv[2:], obj=Limits(**json.loads(sys.argv[1])))
"""


class LimitedRelay:
    """A relay with limits for which the command has no options."""

    def __init__(self, folder, **limits):
        command = [sys.executable, "-u", "-c", LIMITED, json.dumps(limits)]
        command += ["--host", "127.0.0.1", "--port", "0", "--folder", str(folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self._process.stdout:
            if match := re.search(r"--share \S+:(\d+) --share-key (\S+)", line):
                self.port = self.ssh_port = int(match[1])
                self.fingerprint = match[2]
                return
        raise AssertionError("the relay did not start")

    def stop(self):
        self._process.terminate()
        self._process.wait(PATIENCE_SECONDS)
        self._process.stdout.close()
