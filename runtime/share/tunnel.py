"""A reverse tunnel: a port of an SSH server leads to a server of this machine, and does so again after every break."""

import random
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelapp.core.errors import ModelAppError
from modelapp.share.destination import Destination

if TYPE_CHECKING:
    import paramiko

_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 30.0
_REACH_SECONDS = 3.0
_PIECE_BYTES = 1 << 17
_ALL_BYTES = 1 << 21
_MOST_CONNECTIONS = 500


@dataclass(frozen=True, slots=True)
class Link:
    """A tunnel that stands.

    Attributes:
        host: The server's name as it was given.
        port: Its port that leads here.
        public: True if the port was reached from here, so that others reach it too.
        url: Public address that a relay announced; None if the server is no relay.
    """

    host: str
    port: int
    public: bool
    url: str | None = None


class Tunnel:
    """Keeps a tunnel up, in threads of its own.

    Args:
        to: The SSH server.
        local_port: Port on this machine's loopback that it leads to, or what returns it for a tunnel that stands.
        remote_port: Port on the server; 0 takes any free one, and keeps it over breaks. A relay gives a name instead.
        app: What tells the app from others of the same user; a relay makes its name from it.
        stands: Called, in the tunnel's thread, when the tunnel stands; after a break again.
        broken: Called, in the tunnel's thread, with what broke it and in how many seconds it is tried again.
        ended: Called, in the tunnel's thread, with what makes trying again useless.
    """

    def __init__(
        self,
        to: Destination,
        local_port: "int | Callable[[Link], int]",
        remote_port: int,
        app: str,
        stands: Callable[[Link], None],
        broken: Callable[[ModelAppError, float], None],
        ended: Callable[[BaseException], None],
    ) -> None:
        self._to = to
        self._leads_to = local_port
        self._local_port = local_port if isinstance(local_port, int) else None
        self._remote_port = remote_port
        self._app = app
        self._instance = secrets.token_hex(8)
        self._stands = stands
        self._broken = broken
        self._ended = ended
        self._stopped = threading.Event()
        self._client: paramiko.SSHClient | None = None
        self._connections = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        self._thread = threading.Thread(target=self._keep_up, name="modelapp-tunnel", daemon=True)

    def start(self) -> None:
        """Begin, and go on until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Take the tunnel down. Connections through it end."""
        self._stopped.set()
        client = self._client
        if client is not None:
            client.close()
        if self._thread.is_alive():
            self._thread.join()

    # ------------------------------------------------------------ in the tunnel's thread

    def _keep_up(self) -> None:
        from modelapp.share.connect import Refused  # paramiko is heavy: it is read in this thread

        wait = _FIRST_WAIT_SECONDS
        once = False
        while not self._stopped.is_set():
            try:
                self._hold()
                problem: ModelAppError = _lost(self._to)
                wait, once = _FIRST_WAIT_SECONDS, True
            except Refused as refused:
                if not once:
                    self._ended(refused)
                    return
                problem = refused  # a server that comes up again may refuse for a while
            except ModelAppError as unreachable:
                problem = unreachable
            except Exception as error:  # ours, or paramiko's: told, not swallowed
                self._ended(error)
                return
            if self._stopped.is_set():
                return
            seconds = wait * random.uniform(0.8, 1.2)
            self._broken(problem, seconds)
            self._stopped.wait(seconds)
            wait = min(wait * 2, _LONGEST_WAIT_SECONDS)

    def _hold(self) -> None:
        """Set the tunnel up, and return when it breaks."""
        from modelapp.share.connect import connected

        client = self._client = connected(self._to)
        try:
            if self._stopped.is_set():
                return
            transport = client.get_transport()
            assert transport is not None
            link = self._link(transport)
            if not isinstance(self._leads_to, int):
                self._local_port = self._leads_to(link)
            self._stands(link)
            transport.join()
        finally:
            client.close()

    def _link(self, transport: "paramiko.Transport") -> Link:
        """Ask for what visitors come to: a name of a relay, or a port of any other server."""
        from modelapp.share.relay.client import is_relay, named

        host = self._to.given
        if is_relay(transport):
            url, port = named(transport, host, self._app, self._instance, self._arrived)
            return Link(host, port, True, url)
        self._remote_port = self._requested(transport)
        return Link(host, self._remote_port, _reaches(self._to.host, self._remote_port))

    def _requested(self, transport: "paramiko.Transport") -> int:
        import paramiko
        from modelapp.share.connect import Refused, Unreachable

        try:
            return transport.request_port_forward("", self._remote_port, self._arrived)
        except paramiko.SSHException as problem:
            if self._remote_port:
                raise Unreachable(
                    f"Port {self._remote_port} of {self._to.given} is in use, or may not be forwarded.",
                    hint="Another program there uses it, or the tunnel before has not ended yet.",
                ) from problem
            raise Refused(
                f"{self._to.given} does not allow port forwarding.",
                hint="Its operator can: AllowTcpForwarding yes (or remote) in sshd_config.",
            ) from problem

    # ------------------------------------------------------------ one connection

    def _arrived(self, channel: "paramiko.Channel", origin: Any, server: Any) -> None:
        """Called in paramiko's thread for each connection to the server's port."""
        port = self._local_port
        if port is None or not self._connections.acquire(blocking=False):
            channel.close()
            return
        threading.Thread(target=self._serve, args=(channel, port), name="modelapp-visitor", daemon=True).start()

    def _serve(self, channel: "paramiko.Channel", port: int) -> None:
        from paramiko import SSHException  # heavy: only who shares needs it

        try:
            with channel, socket.create_connection(("127.0.0.1", port)) as local:
                local.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                back = threading.Thread(target=_pump_back, args=(local, channel), name="modelapp-visitor", daemon=True)
                back.start()
                _pump(channel, local)
                back.join()
        except (OSError, EOFError, SSHException):  # either side left
            pass
        finally:
            self._connections.release()


def _pump(channel: "paramiko.Channel", local: socket.socket) -> None:
    """Carry what arrives to the local server until the other side has no more, or the tunnel is gone."""
    try:
        # All at once: paramiko moves what is left in its buffer at every read.
        while piece := channel.recv(_ALL_BYTES):
            local.sendall(piece)
        # Who will never hear the answer is not waited for.
        local.shutdown(socket.SHUT_RDWR if channel.closed else socket.SHUT_WR)
    except OSError:
        with suppress(OSError):  # it may have ended by itself
            local.shutdown(socket.SHUT_RDWR)


def _pump_back(local: socket.socket, channel: "paramiko.Channel") -> None:
    """Carry what the local server answers back."""
    from paramiko import SSHException  # heavy: only who shares needs it

    try:
        while piece := local.recv(_PIECE_BYTES):
            channel.sendall(piece)
        channel.shutdown_write()
    except (OSError, EOFError, SSHException):  # the visitor left, or the tunnel broke
        pass
    finally:
        if channel.closed or local.fileno() == -1:
            channel.close()


def _reaches(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), _REACH_SECONDS).close()
    except OSError:
        return False
    return True


def _lost(to: Destination) -> ModelAppError:
    from modelapp.share.connect import Unreachable

    return Unreachable(f"The connection to {to.given} is gone.")
