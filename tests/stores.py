"""Where the apps of a test keep what lasts: files beside the script, or a real PostgreSQL server on a socket."""

from __future__ import annotations

import os
import secrets
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from modelapp.cli.storing import STORE_VARIABLE
from modelapp.session import flags, history, invites
from modelapp.session.database import Connection, Database, DoneT, Tables
from modelapp.session.storage import Storage, storage_of
from postgres_server import PostgresServer


def storage_at(path: Path) -> Storage:
    """Return where the app of a script keeps what lasts, in this test."""
    return storage_of(path, os.environ.get(STORE_VARIABLE))


def on_files() -> bool:
    """Return True if apps keep what lasts in files, in this test."""
    return STORE_VARIABLE not in os.environ


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server, which all tests share."""
    server = PostgresServer()
    yield server
    server.remove()


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """Address of a fresh database."""
    url = postgres_server.database()
    yield url
    name = url.partition("?")[0].rpartition("/")[2]
    postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def object_storage() -> Iterator[str]:
    """Address of a server that speaks as S3 does, on loopback."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(object_storage: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Address of a fresh bucket; processes that are started find it too."""
    for name, value in (
        ("AWS_ENDPOINT_URL", object_storage),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    name = f"test-{secrets.token_hex(6)}"
    request = urllib.request.Request(f"{object_storage}/{name}", method="PUT")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
    return f"s3://{name}/lab"


@pytest.fixture(params=["files", "postgresql"])
def each_store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test twice: with what lasts in files, and in PostgreSQL."""
    kind: str = request.param
    if kind == "postgresql":
        monkeypatch.setenv(STORE_VARIABLE, request.getfixturevalue("postgres"))
    return kind


files_only = pytest.mark.parametrize("each_store", ["files"], indirect=True)
"""Marks a test of what is so with files alone, in a module of tests that are run with each store."""


def content_of(path: Path, tables: str) -> bytes:
    """Return all that is kept in some tables of a script's app: the file as it is, or its rows."""
    storage = storage_at(path)
    if on_files():
        return (storage.folder / f"{tables}.sqlite3").read_bytes()
    known = _TABLES[tables]

    def rows(database: Connection) -> list[object]:
        return [row for table in known.tables for row in database.execute(f"SELECT * FROM {table}").fetchall()]

    return repr(_with(storage, known, lambda database: database.read(rows, []))).encode()


def is_kept(path: Path, tables: str) -> bool:
    """Return True if anything was ever kept in some tables of a script's app."""
    return _with(storage_at(path), _TABLES[tables], lambda database: database.exists())


def execute(path: Path, tables: str, statement: str, values: tuple[object, ...] = ()) -> None:
    """Execute a statement in some tables of a script's app, as another process does."""
    _with(
        storage_at(path),
        _TABLES[tables],
        lambda database: database.change(lambda connection: connection.execute(statement, values)),
    )


def _with(storage: Storage, tables: Tables, use: Callable[[Database], DoneT]) -> DoneT:
    database = storage.database(tables)
    try:
        return use(database)
    finally:
        database.close()
        storage.close()


_TABLES = {one.name: one for one in (flags.TABLES, history.TABLES, invites.TABLES)}
