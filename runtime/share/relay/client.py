"""The client's side of what a relay offers beyond plain SSH: a name with a public address instead of a port."""

import re
from collections.abc import Callable

import paramiko
from modelapp.share.connect import Refused, Unreachable
from modelapp.share.relay.words import BANNER, FORWARD_PORT, NAME_REQUEST

_ADDRESS = re.compile(r"https?://(?:[\w.%\[\]:-]+/a/[a-z2-7]+|[a-z2-7]+(?:\.[\w-]+)+(?::\d{1,5})?)/")
_TIMEOUT_HINT = "Another process on this machine, or one with the same key, serves it; or the relay waits for its end."


def is_relay(transport: paramiko.Transport) -> bool:
    """Return True if the server is a relay, and not any other SSH server."""
    return transport.remote_version.startswith(BANNER)


def named(
    transport: paramiko.Transport, known_as: str, app: str, instance: str, arrived: Callable[..., None]
) -> tuple[str, int]:
    """Ask a relay for this app's name, and to lead its visitors here.

    Args:
        transport: The connection, logged in.
        known_as: The relay's name as this user knows it.
        app: What tells the app from others of the same user.
        instance: A text that no other process has.
        arrived: Called with each channel of a visitor.

    Returns:
        The public address, and the port that stands for it in SSH.

    Raises:
        Unreachable: If the name is in use just now, or the relay serves too many.
        Refused: If it gives none.
    """
    answer = transport.global_request(NAME_REQUEST, (app, known_as, instance), wait=True)
    if answer is None:
        if not transport.is_active():
            raise Unreachable(f"{known_as} ended the connection.")
        raise Refused(f"{known_as} gives this app no name.", hint="Ask its operator; its log tells why.")
    word, name, url = (answer.get_text() for _ in range(3))
    if word == "taken":
        raise Unreachable(f"The name of this app is in use at {known_as}.", hint=_TIMEOUT_HINT)
    if word != "given":
        raise Unreachable(f"{known_as} serves as many tunnels as it may.", hint="Ask its operator for more.")
    if not _ADDRESS.fullmatch(url):  # it is shown, and visitors' origins are checked against it
        raise Refused(f"{known_as} names no address.", hint="Ask its operator for a relay of this version.")
    try:
        port = transport.request_port_forward(name, FORWARD_PORT, arrived)
    except paramiko.SSHException as problem:
        raise Unreachable(f"{known_as} serves as many tunnels as it may.", hint="Ask its operator.") from problem
    return url, port
