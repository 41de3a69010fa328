"""Who may talk to this server: names it answers to, origins it believes, the presenter's key, and the headers of an
answer.

Being on loopback proves nothing: tunnels and proxies arrive from there too. A presenter is who holds the key.
"""

import hmac
import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # Widgets set widths and colours in style attributes; styles cannot reach another host, as the rest forbids it.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)

# A widget of the script's author: no origin, no network, nothing of the page. In there her code may do what it likes.
WIDGET_POLICY = "; ".join(
    (
        "sandbox allow-scripts",
        "default-src 'none'",
        "script-src 'unsafe-inline' 'unsafe-eval' blob: data:",
        "worker-src blob: data:",
        "style-src 'unsafe-inline'",
        "img-src blob: data:",
        "media-src blob: data:",
        "font-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "webrtc 'block'",
    )
)

HEADERS = {
    "Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
}


_HOSTS_REMEMBERED = 100


class Gate:
    """Checks of a request.

    Args:
        key: The presenter's key.
        hosts: Names, besides localhost, this machine's own name and addresses, under which the server is reached.
        name: Tells this app's cookies from those of other apps on the same host, which share cookies over all ports.
        watch_key: The key of those who watch the presenter; None lets nobody watch.
        embed_origins: Other sites that may show the page in a frame; "*" is any.
    """

    def __init__(
        self,
        key: str,
        hosts: Iterable[str] = (),
        name: str = "",
        watch_key: str | None = None,
        embed_origins: Iterable[str] = (),
    ) -> None:
        self.key = key
        self._framed_by = dict.fromkeys(embed_origins)
        self._origins: set[str] = set()
        self.watch_key = watch_key
        self.cookie = f"modelapp_key_{name}" if name else "modelapp_key"
        self.watch_cookie = f"modelapp_watch_{name}" if name else "modelapp_watch"
        self.invite_cookie = f"modelapp_invite_{name}" if name else "modelapp_invite"
        self.password_cookie = f"modelapp_password_{name}" if name else "modelapp_password"
        self._known: set[str] = set()
        self._hosts = {"localhost", socket.gethostname().lower(), *(host.lower() for host in hosts)}

    def answer_to(self, host: str) -> None:
        """Be reached under a further name from now on; called in any thread."""
        self._hosts.add(host.lower())

    @property
    def frame_ancestors(self) -> str:
        """For the content security policy of the page: what may show it in a frame."""
        return " ".join(("frame-ancestors 'self'", *self._framed_by))

    def be_framed_by(self, origin: str) -> None:
        """Let a further origin show the page in a frame."""
        self._framed_by[origin] = None

    def be_at(self, origin: str) -> None:
        """Take an origin for this server's own, which a proxy in front has and the host's name does not tell."""
        self._origins.add(origin)

    def knows_host(self, host: str) -> bool:
        """Return True for a Host header that is this server's.

        An address is always taken: only a name can be made to point here by somebody else's DNS.
        """
        if host in self._known:
            return True
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        try:
            ipaddress.ip_address(name)
            known = True
        except ValueError:
            known = name in self._hosts
        if known and len(self._known) < _HOSTS_REMEMBERED:
            self._known.add(host)
        return known

    def same_origin(self, origin: str | None, host: str) -> bool:
        """Return True for a request of our own page, or of no browser at all: browsers always say their origin."""
        if origin is None:
            return True
        try:
            return origin != "null" and (urlsplit(origin).netloc.lower() == host.lower() or origin in self._origins)
        except ValueError:
            return False

    def is_presenter(self, given: str | None) -> bool:
        """Return True if `given` is the key."""
        return given is not None and hmac.compare_digest(given.encode(), self.key.encode())

    def is_watcher(self, given: str | None) -> bool:
        """Return True if `given` is the key of those who watch."""
        if given is None or self.watch_key is None:
            return False
        return hmac.compare_digest(given.encode(), self.watch_key.encode())
