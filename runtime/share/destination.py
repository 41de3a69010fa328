"""Where a tunnel leads: `user@host:port` as it was given, filled in from the SSH configuration as `ssh` would."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelapp.core.errors import EnvironmentFault, InvalidValue

if TYPE_CHECKING:
    import paramiko

_FORM = re.compile(r"(?:(?P<user>[^@\s]+)@)?(?P<host>\[[0-9a-fA-F:.%\w]+\]|[^@:\s/]+)(?::(?P<port>\d{1,5}))?")
_WEB_FORM = re.compile(r"(?P<scheme>https?)://(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>\d{1,5}))?/?")
_WEB_PORTS = {"https": 443, "http": 80}
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


@dataclass(frozen=True, slots=True)
class Destination:
    """An SSH server, and how to reach it.

    Attributes:
        given: The host's name as it was given, which messages use.
        host: Name or address to connect to.
        user: Name to log in with; None is this user's own.
        keys: Files of private keys to try, besides those of the agent and the usual ones.
        known_hosts: Files with the keys of known servers.
        known_as: Name under which its key is looked up there.
        proxy_command: Command whose input and output stand in for a connection, or None.
        jump: Server to go through, or None.
        fingerprint: The only key that the server may have, as "SHA256:…"; None asks `known_hosts`.
        own_key: File of the key that is made for a user who has none.
        web: "https" or "http" if SSH goes in a websocket there, else None.
    """

    given: str
    host: str
    port: int
    user: str | None
    keys: tuple[str, ...]
    known_hosts: tuple[Path, ...]
    known_as: str
    proxy_command: str | None
    jump: "Destination | None"
    fingerprint: str | None = None
    own_key: Path | None = None
    web: str | None = None


def destination(text: str, home: Path | None = None, fingerprint: str | None = None) -> Destination:
    """Return where a text leads.

    Args:
        text: "host", "user@host" or "user@host:port"; the host may be an alias of the SSH configuration, or an IPv6
            address in brackets. "https://host" or "https://host:port" leads to a relay by a websocket.
        home: The folder that has `.ssh`; None is this user's own.
        fingerprint: The only key that the server may have, as "SHA256:…"; None asks `known_hosts`.

    Raises:
        InvalidValue: If one of them has another form.
        EnvironmentFault: If the SSH configuration cannot be read.
    """
    home = home or Path.home()
    if fingerprint is not None and not _FINGERPRINT.fullmatch(fingerprint):
        raise InvalidValue(
            f"{fingerprint!r} is no key's fingerprint.", hint="It begins with SHA256:, as `modelapp relay` prints it."
        )
    configuration = _configuration(home / ".ssh" / "config")
    to = (
        _web(text, configuration, home)
        if text.startswith(("https://", "http://"))
        else _filled_in(text, configuration, home, seen=())
    )
    return replace(to, fingerprint=fingerprint, own_key=home / ".modelapp" / "share_key")


def _web(text: str, configuration: "paramiko.SSHConfig", home: Path) -> Destination:
    """Return where an address of the web leads. The keys for its host are the ones for SSH; its name and port stand."""
    match = _WEB_FORM.fullmatch(text)
    port = int(match["port"] or _WEB_PORTS[match["scheme"]]) if match else 0
    if match is None or not 0 < port < 65536:
        raise InvalidValue(f"{text!r} names no relay.", hint="For example --share https://relay.example.org")
    host = match["host"].strip("[]")
    settings: dict[str, Any] = dict(configuration.lookup(host))
    return Destination(
        given=host,
        host=host,
        port=port,
        user=settings.get("user"),
        keys=tuple(settings.get("identityfile", ())),
        known_hosts=_known_hosts(settings.get("userknownhostsfile"), home),
        known_as=settings.get("hostkeyalias", host),
        proxy_command=None,
        jump=None,
        web=match["scheme"],
    )


def _filled_in(text: str, configuration: "paramiko.SSHConfig", home: Path, seen: tuple[str, ...]) -> Destination:
    match = _FORM.fullmatch(text)
    port_given = int(match["port"]) if match and match["port"] else None
    if match is None or (port_given is not None and not 0 < port_given < 65536):
        raise InvalidValue(f"{text!r} names no SSH server.", hint="For example --share user@host, or user@host:2222.")
    name = match["host"].strip("[]")
    if name in seen:
        raise EnvironmentFault(
            f"In ~/.ssh/config the way to {name!r} goes through itself.", hint="Mend its ProxyJump line."
        )
    settings: dict[str, Any] = dict(configuration.lookup(name))
    jump, command = settings.get("proxyjump"), settings.get("proxycommand")
    through: Destination | None = None
    for step in jump.split(",") if jump and jump.lower() != "none" else []:
        reached = _filled_in(step.strip().removeprefix("ssh://"), configuration, home, (*seen, name))
        through = reached if through is None else replace(reached, jump=through)
    return Destination(
        given=name,
        host=settings.get("hostname", name),
        port=port_given or int(settings.get("port", 22)),
        user=match["user"] or settings.get("user"),
        keys=tuple(settings.get("identityfile", ())),
        known_hosts=_known_hosts(settings.get("userknownhostsfile"), home),
        known_as=settings.get("hostkeyalias", settings.get("hostname", name)),
        proxy_command=command if command and command.lower() != "none" else None,
        jump=through,
    )


def _configuration(path: Path) -> "paramiko.SSHConfig":
    import paramiko  # heavy: only who shares needs it

    try:
        return paramiko.SSHConfig.from_path(str(path)) if path.exists() else paramiko.SSHConfig()
    except (OSError, UnicodeDecodeError, paramiko.SSHException) as problem:
        raise EnvironmentFault(f"{str(path)!r} cannot be read: {problem}.") from None


def _known_hosts(given: str | None, home: Path) -> tuple[Path, ...]:
    if given is None:
        files = [home / ".ssh" / "known_hosts", home / ".ssh" / "known_hosts2"]
    else:
        files = [Path(name).expanduser() for name in given.split()]
    return (*files, Path("/etc/ssh/ssh_known_hosts"))
