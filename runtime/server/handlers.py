"""The base of all request handlers, and the plain ones: the page, its files, media."""

import html
import logging
import mimetypes
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from modelapp.core.errors import EnvironmentFault, ModelAppError
from modelapp.frontend import static_folder
from modelapp.server.door import CANNOT_READ, NOT_VALID, Door
from modelapp.server.mount import base_of, home_of
from modelapp.server.ranges import Part, Unsatisfiable, requested
from modelapp.server.security import CONTENT_SECURITY_POLICY, HEADERS, WIDGET_POLICY
from modelapp.session.app import App
from tornado import web
from tornado.iostream import StreamClosedError

_INLINE = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"fLaC": "audio/flac",
    b"\x1aE\xdf\xa3": "video/webm",
}
_INLINE_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_CHUNK_BYTES = 1 << 18
log = logging.getLogger("modelapp")
NOTHING = "There is nothing at this address."


class DoorHandler(web.RequestHandler):
    """Checks the host's name and sets the security headers. It knows no app."""

    def initialize(self, door: Door) -> None:
        """Keep what the application hands to each handler."""
        self.door = door
        self.gate = door.gate

    def set_default_headers(self) -> None:
        """Set the headers that every answer has."""
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.clear_header("Server")

    def prepare(self) -> None:
        """Refuse a request for another host's name."""
        if not self.gate.knows_host(self.request.host):
            raise web.HTTPError(421, "This server does not answer to that name.")

    def let_frame(self, policy: str = CONTENT_SECURITY_POLICY) -> None:
        """Let the sites that may show the page show this answer in a frame."""
        self.set_header("Content-Security-Policy", f"{policy}; {self.gate.frame_ancestors}")

    def require_same_origin(self) -> None:
        """Refuse a write that another site's page made."""
        if not self.gate.same_origin(self.request.headers.get("Origin"), self.request.host):
            raise web.HTTPError(403, "That request came from another site.")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with one plain sentence."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        reason = error.log_message if isinstance(error, web.HTTPError) and error.log_message else self._reason
        if isinstance(error, EnvironmentFault):
            self.set_status(503)
            reason = CANNOT_READ
        self.finish({"error": reason})

    def log_exception(self, *arguments: Any) -> None:
        """Log faults of ours, not requests that were refused."""
        if isinstance(arguments[1], EnvironmentFault):
            log.error("%s", arguments[1].message)
        elif not isinstance(arguments[1], web.HTTPError):
            super().log_exception(*arguments)

    def keep_cookie(self, name: str, value: str) -> None:
        """Set a cookie that opens something below the path at which the app was found, for a year."""
        self.set_cookie(
            name,
            value,
            path=home_of(self.request),
            httponly=True,
            secure=self.request.protocol == "https",
            samesite="Lax",
            expires_days=365,
        )


class Handler(DoorHandler):
    """The base of handlers of an app."""

    def initialize(self, app: App, door: Door) -> None:  # type: ignore[override]
        """Keep what the application hands to each handler."""
        super().initialize(door)
        self.app = app


class PageHandler(Handler):
    """The page itself. A key in its address becomes a cookie, so that the address can be shared."""

    def initialize(self, app: App, door: Door, page: Callable[[], str]) -> None:  # type: ignore[override]
        """Keep what the application hands over; `page` gives the built index.html."""
        super().initialize(app, door)
        self._page = page

    def head(self) -> None:
        """Answer like `get`, without the body."""
        self.get()

    def get(self) -> None:
        """Serve the page."""
        if not self._may_watch() or enter_by_link(self):
            return
        if (link := self.get_query_argument("case", None)) is not None:
            require_case(self.app, link)
        title = html.escape(self.app.script.path.stem.replace("_", " ").capitalize())
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        page = self._page().replace("<title>modelapp</title>", f"<title>{title}</title>")
        if home_of(self.request) != base_of(self.request):
            page = page.replace("<html ", "<html data-gallery ", 1)
        self.let_frame()
        self.finish(page)

    def post(self) -> None:
        """Lead on who types a password that she does not need any more."""
        self.require_same_origin()
        self.redirect(page_address(self), status=303)

    def _may_watch(self) -> bool:
        """Move the key of a watch link into a cookie; True if the page is to be served."""
        key = self.get_query_argument("watch", None)
        if key is None:
            return True
        if key and self.gate.is_watcher(key):
            self.keep_cookie(self.gate.watch_cookie, key)
            self.redirect("./?watch")
        elif key or not self.gate.is_watcher(self.get_cookie(self.gate.watch_cookie)):
            refuse(self, "This watch link is not valid, or no longer. Please ask for a new one.")
        else:
            return True
        return False


def enter_by_link(handler: DoorHandler) -> bool:
    """Move a key or the token of a personal link into a cookie; False if there is none in the address."""
    key = handler.get_query_argument("key", None)
    token = handler.get_query_argument("invite", None)
    ticket = handler.get_query_argument("ticket", None)
    if key is None and token is None and ticket is None:
        return False
    if ticket is not None:
        if handler.door.tickets.use(ticket):
            handler.keep_cookie(handler.gate.cookie, handler.gate.key)
        handler.redirect(page_address(handler))
    elif key is not None:
        if handler.gate.is_presenter(key):
            handler.keep_cookie(handler.gate.cookie, key)
        handler.redirect(page_address(handler))
    elif token is not None and handler.door.invites.holder(token):
        handler.keep_cookie(handler.gate.invite_cookie, token)
        handler.redirect(page_address(handler))
    else:
        refuse(handler, NOT_VALID)
    return True


def refuse(handler: DoorHandler, sentence: str) -> None:
    """Answer a link that opens nothing."""
    handler.set_status(403)
    handler.set_header("Content-Type", "text/plain; charset=utf-8")
    handler.finish(f"{sentence}\n")


def page_address(handler: web.RequestHandler) -> str:
    """Return the address of the page for who gave a key, a token or a password to see it, or a case on it."""
    kept = {name: handler.get_query_argument(name, None) for name in ("case", "theme")}
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"./?{query}" if query else "./"


def require_case(app: App, link: str) -> None:
    """Refuse a link that leads to no case as one would an unknown address."""
    try:
        app.history.linked(link)
    except ModelAppError:
        raise web.HTTPError(404, NOTHING) from None


class TicketHandler(DoorHandler):
    """Tells the page that has a ticket whether this is the app that it is for, or another one at the same port."""

    def prepare(self) -> None:
        """Answer by any name: the app learns by which one it is reached when the ticket is used."""

    def get(self) -> None:
        """Answer, so that a page of another site can read it."""
        self.set_header("Access-Control-Allow-Origin", "*")
        self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
        self.set_header("Cache-Control", "no-store")
        if not self.door.tickets.knows(self.get_query_argument("ticket", "")):
            raise web.HTTPError(404, NOTHING)
        self.set_status(204)
        self.finish()


class CaseHandler(Handler):
    """The link of a case, which leads on to the page. Who may not come in yet is led on whatever the link is."""

    def head(self, link: str) -> None:
        """Answer like `get`, without the body."""
        self.get(link)

    def get(self, link: str) -> None:
        """Lead on."""
        if self.door.entry(self.request).refused is None:
            require_case(self.app, link)
        self.redirect(f"../?{urlencode({'case': link})}")


class MissingHandler(DoorHandler):
    """Everything else."""

    def prepare(self) -> None:
        """Say that there is nothing here."""
        raise web.HTTPError(404, NOTHING)


class AssetHandler(web.StaticFileHandler):
    """Built files. Their names carry a hash of their content, so a browser may keep them."""

    def prepare(self) -> None:
        """Refuse a path that no file can have."""
        if "\0" in self.path_args[0]:
            raise web.HTTPError(404)

    def set_default_headers(self) -> None:
        """Set the headers that every answer has."""
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.clear_header("Server")

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        """Return where a file lies; a compressed form is no file of its own."""
        return str(super().get_absolute_path(root, path.removesuffix(".gz")))

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Return the file to send: the compressed form of what was asked for, where there is one and it is taken."""
        self._kind = mimetypes.guess_type(absolute_path)[0]
        self.set_header("Vary", "Accept-Encoding")
        packed = f"{absolute_path}.gz"
        if _takes_gzip(self.request.headers.get("Accept-Encoding", "")) and Path(packed).is_file():
            self.set_header("Content-Encoding", "gzip")
            return super().validate_absolute_path(root, packed)
        return super().validate_absolute_path(root, absolute_path)

    def get_content_type(self) -> str:
        """Return the type of the file that was asked for."""
        return self._kind or "application/octet-stream"

    def set_extra_headers(self, path: str) -> None:
        """Let a browser keep what was found."""
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with one plain sentence."""
        self.finish({"error": self._reason})


def _takes_gzip(accepted: str) -> bool:
    """Return True if a client's Accept-Encoding has gzip, and not with weight nought."""
    return re.search(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", accepted) is not None


class WidgetHandler(Handler):
    """The empty frame in which a widget of the script's author is drawn. The page tells it what to draw."""

    def get(self) -> None:
        """Serve it."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.let_frame(WIDGET_POLICY)
        self.finish((static_folder() / "widget.html").read_bytes())


class LibraryHandler(Handler):
    """Scripts that the user's own installed packages carry, by a fixed list of names."""

    async def get(self, name: str) -> None:
        """Serve one."""
        path = _library(name)
        if path is None:
            raise web.HTTPError(404, f"The package that carries {name} is not installed on the host.")
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", "private, max-age=86400")
        await _send(self, path)


def _library(name: str) -> Path | None:
    if name != "plotly.js":
        return None
    from importlib.util import find_spec

    spec = find_spec("plotly")  # found, not imported: importing it takes half a second
    path = Path(spec.origin).parent / "package_data" / "plotly.min.js" if spec and spec.origin else None
    return path if path and path.exists() else None


class MediaHandler(Handler):
    """Pictures and files of one session. The address holds a right to read, not the session's secret."""

    async def head(self, grant: str, digest: str) -> None:
        """Answer like `get`, without the body."""
        await self.get(grant, digest)

    async def get(self, grant: str, digest: str) -> None:
        """Serve one. What a browser might run is never served as such."""
        path = self.find(grant, digest)
        if path is None:
            raise web.HTTPError(404, "That file is not here any more.")
        name = self.get_query_argument("name", None)
        with path.open("rb") as file:
            head = file.read(16)
        kind = next((kind for magic, kind in _INLINE.items() if head.startswith(magic)), None)
        if head[4:8] == b"ftyp":
            kind = "video/mp4"
        if head[:4] == b"RIFF":
            kind = _INLINE_RIFF.get(head[8:12], kind)
        if name is not None or kind is None:
            kind = "application/octet-stream" if name is None else mimetypes.guess_type(name)[0] or kind
            shown = quote(name or "file", safe="")
            self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{shown}")
        self.set_header("Content-Type", kind or "application/octet-stream")
        self.set_header("Content-Security-Policy", "default-src 'none'; sandbox")
        self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        self.set_header("ETag", f'"{digest}"')
        if self.check_etag_header():
            self.set_status(304)
            return
        await _send(self, path, self._part(path, f'"{digest}"'))

    def find(self, grant: str, digest: str) -> Path | None:
        """Return where a file lies that this right opens, or None."""
        right = self.app.right(grant, digest)
        if right is None:
            return None
        entry = self.door.entry(self.request)
        hers = entry.role == "presenter" or right.invite in (None, entry.owner)
        return self.app.blobs.path(digest) if hers else None

    def compute_etag(self) -> None:
        """Leave the tag alone: it is the digest."""

    def _part(self, path: Path, tag: str) -> Part:
        """Set the headers of a whole file or of the part that a player asks for; return what to send."""
        size_bytes = path.stat().st_size
        self.set_header("Accept-Ranges", "bytes")
        asked = self.request.headers.get("Range") if self.request.method == "GET" else None
        try:
            part = requested(asked, self.request.headers.get("If-Range"), size_bytes, tag)
        except Unsatisfiable:
            self.set_status(416)
            self.set_header("Content-Range", f"bytes */{size_bytes}")
            return Part(0, 0)
        if part is None:
            return Part(0, size_bytes)
        self.set_status(206)
        self.set_header("Content-Range", f"bytes {part.start}-{part.end - 1}/{size_bytes}")
        return part


async def _send(handler: Handler, path: Path, part: Part | None = None) -> None:
    """Send a file, or a part of it, piece by piece: it may be large."""
    start, end = part or Part(0, path.stat().st_size)
    handler.set_header("Content-Length", str(end - start))
    if handler.request.method == "HEAD":
        handler.finish()
        return
    with path.open("rb") as file:
        file.seek(start)
        while start < end and (chunk := file.read(min(_CHUNK_BYTES, end - start))):
            start += len(chunk)
            handler.write(chunk)
            try:
                await handler.flush()
            except StreamClosedError:  # a player that seeks leaves the rest of what it asked for
                return
    handler.finish()
