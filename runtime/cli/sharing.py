"""What `modelapp run --share` says of its tunnel on the terminal."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
from modelapp.core.errors import ModelAppError
from modelapp.share.destination import Destination
from modelapp.share.tunnel import Link, Tunnel

if TYPE_CHECKING:
    from modelapp.server.hosting import Hosting


class Sharing:
    """A tunnel to a local port that tells on the terminal how it is. It begins at once.

    Args:
        to: The SSH server.
        local_port: The port that is shared.
        remote_port: Port of the SSH server; 0 takes a free one.
        app: What tells the app from others of the same user.
        answer_to: Called with the public name that a relay announced, before the address is told.
        watch_query: What follows the address in the link of those who watch, or None.
        reached: Called with the public address when there is one.
        sealed: Port at which the page is encrypted from end to end, and the key to it; None for never.
    """

    def __init__(
        self,
        to: Destination,
        local_port: int,
        remote_port: int,
        app: str,
        answer_to: Callable[[str], None],
        watch_query: str | None = None,
        reached: Callable[[str], None] = lambda url: None,
        sealed: tuple[int, str] | None = None,
    ) -> None:
        self._answer_to = answer_to
        self._reached = reached
        self._local_port = local_port
        self._sealed = sealed
        self._watch_query = watch_query
        self._tunnel = Tunnel(to, self._leads_to, remote_port, app, self._stands, self._broken, self._ended)
        self._told: Link | None = None
        self._is_broken = False
        self._tunnel.start()

    def stop(self) -> None:
        """Take the tunnel down."""
        self._tunnel.stop()

    def _leads_to(self, link: Link) -> int:
        return self._sealed[0] if self._sealed and _can_seal(link) else self._local_port

    def _stands(self, link: Link) -> None:
        if link.url is not None:
            self._answer_to(urlsplit(link.url).hostname or "")
        url = link.url or f"http://{link.host}:{link.port}/"
        if self._sealed and _can_seal(link):
            url = f"{url}#{self._sealed[1]}"
        elif self._sealed and link.url:
            click.echo("The relay has no certificate: what passes it is not encrypted.", err=True)
        if link.public:
            self._reached(url)
        if link == self._told:
            click.echo(f"  public     {url} is back\n")
        elif link.public:
            click.echo(f"  public     {url}\n")
            if self._watch_query:
                click.echo(f"  watch      {url}{self._watch_query}\n")
        else:
            click.echo(
                f"  public     port {link.port} of {link.host}, which others cannot reach yet: put a web server\n"
                "             before it, or set GatewayPorts clientspecified in its sshd_config, or open its firewall\n"
            )
        self._told, self._is_broken = link, False

    def _broken(self, problem: ModelAppError, seconds: float) -> None:
        if not self._is_broken:  # told once a break, not once a try
            hint = f" {problem.hint}" if problem.hint else ""
            click.echo(f"The public link is down: {problem.message}{hint} It comes back by itself.", err=True)
        self._is_broken = True

    def _ended(self, problem: BaseException) -> None:
        click.echo(f"There is no public link: {problem}", err=True)


def shared(
    server: "Hosting",
    to: Destination,
    remote_port: int = 0,
    *,
    plain: bool = False,
    reached: Callable[[str], None] = lambda url: None,
) -> Sharing:
    """Begin to share a server that has started.

    Args:
        server: The server.
        to: The SSH server, or the relay.
        remote_port: Its port; 0 takes a free one.
        plain: If True a relay can read what passes.
        reached: Called, in any thread, with the public address when there is one.
    """

    def tell(url: str) -> None:
        server.announced.reached(url)
        reached(url)

    sealed = None if plain else server.seal()
    return Sharing(to, server.port, remote_port, server.name, server.gate.answer_to, server.watch_query, tell, sealed)


def _can_seal(link: Link) -> bool:
    """Return True if browsers let a page at this address encrypt: they do where nobody can have changed the page."""
    if link.url is None:
        return False
    parts = urlsplit(link.url)
    host = parts.hostname or ""
    return parts.scheme == "https" or host in ("127.0.0.1", "::1") or f".{host}".endswith(".localhost")
