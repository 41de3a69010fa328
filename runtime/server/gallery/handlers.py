"""What answers for the index itself: its page, its pictures, and news of its cards."""

from contextlib import suppress
from pathlib import Path

from modelapp.frontend import page_style, static_folder
from modelapp.server.door import Door
from modelapp.server.encoding import encoded
from modelapp.server.gallery.cards import Answer, Cards
from modelapp.server.gallery.page import MOST_WITHOUT_SEARCH, card_list, count, index_page
from modelapp.server.gallery.scripts import AppFile
from modelapp.server.handlers import NOTHING, AssetHandler, DoorHandler, MissingHandler, enter_by_link
from modelapp.server.outside import Routes
from tornado import web
from tornado.iostream import StreamClosedError

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
                looker.tell(self.news())

    def page(self) -> str:
        """Return the page."""
        return index_page(self.title, self._cards, f"_gallery/{page_style()}")

    def news(self) -> bytes:
        """Return what an open page needs to be like a new one, as JSON."""
        apps = len(self._cards)
        return encoded({"cards": card_list(self._cards), "count": count(apps), "search": apps > MOST_WITHOUT_SEARCH})

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


def index_routes(door: Door, index: Index, cards: Cards) -> Routes:
    """Return what answers beside the apps."""
    static = static_folder()
    common = {"door": door}
    return Routes(
        door,
        [
            (r"/", IndexHandler, {**common, "index": index}),
            (r"/_gallery/news", NewsHandler, {**common, "index": index}),
            (r"/_gallery/picture/([^/]+)", PictureHandler, {**common, "cards": cards}),
            (r"/_gallery/(gallery\.css|gallery\.js)", OwnFileHandler, common),
            (r"/_gallery/assets/(.*)", AssetHandler, {"path": str(static / "assets")}),
            (r"/_gallery/(icon\.svg)", AssetHandler, {"path": str(static)}),
        ],
        default_handler_class=MissingHandler,
        default_handler_args=common,
        compress_response=False,
        log_function=lambda handler: None,
    )


class _IndexBase(DoorHandler):
    def initialize(self, door: Door, index: Index) -> None:  # type: ignore[override]
        """Keep what the routes hand over."""
        super().initialize(door)
        self._index = index


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
        self.finish(self._index.page())

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
        self.tell(self._index.news())

    def tell(self, news: bytes) -> None:
        """Tell."""
        self.write(b"data: " + news + b"\n\n")
        with suppress(StreamClosedError):
            self.flush().add_done_callback(lambda told: told.exception())  # who has gone needs no news

    def on_connection_close(self) -> None:
        """Tell no more."""
        self._index.went(self)


class PictureHandler(DoorHandler):
    """The picture of a card. Its address changes with the script."""

    def initialize(self, door: Door, cards: Cards) -> None:  # type: ignore[override]
        """Keep what the routes hand over."""
        super().initialize(door)
        self._cards = cards

    def get(self, name: str) -> None:
        """Serve it."""
        path = self._cards.picture(name)
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
