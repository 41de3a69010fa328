"""A relay: gives hosts that cannot be reached from outside an address, to which they connect by SSH."""

import asyncio
import os
import socket
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from modelapp.core.errors import EnvironmentFault
from modelapp.share.connect import fingerprint
from modelapp.share.relay import paramiko_inside
from modelapp.share.relay.certificate import server_context
from modelapp.share.relay.front import Front, FrontServer, sweeping
from modelapp.share.relay.limits import Limits
from modelapp.share.relay.log import Log
from modelapp.share.relay.names import Names, allowed_keys
from modelapp.share.relay.place import Place
from modelapp.share.relay.port import SharedPort
from modelapp.share.relay.ssh import Relaying, SshServer
from tornado import netutil

_SWEEP_SECONDS = 5.0


@dataclass(frozen=True)
class RelaySettings:
    """How a relay is set up.

    Attributes:
        folder: Its own folder.
        host: Address to listen on; "" for all.
        port: Port for visitors, and for clients too; 0 takes a free one.
        ssh_port: A further port for clients alone; 0 takes a free one, None none.
        place: How visitors reach it; its port is filled in.
        certificate: File of the certificate, with those that lead to its root, or None for plain HTTP.
        certificate_key: File of its private key, or None if it is in the certificate's file.
        allow_keys: An `authorized_keys` file of the clients that may connect, or None for all.
        limits: How much it serves.
    """

    folder: Path
    host: str
    port: int
    ssh_port: int | None
    place: Place
    certificate: Path | None = None
    certificate_key: Path | None = None
    allow_keys: Path | None = None
    limits: Limits = field(default_factory=Limits)


class Relay:
    """A relay in the running event loop. It takes its ports at once.

    Args:
        settings: How it is set up.

    Raises:
        EnvironmentFault: If its folder, its ports, its certificate or the installed paramiko cannot be used.
    """

    def __init__(self, settings: RelaySettings) -> None:
        paramiko_inside.check()
        loop = asyncio.get_running_loop()
        names = Names(settings.folder, settings.limits.names)
        allowed = allowed_keys(settings.allow_keys) if settings.allow_keys else None
        certificate = (
            server_context(settings.certificate, settings.certificate_key, settings.place.domain)
            if settings.certificate
            else None
        )
        sockets = _bound(settings.host, settings.port, "--port")
        own = [] if settings.ssh_port is None else _bound(settings.host, settings.ssh_port, "--ssh-port")
        self.port: int = sockets[0].getsockname()[1]
        self.ssh_port: int = own[0].getsockname()[1] if own else self.port
        self.fingerprint = fingerprint(names.host_key)
        place = replace(settings.place, port=self.port)
        log = Log()
        log.take_faults()
        self._relaying = Relaying(names, settings.limits, log, loop, place.address, allowed)
        self._ssh = SshServer(self._relaying)
        self._front = Front(self._relaying, place, self._ssh.take)
        self._http = FrontServer(self._front)
        self._shared = SharedPort(sockets, self._http, certificate, self._ssh.take, settings.limits)
        self._own = own
        self._stop_taking = [netutil.add_accept_handler(one, self._ssh.take) for one in own]
        self._sweeping = loop.create_task(sweeping(self._front, min(_SWEEP_SECONDS, settings.limits.stall_seconds / 4)))

    async def stop(self) -> None:
        """End all connections, and give back ports and threads."""
        for stop in self._stop_taking:
            stop()
        for one in self._own:
            one.close()
        self._shared.stop()
        self._sweeping.cancel()
        self._ssh.close()
        for exchange in list(self._front.exchanges):
            exchange.abort()
        for carried in list(self._front.carried):
            carried.abort()
        with suppress(OSError):
            await self._http.close_all_connections()


def _bound(host: str, port: int, option: str) -> list[socket.socket]:
    try:
        return netutil.bind_sockets(port, host or None)
    except OSError as problem:
        raise EnvironmentFault(
            f"Port {port} cannot be used: {os.strerror(problem.errno) if problem.errno else problem}.",
            hint=f"Stop what uses it, or pass another one with {option}.",
        ) from None
