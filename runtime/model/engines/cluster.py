"""The connection of this process to Ray: a cluster of its own, or one that is running. Imported when it is asked for.

A process has one connection, which all engines share; it ends with the last of them. Knows nothing of scripts.
"""

import gc
import logging
import os
import signal
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from modelapp.core.errors import EnvironmentFault

_REACH_SECONDS = 5.0
_TRIES = 3
"""Ray gives a cluster half a minute to come about, which a machine with much to do may not keep."""
_CLIENT_PORT = 10001
_INSTALL = 'pip install "modelapp[ray]"'


@dataclass(slots=True)
class _Connection:
    address: str | None
    users: int
    ours: bool
    """False if the program had connected itself before: then it stays connected."""


_lock = threading.RLock()
_connection: _Connection | None = None


class Cluster:
    """What an engine has of the cluster. Close it at the end.

    Args:
        address: None for a cluster of this machine that lasts as long as somebody uses it, "auto", "HOST:PORT" of a
            cluster of which this machine is a node, or "ray://HOST:PORT" of any other.

    Raises:
        EnvironmentFault: If Ray is not installed, there is no cluster at this address, or it has other versions.
    """

    def __init__(self, address: str | None = None) -> None:
        self.elsewhere = address is not None
        """True if nodes may be other machines."""
        self._open = False
        self.ray = _joined(address)
        self._open = True

    def nodes(self) -> list[dict[str, float]]:
        """Return what each node has in all, by resource."""
        return [node["Resources"] for node in self.ray.nodes() if node["Alive"]]

    def free(self) -> dict[str, float]:
        """Return what of all nodes nobody uses, by resource."""
        found: dict[str, float] = self.ray.available_resources()
        return found

    def close(self) -> None:
        """Give back the connection. A cluster that was started for this process ends with the last user."""
        if self._open:
            self._open = False
            _leave(self.ray)


def _joined(address: str | None) -> Any:
    global _connection
    with _lock:
        ray = _module(here=address is None)
        if _connection is not None and not ray.is_initialized():
            _connection = None  # the program has shut it down
        if _connection is None:
            known = ray.is_initialized()
            if not known:
                _begin(ray, address)
            _connection = _Connection(address, 0, ours=not known)
        elif _connection.ours and address not in (_connection.address, "auto"):
            raise EnvironmentFault(
                f"This process uses the Ray cluster {_connection.address or 'of this machine'} already; "
                "it can have only one at a time."
            )
        _connection.users += 1
        return ray


def _leave(ray: Any) -> None:
    global _connection
    with _lock:
        if _connection is None:
            return
        _connection.users -= 1
        if _connection.users == 0:
            if _connection.ours:
                ray.shutdown()
            _connection = None


def _module(*, here: bool) -> ModuleType:
    # Unless told not to, Ray sends figures about its use to its makers, and listens on all addresses of a machine.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    if here:
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")  # read while Ray is imported, on Linux too
    elif "RAY_AUTH_MODE" not in os.environ and _has_token():
        os.environ["RAY_AUTH_MODE"] = "token"  # a client leaves it out unless it is told, and is then not answered
    try:
        import ray  # an extra, which takes a second to import
    except ImportError as problem:
        raise EnvironmentFault("The engine ray needs Ray, which is not installed.", hint=f"{_INSTALL}.") from problem
    found: ModuleType = ray
    return found


def _has_token() -> bool:
    """Return True if there is a token for clusters, where Ray looks for one."""
    path = os.environ.get("RAY_AUTH_TOKEN_PATH") or Path.home() / ".ray" / "auth_token"
    return bool(os.environ.get("RAY_AUTH_TOKEN")) or Path(path).is_file()


def _begin(ray: Any, address: str | None) -> None:
    # What a script prints on a node is wanted here; what Ray has to say of its tokens and its nodes is not.
    logging.getLogger("ray._private.authentication.authentication_token_setup").setLevel(logging.ERROR)
    options: dict[str, Any] = {"address": address or "local", "logging_level": logging.ERROR, "log_to_driver": True}
    if address is None:
        options |= {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
    else:
        _reach(address)
    for left in reversed(range(_TRIES if address is None else 1)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()  # what Ray has left of a try that failed, which warns when it goes
        before = _children()
        try:
            with _own_signals(), warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Ray Client connection timed out", UserWarning)
                ray.init(**options)
            return
        except Exception as problem:  # Ray has many, of several layers
            for process in _children() - before:  # those of a cluster that did not come about
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            if not left or "timed out" not in str(problem):
                raise _no_cluster(address, problem) from problem


def _kill(processes: set[int]) -> None:
    """Kill processes with all that they have started: what Ray starts of its own outlives its parent else."""
    for process in processes:
        started = _children(process)
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        _kill(started)


def _children(process: int | str = "self") -> set[int]:
    """Return the processes that this one, or another, has started, as far as that can be known."""
    found: set[int] = set()
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):  # a thread that has just ended
            found.update(map(int, task.read_text().split()))
    return found


def _reach(address: str) -> None:
    """Look whether anybody listens at an address: Ray itself tries for half a minute before it says so."""
    if address == "auto":
        return
    host, port = host_and_port(address)
    try:
        socket.create_connection((host, port), _REACH_SECONDS).close()
    except OSError as problem:
        raise EnvironmentFault(
            f"There is no Ray cluster at {address}: {problem.strerror or problem}.",
            hint="Start one with `ray start --head`, or leave out the address for one on this machine alone.",
        ) from problem


def host_and_port(address: str) -> tuple[str, int]:
    """Return the host and port of "ray://HOST:PORT" or "HOST:PORT".

    Raises:
        EnvironmentFault: If it is no such address.
    """
    client = address.startswith("ray://")
    host, colon, port = address.removeprefix("ray://").rstrip("/").rpartition(":")
    if client and not colon:
        host, port = port, str(_CLIENT_PORT)
    if not host or not port.isdecimal() or int(port) > 65535:
        raise EnvironmentFault(
            f"{address!r} is no address of a Ray cluster.", hint=f"For example ray://head.example.org:{_CLIENT_PORT}."
        )
    return host.strip("[]"), int(port)


def _no_cluster(address: str | None, problem: Exception) -> EnvironmentFault:
    text = " ".join(str(problem).split())
    where = "on this machine" if address is None else f"at {address}"
    if "ersion mismatch" in text or "versions" in text:
        return EnvironmentFault(
            f"The Ray cluster {where} has another version of Ray or Python than this process. {text[:400]}",
            hint="Both ends need the same Ray and the same minor version of Python.",
        )
    if "oken" in text or "nauthenticated" in text or "client connection timeout" in text:
        return EnvironmentFault(
            f"The Ray cluster {where} does not answer, or asks for its token. {text[:300]}",
            hint="Set RAY_AUTH_TOKEN, or put the token into ~/.ray/auth_token: `ray get-auth-token` prints it there.",
        )
    what = "cannot be started" if address is None else "cannot be used"
    return EnvironmentFault(f"The Ray cluster {where} {what}: {type(problem).__name__}: {text[:400]}")


@contextmanager
def _own_signals() -> Iterator[None]:
    """Keep this process's own way to end: Ray puts one in its place that exits at once."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python lets no other thread set one, and Ray does not try
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        with suppress(ValueError, TypeError):
            signal.signal(signal.SIGTERM, before)
