"""Where an app keeps what lasts: beside its script, or in PostgreSQL, where several hosts share it."""

import hashlib
import secrets
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from modelapp.core.errors import EnvironmentFault
from modelapp.session.blobs import Blobs, FileBlobs
from modelapp.session.database import Connection, Database, Tables
from modelapp.session.database.sqlite import SqliteDatabase, SqliteLog
from modelapp.session.folder import addresses, folder_of

if TYPE_CHECKING:
    from modelapp.session.database.news import News

_SHORTEST_KEY = 20
COOKIES = "cookies"
"""Name of what tells an app's cookies from others', where it was moved: it is kept with the keys."""
_KEY_FILES = ("key", "watch_key", "link_key", COOKIES)
MOVING = "moving"
"""Name of the mark of a storage to which an app is being moved: it is kept with the keys."""
KEYS = Tables("keys", "keys", ("CREATE TABLE IF NOT EXISTS key (name TEXT PRIMARY KEY, text TEXT NOT NULL)",))


class Storage(Protocol):
    """Where an app keeps what lasts."""

    folder: Path
    """For what only this machine needs."""
    host: str | None
    """Id of this host among those that may share it; None where there is one alone."""

    @property
    def shown(self) -> str:
        """How it is called in messages."""

    @property
    def blobs_shown(self) -> str:
        """How the place of large values is called in messages; two that are called the same are the same."""

    def database(self, tables: Tables, *, logged: bool = False) -> Database:
        """Return a database of these tables.

        Args:
            tables: The tables.
            logged: True for tables that change at each interaction.
        """

    def blobs(self) -> Blobs:
        """Return where large values are."""

    def key(self, name: str) -> str:
        """Return a key of the app, made when it is first asked for and kept, so that pages keep their role.

        Args:
            name: Of the key: `key` is the presenter's, `watch_key` that of those who watch her.
        """

    def all_keys(self) -> dict[str, str]:
        """Return the keys that were made, by name, and the mark of a move that goes on."""

    def set_key(self, name: str, text: str) -> None:
        """Have this key."""

    def drop_key(self, name: str) -> None:
        """Have no key of this name."""

    def is_served(self) -> bool:
        """Return True if a host serves the app just now."""

    def hear(self, heard: Callable[[str, str], None]) -> None:
        """Be told what hosts that share it tell each other, a kind and a text, in a thread of its own."""

    def close(self) -> None:
        """Give back what it holds itself. Databases are closed by those who asked for them."""


class FolderStorage:
    """Files in the app's folder.

    Args:
        folder: The folder.
        blobs: Address of the object storage of large values; None is a folder beside.
    """

    def __init__(self, folder: Path, blobs: str | None = None) -> None:
        self.folder = folder
        self.host: str | None = None
        self._blobs = blobs

    @property
    def shown(self) -> str:
        """How it is called in messages."""
        return str(self.folder)

    @property
    def blobs_shown(self) -> str:
        """How the place of large values is called in messages."""
        return _shown(self._blobs, self.folder)

    def database(self, tables: Tables, *, logged: bool = False) -> Database:
        """Return a SQLite file of these tables."""
        return SqliteLog(self.folder, tables) if logged else SqliteDatabase(self.folder, tables)

    def blobs(self) -> Blobs:
        """Return where large values are."""
        return _blobs_at(self._blobs, self.folder)

    def key(self, name: str) -> str:
        """Return a key of the app, which is a file."""
        path = self.folder / name
        try:
            if path.exists():
                key = path.read_text().strip()
                if len(key) >= _SHORTEST_KEY:
                    return key
            key = secrets.token_urlsafe(24)
            self.folder.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(key)
        except OSError as problem:
            raise EnvironmentFault(f"The key cannot be kept in {str(path)!r}: {problem.strerror}.") from None
        return key

    def all_keys(self) -> dict[str, str]:
        """Return the keys that were made, by name, and the mark of a move that goes on."""
        paths = [self.folder / name for name in (*_KEY_FILES, MOVING)]
        return {path.name: path.read_text().strip() for path in paths if path.exists()}

    def set_key(self, name: str, text: str) -> None:
        """Have this key."""
        path = self.folder / name
        try:
            path.touch(mode=0o600)
            path.write_text(text)
        except OSError as problem:
            raise EnvironmentFault(f"{str(path)!r} cannot be written: {problem.strerror}.") from None

    def drop_key(self, name: str) -> None:
        """Have no key of this name."""
        (self.folder / name).unlink(missing_ok=True)

    def is_served(self) -> bool:
        """Return True if a host of this machine serves the app just now."""
        return addresses(self.folder) is not None

    def hear(self, heard: Callable[[str, str], None]) -> None:
        """No other host shares a folder."""

    def close(self) -> None:
        """Nothing is held."""


class PostgresStorage:
    """A schema of PostgreSQL.

    Args:
        folder: The app's folder, for what only this machine needs.
        url: Address of the database.
        name: Of the schema, where the address names none.
        blobs: Address of the object storage of large values; None is a folder of this machine.
        serves: True for a host, which hears what others change.

    Raises:
        EnvironmentFault: If the address is none, or nobody answers there.
    """

    def __init__(self, folder: Path, url: str, name: str, blobs: str | None = None, *, serves: bool = False) -> None:
        from modelapp.session.database.address import address_of  # only those who ask for it

        self.folder = folder
        self._blobs = blobs
        self._address = address_of(url, name)
        self._news = self._heard() if serves else None
        # Only hosts whose files are the same may be several.
        self.host = self._news.host if self._news is not None and blobs is not None else None

    @property
    def shown(self) -> str:
        """How it is called in messages: without a password."""
        return f"{self._address.shown} (schema {self._address.schema})"

    @property
    def blobs_shown(self) -> str:
        """How the place of large values is called in messages."""
        return _shown(self._blobs, self.folder)

    def database(self, tables: Tables, *, logged: bool = False) -> Database:
        """Return these tables of the schema."""
        return self._opened(tables, self._news)

    def blobs(self) -> Blobs:
        """Return where large values are."""
        return _blobs_at(self._blobs, self.folder)

    def key(self, name: str) -> str:
        """Return a key of the app, which all its hosts have."""
        made = secrets.token_urlsafe(24)

        def keep(database: Connection) -> str:
            database.execute("INSERT INTO key VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (name, made))
            return str(database.execute("SELECT text FROM key WHERE name = ?", (name,)).fetchone()[0])

        with closing(self._opened(KEYS, None)) as keys:
            known = keys.read(
                lambda database: database.execute("SELECT text FROM key WHERE name = ?", (name,)).fetchone(), None
            )
            return str(known[0]) if known else keys.change(keep)

    def all_keys(self) -> dict[str, str]:
        """Return the keys that were made, by name, and the mark of a move that goes on."""
        query = "SELECT name, text FROM key"
        with closing(self._opened(KEYS, None)) as keys:
            return keys.read(lambda database: dict(database.execute(query).fetchall()), {})

    def set_key(self, name: str, text: str) -> None:
        """Have this key."""
        statement = "INSERT INTO key VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET text = excluded.text"
        with closing(self._opened(KEYS, None)) as keys:
            keys.write(statement, [(name, text)])

    def drop_key(self, name: str) -> None:
        """Have no key of this name."""
        with closing(self._opened(KEYS, None)) as keys:
            keys.write("DELETE FROM key WHERE name = ?", [(name,)])

    def is_served(self) -> bool:
        """Return True if a host serves the app just now, on whatever machine."""
        from modelapp.session.database.connecting import Lost, opened, unreachable  # only those who ask for it
        from modelapp.session.database.news import is_alone, leave

        try:
            connection = opened(self._address)
        except Lost as problem:
            raise unreachable(self._address, problem) from None
        with closing(connection):
            alone = is_alone(connection, self._address)
            leave(connection)
            return not alone

    def hear(self, heard: Callable[[str, str], None]) -> None:
        """Be told what hosts of the app tell each other, in a thread of its own."""
        if self._news is not None:
            self._news.heard = heard

    def close(self) -> None:
        """Give back its own connection."""
        if self._news is not None:
            self._news.close()

    def _heard(self) -> "News":
        from modelapp.session.database.news import News  # reads psycopg, an extra

        return News(self._address, None if self._blobs is None else self.blobs_shown)

    def _opened(self, tables: Tables, news: "News | None") -> Database:
        from modelapp.session.database.postgres import PostgresDatabase  # reads psycopg, an extra

        return PostgresDatabase(self._address, tables, news)


def storage_of(script: Path, store: str | None = None, blobs: str | None = None, *, serves: bool = False) -> Storage:
    """Return where an app, or a gallery, keeps what lasts.

    Args:
        script: The script, or the folder of scripts.
        store: Address of a PostgreSQL database; None is files beside the script.
        blobs: Address of object storage, below which each app has a folder; None is files beside the script.
        serves: True for a host, which hears what other hosts change.

    Raises:
        EnvironmentFault: If an address is none, or nobody answers there.
    """
    folder = folder_of(script)
    script = script.resolve()
    name = f"{script.name}_gallery" if script.is_dir() else script.stem
    place = f"{blobs.rstrip('/')}/{name}" if blobs else None
    if not store:
        return FolderStorage(folder, place)
    return PostgresStorage(folder, store, name, place, serves=serves)


def cookies_of(storage: Storage, path: Path) -> str:
    """Return what tells an app's cookies from those of others on the same host, which share them over all ports.

    Args:
        storage: Where the app keeps what lasts.
        path: The script, or the folder of a gallery, which is a name for as long as all hosts have it in one place.
    """
    keys = storage.all_keys()
    if COOKIES in keys:
        return keys[COOKIES]
    text = str(path) if isinstance(storage, FolderStorage) else storage.key("key")
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def refuse_half_moved(storage: Storage) -> None:
    """Refuse a storage to which an app was moved in part.

    Raises:
        EnvironmentFault: If it is one.
    """
    if MOVING in storage.all_keys():
        raise EnvironmentFault(
            f"The move of the app to {storage.shown} was not ended.", hint="Repeat it: modelapp store migrate"
        )


def _shown(url: str | None, folder: Path) -> str:
    if url is None:
        return str(folder / "blobs")
    from modelapp.session.remote_blobs import without_password  # only those who ask for it

    return without_password(url)


def _blobs_at(url: str | None, folder: Path) -> Blobs:
    if url is None:
        return FileBlobs(folder / "blobs")
    from modelapp.session.remote_blobs import RemoteBlobs  # reads fsspec, an extra

    return RemoteBlobs(url, folder / "blobs-cache")
