"""What answers for the index itself: its page, its pictures, and news of its cards."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from modelapp.frontend import page_style, static_folder
from modelapp.server.door import Door
from modelapp.server.encoding import encoded
from modelapp.server.gallery.addresses import Addresses
from modelapp.server.gallery.cards import Answer, Cards
from modelapp.server.gallery.page import MOST_WITHOUT_SEARCH, card_list, count, index_page
from modelapp.server.gallery.scripts import AppFile
from modelapp.server.handlers import NOTHING, AssetHandler, DoorHandler, MissingHandler, enter_by_link
from modelapp.server.outside import Routes
from tornado import web
from tornado.iostream import StreamClosedError

INDEX_HEADER = "X-Modelapp-Index"
"""By which an encrypted page knows that it is an index."""
_KINDS = {"gallery.css": "text/css; charset=utf-8", "gallery.js": "text/javascript; charset=utf-8"}


class Index:
    """What the index shows just now, and who looks at it.

    Args:
        name: Of the folder.
    """

    def __init__(self, name: str) -> None:
        self.title = name.replace("_", " ").capitalize() or "Gallery"
        self._cards: list[tuple[AppFile, Answer]] = []
        self._lookers: set[NewsHandler] = set()

    def show(self, cards: list[tuple[AppFile, Answer]]) -> None:
        """Show these cards from now on, on open pages too."""
        if cards != self._cards:
            self._cards = cards
            for looker in list(self._lookers):
                looker.tell_news()

    def page(self, addresses: Addresses) -> str:
        """Return the page."""
        return index_page(self.title, self._cards, addresses, f"_gallery/{page_style()}")

    def news(self, addresses: Addresses) -> bytes:
        """Return what an open page needs to be like a new one, as JSON."""
        apps, cards = len(self._cards), card_list(self._cards, addresses)
        return encoded({"cards": cards, "count": count(apps), "search": apps > MOST_WITHOUT_SEARCH})

    def came(self, looker: "NewsHandler") -> None:
        """Told when a page is open."""
        self._lookers.add(looker)

    def went(self, looker: "NewsHandler") -> None:
        """Told when it is not any more."""
        self._lookers.discard(looker)

    def close(self) -> None:
        """Tell no more."""
        for looker in list(self._lookers):
            looker.finish()
        self._lookers.clear()


def index_routes(door: Door, index: Index, cards: Cards, addresses: Addresses) -> Routes:
    """Return what answers beside the apps, which are at these addresses."""
    common = {"door": door}
    of_index = {**common, "index": index, "addresses": addresses}
    return Routes(
        door,
        [
            (r"/", IndexHandler, of_index),
            (r"/_gallery/news", NewsHandler, of_index),
            (r"/_gallery/picture/([^/]+)", PictureHandler, {**common, "cards": cards, "addresses": addresses}),
            *file_routes(door),
        ],
        default_handler_class=MissingHandler,
        default_handler_args=common,
        compress_response=False,
        log_function=lambda handler: None,
    )


def file_routes(door: Door) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """Return what answers for the index's own files, which are the same for every gallery."""
    static = static_folder()
    return [
        (r"/_gallery/(gallery\.css|gallery\.js)", OwnFileHandler, {"door": door}),
        (r"/_gallery/assets/(.*)", AssetHandler, {"path": str(static / "assets")}),
        (r"/_gallery/(icon\.svg)", AssetHandler, {"path": str(static)}),
    ]


class _IndexBase(DoorHandler):
    def initialize(self, door: Door, index: Index, addresses: Addresses) -> None:  # type: ignore[override]
        """Keep what the routes hand over."""
        super().initialize(door)
        self._index = index
        self._addresses = addresses


class IndexHandler(_IndexBase):
    """The index. A key or a personal link in its address becomes a cookie, which opens all apps."""

    def head(self) -> None:
        """Answer like `get`, without the body."""
        self.get()

    def get(self) -> None:
        """Serve it."""
        if enter_by_link(self):
            return
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.set_header(INDEX_HEADER, "1")
        self.finish(self._index.page(self._addresses))

    def post(self) -> None:
        """Lead on who types a password that she does not need any more."""
        self.require_same_origin()
        self.redirect("./", status=303)


class NewsHandler(_IndexBase):
    """Tells an open page of changed cards, as server-sent events (WHATWG HTML, section 9.2)."""

    def get(self) -> None:
        """Begin to tell."""
        self._auto_finish = False
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Accel-Buffering", "no")  # a proxy in front must not hold events back
        self._index.came(self)
        self.tell_news()

    def tell_news(self) -> None:
        """Tell how the index is now."""
        self.write(b"data: " + self._index.news(self._addresses) + b"\n\n")
        with suppress(StreamClosedError):
            # Who has gone needs no news.
            self.flush().add_done_callback(lambda told: told.cancelled() or told.exception())

    def on_connection_close(self) -> None:
        """Tell no more."""
        self._index.went(self)


class PictureHandler(DoorHandler):
    """The picture of a card. Its address changes with the script."""

    def initialize(self, door: Door, cards: Cards, addresses: Addresses) -> None:  # type: ignore[override]
        """Keep what the routes hand over."""
        super().initialize(door)
        self._cards = cards
        self._addresses = addresses

    def get(self, address: str) -> None:
        """Serve it."""
        name = self._addresses.name(address)
        path = None if name is None else self._cards.picture(name)
        if path is None or not path.is_file():
            raise web.HTTPError(404, NOTHING)
        self.set_header("Content-Type", "image/png")
        self.set_header("Cache-Control", "private, max-age=86400")
        self.finish(path.read_bytes())


class OwnFileHandler(DoorHandler):
    """The index's own style and script."""

    def get(self, name: str) -> None:
        """Serve one."""
        self.set_header("Content-Type", _KINDS[name])
        self.set_header("Cache-Control", "no-cache")
        self.finish(Path(__file__).with_name(name).read_bytes())
