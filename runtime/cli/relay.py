"""`modelapp relay`: an address for pages of machines that cannot be reached from outside."""

import asyncio
import logging
import re
import signal
import socket
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
from modelapp.core.errors import InvalidValue

if TYPE_CHECKING:
    from modelapp.share.relay.limits import Limits
    from modelapp.share.relay.server import Relay, RelaySettings

_SSH_PORT = 2222
_DOMAIN = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")
_LONGEST_DOMAIN = 253 - 27  # a name and a dot come before it
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--host", default="", help="Address to listen on.  [default: all]")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="Port for all.")
@click.option(
    "--ssh-port",
    type=click.IntRange(0, 65535),
    help=f"A further port for those who share.  [default: none; {_SSH_PORT} behind a proxy]",
)
@click.option("--tls-cert", type=_FILE, help="Certificate, with its chain, as PEM: visitors use HTTPS.")
@click.option("--tls-key", type=_FILE, help="The certificate's private key.")
@click.option(
    "--public-url",
    metavar="URL",
    help="Address of the relay for visitors, as https://relay.example.org; it answers to no other name then.",
)
@click.option(
    "--domain", metavar="NAME", help="Serve each page at a subdomain of NAME, an origin of its own, instead of a path."
)
@click.option("--behind-proxy", is_flag=True, help="Believe X-Forwarded-For and X-Forwarded-Host of a proxy in front.")
@click.option("--allow-keys", type=_FILE, help="An authorized_keys file of those who may share.  [default: everybody]")
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Where it keeps its keys.  [default: ~/.modelapp/relay]"
)
@click.option(
    "--status-key", metavar="KEY", envvar="MODELAPP_STATUS_KEY", show_envvar=True, help="Key to the page /status."
)
@click.option("--max-tunnels", type=click.IntRange(1), default=500, show_default=True, help="Tunnels in all.")
@click.option("--max-tunnels-per-key", type=click.IntRange(1), default=10, show_default=True, help="Of one client.")
@click.option(
    "--max-connections", type=click.IntRange(1), default=200, show_default=True, help="At a time, through one tunnel."
)
@click.option(
    "--max-rate", type=click.FloatRange(0), default=0, help="Megabytes a second of one client.  [default: no limit]"
)
@click.option("--stall-seconds", type=click.FloatRange(1), default=60, hidden=True)
@click.option("--header-seconds", type=click.FloatRange(1), default=60, hidden=True)
@click.option("--login-seconds", type=click.FloatRange(1), default=20, hidden=True)
@click.pass_obj
def relay(
    limits: "Limits | None",
    host: str,
    port: int,
    ssh_port: int | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    public_url: str | None,
    domain: str | None,
    behind_proxy: bool,
    allow_keys: Path | None,
    folder: Path | None,
    status_key: str | None,
    max_tunnels: int,
    max_tunnels_per_key: int,
    max_connections: int,
    max_rate: float,
    stall_seconds: float,
    header_seconds: float,
    login_seconds: float,
) -> None:
    """Give pages of other machines a public address: `modelapp run demo.py --share` connects to it.

    \b
    Example:
        modelapp relay --port 443 --tls-cert cert.pem --tls-key key.pem
    """
    from modelapp.share.relay.limits import Limits
    from modelapp.share.relay.place import Place
    from modelapp.share.relay.server import RelaySettings  # reads paramiko and Tornado, which the others do without

    logging.basicConfig(level=logging.CRITICAL)  # what is worth telling is told in lines of its own
    subdomains_of = _domain(domain)
    public = _public(public_url, subdomains_of, behind_proxy)
    secure = public.startswith("https:") if public else tls_cert is not None
    limits = replace(
        limits or Limits(),  # who calls the command from Python may pass what it has no options for
        tunnels=max_tunnels,
        tunnels_per_key=max_tunnels_per_key,
        connections_per_tunnel=max_connections,
        bytes_per_second=int(max_rate * 1e6),
        stall_seconds=stall_seconds,
        header_seconds=header_seconds,
        login_seconds=login_seconds,
    )
    settings = RelaySettings(
        folder or Path.home() / ".modelapp" / "relay",
        host,
        port,
        _SSH_PORT if ssh_port is None and behind_proxy else ssh_port,
        Place(secure, port, public, behind_proxy, status_key or "", subdomains_of),
        tls_cert,
        tls_key,
        allow_keys,
        limits,
    )
    asyncio.run(_serve(settings))


def _domain(name: str | None) -> str:
    if name is None:
        return ""
    if not _DOMAIN.fullmatch(name) or len(name) > _LONGEST_DOMAIN:
        raise InvalidValue(f"{name!r} is no domain.", hint="For example --domain relay.example.org, without https://.")
    return name.lower()


def _public(url: str | None, domain: str, behind_proxy: bool) -> str:
    if url is None:
        # A proxy has ports and a certificate of its own: what is usual is assumed, and told at the start.
        return f"https://{domain}" if domain and behind_proxy else ""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/") or parts.query:
        raise InvalidValue(f"{url!r} is no address of a relay.", hint="For example --public-url https://example.org")
    if domain and parts.hostname != domain:
        raise InvalidValue(
            f"The address {url!r} is not that of the domain {domain!r}.",
            hint="Pass --domain alone, or both with the same name.",
        )
    return f"{parts.scheme}://{parts.netloc}"


async def _serve(settings: "RelaySettings") -> None:
    from modelapp.share.relay.server import Relay

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    serving = Relay(settings)
    _tell(serving, settings)
    await stopped.wait()
    await serving.stop()


def _tell(serving: "Relay", settings: "RelaySettings") -> None:
    from modelapp.share.relay.certificate import covers

    place = replace(settings.place, port=serving.port)
    name = urlsplit(place.root).hostname if place.root else settings.host
    if name in ("", "0.0.0.0", "::", None):
        name = socket.getfqdn()
    elif ":" in name:
        name = f"[{name}]"
    port = "" if serving.ssh_port == 22 else f":{serving.ssh_port}"
    visitors = place.root or f"{'https' if place.secure else 'http'}://{name}:{serving.port}"
    shown = place.address("<name>", "") if place.domain else f"{visitors}/"
    click.echo(f"\n  Visitors come to {shown} (port {serving.port}), those who share to port {serving.ssh_port}.\n")
    click.echo("  On the machine with the script:\n")
    click.echo(f"    modelapp run demo.py --share {name}{port} --share-key {serving.fingerprint}\n")
    if place.domain and settings.certificate and not covers(settings.certificate, place.domain):
        click.echo(
            f"  The certificate is not for {place.domain} itself: /status and --share https:// do not work there.\n"
        )
    elif place.secure:
        click.echo(f"  Where a network lets only HTTPS out: --share {visitors} instead.\n")
