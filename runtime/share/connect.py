"""A connection to an SSH server, step by step; each step that fails says what failed, why, and what to do."""

import base64
import contextlib
import hashlib
import socket
from typing import Any

import paramiko
from modelapp.core.errors import EnvironmentFault
from modelapp.share.destination import Destination
from modelapp.share.keys import made_key
from modelapp.share.relay.words import CIPHERS, PACKET_BYTES, WINDOW_BYTES

CONNECT_SECONDS = 10.0
KEEPALIVE_SECONDS = 15


class Refused(EnvironmentFault):
    """The server was reached, and will not have us: trying again without a change is of no use."""


class Unreachable(EnvironmentFault):
    """The server could not be reached: trying again may help."""


def connected(to: Destination) -> paramiko.SSHClient:
    """Return a logged-in connection to a server whose key is known.

    Raises:
        Unreachable: If the server does not answer.
        Refused: If its key is not known or not the known one, or it accepts none of our keys.
    """
    client = paramiko.SSHClient()
    for path in () if to.fingerprint else to.known_hosts:
        with contextlib.suppress(OSError):
            client.load_host_keys(str(path)) if path.exists() else None
    client.set_missing_host_key_policy(_Unknown(to))
    keys = _keys(to)
    sock = _sock(to)
    try:
        client.connect(
            to.known_as,
            to.port,
            to.user,
            key_filename=keys or None,  # type: ignore[arg-type]  # it takes a list too
            sock=sock,
            timeout=CONNECT_SECONDS,
            banner_timeout=CONNECT_SECONDS,
            auth_timeout=CONNECT_SECONDS,
            look_for_keys=not keys,
            transport_factory=_transport,
        )
    except BaseException as problem:
        client.close()
        sock.close()
        raise _told(to, problem) from problem
    transport = client.get_transport()
    assert transport is not None
    transport.set_keepalive(KEEPALIVE_SECONDS)
    return client


def _transport(sock: Any, **options: Any) -> paramiko.Transport:
    """Return a connection that prefers what is fast in Python, and takes the large packets of a relay."""
    transport = paramiko.Transport(
        sock, default_window_size=WINDOW_BYTES, default_max_packet_size=PACKET_BYTES, **options
    )
    security = transport.get_security_options()
    security.ciphers = (*CIPHERS, *(name for name in security.ciphers if name not in CIPHERS))
    return transport


def _keys(to: Destination) -> list[str]:
    """Return the files of the keys to try; none if the usual ones and the agent's will do."""
    if to.keys or to.own_key is None:
        return list(to.keys)
    usual = to.own_key.parent.parent / ".ssh"
    if any((usual / f"id_{kind}").exists() for kind in ("ed25519", "ecdsa", "rsa")) or paramiko.Agent().get_keys():
        return []
    return [str(made_key(to.own_key))]


class _Unknown(paramiko.MissingHostKeyPolicy):
    """Refuses a server whose key nobody has confirmed, and says how to."""

    def __init__(self, to: Destination) -> None:
        self._to = to

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        expected = self._to.fingerprint
        if expected is not None:
            if fingerprint(key) == expected:
                return
            raise Refused(
                f"{self._to.given} shows another key ({fingerprint(key)}) than the one you named: somebody may be in "
                "between.",
                hint="Compare it with what its operator says.",
            )
        raise Refused(
            f"{self._to.given} is not known: its {key.get_name()} key is {fingerprint(key)}.",
            hint=f"Connect once with “ssh {_as_given(self._to)}”, compare the key with what its operator says, and "
            "start again; or name the key of a relay: --share-key SHA256:…",
        )


def kept_alive(sock: socket.socket) -> None:
    """Have the system notice within half a minute that the other side is gone: asleep, or in another network."""
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", KEEPALIVE_SECONDS),
        ("TCP_KEEPINTVL", 5),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", 30_000),
    ):
        if hasattr(socket, name):  # not every system has each
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def fingerprint(key: paramiko.PKey) -> str:
    """Return a key's fingerprint as `ssh` shows it."""
    digest = hashlib.sha256(key.asbytes()).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def _sock(to: Destination) -> Any:
    """Return what to talk over: a connection, a command, or a channel of the server before."""
    if to.proxy_command:
        return paramiko.ProxyCommand(to.proxy_command)
    if to.jump is not None:
        before = connected(to.jump)
        transport = before.get_transport()
        assert transport is not None
        try:
            channel = transport.open_channel("direct-tcpip", (to.host, to.port), ("127.0.0.1", 0))
        except paramiko.SSHException as problem:
            before.close()
            raise Unreachable(
                f"{to.jump.given} cannot reach {to.host}:{to.port}: {problem}.",
                hint="Look at ProxyJump in ~/.ssh/config.",
            ) from problem
        channel.keep = before  # type: ignore[attr-defined]  # lives as long as the channel
        return channel
    try:
        if to.web is not None:
            from modelapp.share.websocket import websocket  # it needs this module

            return websocket(to)
        sock = socket.create_connection((to.host, to.port), CONNECT_SECONDS)
    except OSError as problem:
        raise _told(to, problem) from problem
    kept_alive(sock)
    return sock


def _told(to: Destination, problem: BaseException) -> BaseException:
    """Return what went wrong as one of ours, with what to do."""
    place = f"{to.host}:{to.port}"
    if isinstance(problem, (Refused, Unreachable)) or not isinstance(problem, Exception):
        return problem
    if isinstance(problem, socket.gaierror):
        return Unreachable(
            f"The name {to.host!r} is not known to the network.", hint="Check its spelling, and that you are online."
        )
    if isinstance(problem, paramiko.BadHostKeyException):
        return Refused(
            f"{to.given} shows another key ({fingerprint(problem.key)}) than the one that is known: somebody may be in "
            "between.",
            hint=f"Only if you know why it changed: “ssh-keygen -R {to.known_as}”, and connect once with ssh.",
        )
    if isinstance(problem, paramiko.PasswordRequiredException):
        return Refused(
            "The private key has a passphrase, and no agent holds it.", hint="Add it to your agent: ssh-add."
        )
    if isinstance(problem, paramiko.AuthenticationException):
        return Refused(
            f"{to.given} accepts none of your keys for {to.user or 'this user name'}.",
            hint="Put your public key into authorized_keys there, or name the right one in ~/.ssh/config.",
        )
    if isinstance(problem, ConnectionRefusedError):
        return Unreachable(f"{place} refuses the connection.", hint="Check the port, and that its SSH server runs.")
    if isinstance(problem, TimeoutError):
        return Unreachable(
            f"{place} does not answer.",
            hint="Check your network. Where only HTTPS gets out: --share https://HOST leads to a relay.",
        )
    if isinstance(problem, (paramiko.SSHException, EOFError)):
        return Unreachable(
            f"{place} does not speak SSH with us: {problem}.",
            hint="Check host and port. Where a firewall lets no SSH pass: --share https://HOST leads to a relay.",
        )
    if isinstance(problem, OSError):
        return Unreachable(f"{place} cannot be reached: {problem.strerror or problem}.", hint="Check your network.")
    return problem


def _as_given(to: Destination) -> str:
    return (f"{to.user}@" if to.user else "") + to.given + (f" -p {to.port}" if to.port != 22 else "")
