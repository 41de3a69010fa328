"""Where an app stands on its host: below a path, and behind a web server or not.

A request is brought into the form that it would have at the root of a host of its own, before any handler is chosen: so
nothing behind this module needs to know of paths. What must name an absolute address asks `base_of`.
"""

import ipaddress
import re
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from modelapp.core.errors import InvalidValue
from tornado import httputil, web
from tornado.routing import Router

_USERS_PATH = re.compile(r"(/[A-Za-z0-9._~%@+-]+)*/?")  # with the name of a hub's user in it
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*/?")


@dataclass(frozen=True)
class BaseUrl:
    """The address below which an app is reached.

    Attributes:
        path: Path, with a slash at both ends.
        public: The whole address for browsers, or None if only its path is known.
    """

    path: str = "/"
    public: str | None = None

    @property
    def host(self) -> str | None:
        """The name in the whole address, or None."""
        return urlsplit(self.public).hostname if self.public else None


def base_url(text: str) -> BaseUrl:
    """Return the address that somebody gave: a path as "/demo/", or a whole address.

    Raises:
        InvalidValue: If it is neither.
    """
    try:
        parts = urlsplit(text)
        given, _ = parts.hostname, parts.port
    except ValueError:
        raise _neither(text) from None
    path = parts.path or "/"
    whole = parts.scheme in ("http", "https") and bool(given)
    if parts.query or parts.fragment or "@" in parts.netloc or not _PATH.fullmatch(path):
        raise _neither(text)
    if not whole and (parts.scheme or parts.netloc or not text.startswith("/")):
        raise _neither(text)
    if any(set(piece) == {"."} for piece in path.split("/")):
        raise _neither(text)
    path = path if path.endswith("/") else f"{path}/"
    return BaseUrl(path, f"{parts.scheme}://{parts.netloc}{path}" if whole else None)


def _neither(text: str) -> InvalidValue:
    return InvalidValue(
        f"{text!r} is no address below which a page can be.",
        hint='Give a path, as --base-url /demo/, or a whole address, as --base-url "https://example.org/demo/".',
    )


def base_of(request: httputil.HTTPServerRequest) -> str:
    """Return the path below which a request found its app, with a slash at both ends."""
    return getattr(request, "modelapp_base", "/")


def home_of(request: httputil.HTTPServerRequest) -> str:
    """Return the path below which what a key opens was found: the app's, or that of the gallery that it is in."""
    return getattr(request, "modelapp_home", None) or base_of(request)


def enter(request: httputil.HTTPServerRequest, prefix: str) -> bool:
    """Take a prefix with a slash at both ends off a request's path. Return False if it is not there."""
    if not request.path.startswith(prefix):
        return False
    request.path = request.path[len(prefix) - 1 :]
    request.uri = f"{request.path}?{request.query}" if request.query else request.path
    request.modelapp_base = base_of(request)[:-1] + prefix  # type: ignore[attr-defined]
    return True


class Mount(Router):
    """Leads requests to routes that stand below a path.

    A request without the path is led there too: some web servers take it off before they pass a request on, and tunnels
    do not know of it.

    Args:
        path: With a slash at both ends.
        routes: What answers.
        behind_proxy: If True, what a web server in front says of who asked for what is believed.
        behind_jupyter: If True, so is the path that Jupyter's proxy says it took off. Cookies are for that path only:
            all users of a hub may share its origin.
    """

    def __init__(self, path: str, routes: Router, *, behind_proxy: bool = False, behind_jupyter: bool = False) -> None:
        self._path = path
        self._routes = routes
        self._behind_proxy = behind_proxy
        self._behind_jupyter = behind_jupyter

    def find_handler(
        self, request: httputil.HTTPServerRequest, **kwargs: object
    ) -> httputil.HTTPMessageDelegate | None:
        """Return what takes a request."""
        if self._behind_proxy:
            _believe(request)
        if self._behind_jupyter:
            _below(request)
        if self._path != "/":
            if request.path == self._path[:-1]:
                return to_folder(request)
            enter(request, self._path)
        return self._routes.find_handler(request, **kwargs)


class _ToFolder(web.RequestHandler):
    """Leads on to the address with a slash, from which a page's own addresses start."""

    def prepare(self) -> None:
        """Lead on. The address is relative, for nobody here knows the path before it."""
        name = self.request.path.rpartition("/")[2]
        query = f"?{self.request.query}" if self.request.query else ""
        self.clear_header("Server")
        self.redirect(f"{name}/{query}", status=308)


_leading = web.Application([], log_function=lambda handler: None)


def to_folder(request: httputil.HTTPServerRequest) -> httputil.HTTPMessageDelegate:
    """Return what leads a request for "…/name" on to "…/name/"."""
    return _leading.get_handler_delegate(request, _ToFolder)


def _believe(request: httputil.HTTPServerRequest) -> None:
    """Take the last of each: those before it were sent by the client, who may say what he likes."""
    address = _last(request, "X-Forwarded-For")
    with suppress(ValueError):
        request.remote_ip = str(ipaddress.ip_address(address)) if address else request.remote_ip
    if (scheme := _last(request, "X-Forwarded-Proto").lower()) in ("http", "https"):
        request.protocol = scheme
    if host := _last(request, "X-Forwarded-Host"):
        request.host = host  # the names that the server answers to are looked at as ever
        request.host_name = httputil.split_host_and_port(host.lower())[0]


def _below(request: httputil.HTTPServerRequest) -> None:
    """Take the path below which a proxy in front has the app, which it took off."""
    path = request.headers.get("X-ProxyContextPath", "")
    if path.startswith("/") and _USERS_PATH.fullmatch(path):
        request.modelapp_base = f"{path.rstrip('/')}/"  # type: ignore[attr-defined]


def _last(request: httputil.HTTPServerRequest, header: str) -> str:
    return request.headers.get(header, "").rpartition(",")[2].strip()
