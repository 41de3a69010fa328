"""Which other sites may show the page in a frame, and what a frame cannot have.

A frame of another site has no cookies here, and is given none: a visitor of an open app needs none, and all others open
the page in a window of its own.
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from modelapp.core.errors import ScriptError
from modelapp.frontend import static_folder
from modelapp.server.handlers import Handler
from tornado import httputil

_NAME = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]")


def origins(given: Iterable[str]) -> tuple[str, ...]:
    """Return the origins that are named, each as a browser writes it.

    Args:
        given: Each one or several with commas between, as "https://lab.example.org", "https://*.example.org" or "*".

    Raises:
        ScriptError: If one is none; says what it should look like.
    """
    return tuple(dict.fromkeys(_origin(one.strip()) for text in given for one in text.split(",") if one.strip()))


def _origin(text: str) -> str:
    if text == "*":
        return text
    try:
        parts = urlsplit(text.lower())
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        parts, port = urlsplit(""), ""
    name = parts.netloc.removesuffix(port)
    bare = parts.path in ("", "/") and not (parts.query or parts.fragment)
    if parts.scheme not in ("http", "https") or not bare or not _NAME.fullmatch(name):
        raise ScriptError(
            f"{text!r} is no site that could show the page.",
            hint="Give its scheme and host, and the port if there is one, as https://lab.example.org; * is any site.",
        )
    return f"{parts.scheme}://{name}{port}"


def is_foreign_frame(request: httputil.HTTPServerRequest) -> bool:
    """Return True for a page that is asked for to be shown in another site's frame."""
    headers = request.headers
    return headers.get("Sec-Fetch-Dest") == "iframe" and headers.get("Sec-Fetch-Site") == "cross-site"


class EmbedHandler(Handler):
    """The script that makes <model-app> known to another site's page."""

    def head(self) -> None:
        """Answer like `get`, without the body."""
        self.get()

    def get(self) -> None:
        """Serve it, to any site: it is public."""
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
        self.set_header("Cache-Control", "public, max-age=3600")
        self.finish((static_folder() / "embed.js").read_bytes())
