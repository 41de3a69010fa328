"""The relay's SSH side: lets clients in by their key, and gives each what is its own and nothing else."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import paramiko
from modelapp.share.connect import fingerprint, kept_alive
from modelapp.share.relay.limits import Counts, Limits, one_holder
from modelapp.share.relay.log import Log
from modelapp.share.relay.names import Names
from modelapp.share.relay.transport import ClientSocket, ClientTransport
from modelapp.share.relay.tunnel import Tunnel
from modelapp.share.relay.words import (
    BANNER,
    CIPHERS,
    FORWARD_PORT,
    NAME_REQUEST,
    Answer,
)
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

_LONGEST_TEXT = 255
_MOST_REFUSALS = 20
_LEAST_RSA_BITS = 2048
# Together 256 MB, of which one tunnel may take an eighth; the others get along with narrow windows.
_WIDE_WINDOWS = 128
_WIDE_WINDOWS_PER_TUNNEL = 16


class Tunnels:
    """All tunnels, by name. Used from several threads."""

    def __init__(self) -> None:
        self._tunnels: dict[str, Tunnel] = {}
        self.lock = threading.Lock()

    def get(self, name: str) -> Tunnel | None:
        """Return the tunnel of a name, if there is one just now."""
        return self._tunnels.get(name)

    def put(self, tunnel: Tunnel) -> None:
        """Have a name lead to a tunnel."""
        with self.lock:
            self._tunnels[tunnel.name] = tunnel

    def drop(self, tunnel: Tunnel) -> None:
        """Have a name lead nowhere, unless it leads to another tunnel by now."""
        with self.lock:
            if self._tunnels.get(tunnel.name) is tunnel:
                del self._tunnels[tunnel.name]
        tunnel.close()

    def all(self) -> list[Tunnel]:
        """Return all tunnels."""
        with self.lock:
            return list(self._tunnels.values())


@dataclass
class Relaying:
    """What all clients share."""

    names: Names
    limits: Limits
    log: Log
    loop: asyncio.AbstractEventLoop
    address_of: Callable[[str, str], str]
    allowed: frozenset[bytes] | None = None
    tunnels: Tunnels = field(default_factory=Tunnels)

    def __post_init__(self) -> None:
        limits = self.limits
        self.tunnel_counts = Counts(limits.tunnels, limits.tunnels_per_key)
        self.logins = Counts(limits.logins, limits.logins_per_address)
        self.wide = Counts(_WIDE_WINDOWS, _WIDE_WINDOWS_PER_TUNNEL)
        self.clients: set[Client] = set()


class Client(paramiko.ServerInterface):
    """One SSH connection to the relay. Its methods are called in its own thread.

    Args:
        sock: The connection.
        address: The other side's address.
        relaying: What all clients share.
    """

    def __init__(self, sock: socket.socket, address: str, relaying: Relaying) -> None:
        self.address = address
        self._holder = one_holder(address)
        self._relaying = relaying
        self._key: paramiko.PKey | None = None
        self.fingerprint = ""
        self._asked: dict[str, str] = {}
        self._tunnels: dict[str, Tunnel] = {}
        self._refusals = 0
        self._is_login = True
        self._lock = threading.Lock()
        kept_alive(sock)
        self.sock = ClientSocket(sock, relaying.limits.bytes_per_second)
        self.transport = ClientTransport(self.sock, self._has_ended)
        self.transport.local_version = BANNER
        self.transport.get_security_options().ciphers = CIPHERS
        self.transport.add_server_key(relaying.names.host_key)

    def start(self) -> None:
        """Let it begin, in a thread of its own."""
        self._relaying.clients.add(self)
        try:
            self.transport.start_server(event=threading.Event(), server=self)
        except BaseException:
            self._relaying.clients.discard(self)
            raise
        self._relaying.loop.call_later(self._relaying.limits.login_seconds, self._in_time)

    def close(self) -> None:
        """End the connection; waits for nothing."""
        self.sock.close()  # its thread ends by that; `Transport.close` would wait for the thread, which may be this one

    def _in_time(self) -> None:
        if self._is_login and self.transport.is_alive():
            self._refused("slow login")
            self.close()

    def _has_ended(self, fault: str) -> None:
        """Give everything back; called at the end of the connection's thread."""
        relaying = self._relaying
        self.sock.close()
        if fault:
            relaying.log.write("fault", fault, address=self.address, key=self.fingerprint)
        if self.sock.oversize:
            self._refused("oversize packet")
        with self._lock:
            tunnels, self._tunnels = list(self._tunnels.values()), {}
        for tunnel in tunnels:
            relaying.tunnels.drop(tunnel)
            relaying.tunnel_counts.give_back(self.fingerprint)
            seconds = round(time.monotonic() - tunnel.since, 1)
            relaying.log.write(
                "down",
                address=self.address,
                key=self.fingerprint,
                name=tunnel.name,
                seconds=seconds,
                connections=tunnel.served,
                bytes_in=tunnel.bytes_in,
                bytes_out=tunnel.bytes_out,
            )
        self._logged_in()
        relaying.clients.discard(self)

    def _logged_in(self) -> None:
        with self._lock:
            was_login, self._is_login = self._is_login, False
        if was_login:
            self._relaying.logins.give_back(self._holder)

    def _refused(self, what: str) -> None:
        self._relaying.log.write("refused", what, address=self.address, key=self.fingerprint)
        self._refusals += 1
        if self._refusals >= _MOST_REFUSALS:
            self.close()

    # ------------------------------------------------------------ who it is

    def get_allowed_auths(self, username: str) -> str:
        """Allow keys only."""
        return "publickey"

    def check_auth_none(self, username: str) -> int:
        """Refuse; every client asks so first, which is not worth a line."""
        return AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        """Take every key that is strong enough, or only those that the operator allows."""
        allowed = self._relaying.allowed
        if allowed is not None and key.asbytes() not in allowed:
            self._refused("key")
            return AUTH_FAILED
        if isinstance(key, paramiko.RSAKey) and key.get_bits() < _LEAST_RSA_BITS:
            self._refused("weak key")
            return AUTH_FAILED
        # paramiko asks before it checks the signature, too; the last key that it asks for is the one that was proved.
        self._key, self.fingerprint = key, fingerprint(key)
        return AUTH_SUCCESSFUL

    # ------------------------------------------------------------ what it may

    def check_global_request(self, kind: str, msg: paramiko.Message) -> Any:
        """Give a client the name of its app."""
        if kind != NAME_REQUEST:
            if "keepalive" not in kind:
                self._refused("request")
            return False
        app, known_as, instance = (msg.get_text() for _ in range(3))
        if not app or max(map(len, (app, known_as, instance))) > _LONGEST_TEXT or self._key is None:
            self._refused("name")
            return False
        name = self._relaying.names.name(self._key, app)
        before = self._relaying.tunnels.get(name)
        answer: Answer = "given"
        if before is not None and before.instance != instance:
            answer = "taken"
        elif name not in self._asked and len(self._asked) >= self._relaying.limits.tunnels_per_key:
            answer = "full"
        if answer != "given":
            self._refused(f"name {answer}")
            return (answer, "", "")
        self._asked[name] = instance
        return (answer, name, self._relaying.address_of(name, known_as))

    def check_port_forward_request(self, address: str, port: int) -> Any:
        """Let a client serve a name that it was given."""
        relaying = self._relaying
        instance = self._asked.get(address)
        if instance is None or port != FORWARD_PORT or address in self._tunnels:
            self._refused("forward")
            return False
        before = relaying.tunnels.get(address)
        if before is not None and before.instance != instance:
            self._refused("name taken")
            return False
        if not relaying.tunnel_counts.take(self.fingerprint):
            self._refused("too many tunnels")
            return False
        tunnel = Tunnel(
            address,
            instance,
            self.transport,
            relaying.loop,
            relaying.limits.connections_per_tunnel,
            self._flooded,
            relaying.wide,
        )
        with self._lock:
            self._tunnels[address] = tunnel
        relaying.names.remember(address)
        relaying.tunnels.put(tunnel)
        if before is not None:  # of the same process, which has lost it, if the relay has not noticed yet
            before.close()
        self._logged_in()
        relaying.log.write("up", address=self.address, key=self.fingerprint, name=address)
        return port

    def cancel_port_forward_request(self, address: str, port: int) -> None:
        """End one tunnel of several; with the last one the connection, which is good for nothing else."""
        with self._lock:
            tunnel = self._tunnels.pop(address, None)
            is_over = not self._tunnels
        if tunnel is not None:
            self._relaying.tunnels.drop(tunnel)
            self._relaying.tunnel_counts.give_back(self.fingerprint)
        if is_over:
            self.close()

    def check_channel_request(self, kind: str, chanid: int) -> int:
        """Refuse: there is nothing to log in to."""
        self._refused("session" if kind == "session" else "channel")
        return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_direct_tcpip_request(self, chanid: int, origin: Any, destination: Any) -> int:
        """Refuse: the relay opens connections to nobody."""
        self._refused("direct-tcpip")
        return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def _flooded(self) -> None:
        self._refused("flood")
        self.close()


class SshServer:
    """Takes connections of clients.

    Args:
        relaying: What all clients share.
    """

    def __init__(self, relaying: Relaying) -> None:
        self._relaying = relaying

    def take(self, connection: socket.socket, address: Any) -> None:
        """Begin to talk to a client; called in the loop."""
        host = str(address[0])
        holder = one_holder(host)
        if not self._relaying.logins.take(holder):
            self._relaying.log.write("refused", "too many logins", address=host)
            connection.close()
            return
        connection.setblocking(True)
        try:
            Client(connection, host, self._relaying).start()
        except (OSError, RuntimeError, paramiko.SSHException):  # it has left already, or there are too many threads
            self._relaying.logins.give_back(holder)
            connection.close()

    def close(self) -> None:
        """End all connections."""
        for client in list(self._relaying.clients):
            client.close()
