"""PostgreSQL as a store: what is said of faults, and that a lost connection neither loses nor doubles anything."""

import os
import socket
import subprocess
import sys
import threading
import traceback
from contextlib import suppress

import pytest
from modelapp.core.errors import EnvironmentFault
from modelapp.session.database import Tables
from modelapp.session.database.address import address_of
from modelapp.session.database.postgres import PostgresDatabase
from modelapp.session.flags import Flags, KeptFlag
from modelapp.session.storage import PostgresStorage
from modelapp.session.store import SessionStore

COUNTER = Tables("counter", "counter", ("CREATE TABLE IF NOT EXISTS counter (one INTEGER PRIMARY KEY, n INTEGER)",))
ADD = "INSERT INTO counter VALUES (1, 1) ON CONFLICT (one) DO UPDATE SET n = counter.n + 1"


class Cable:
    """A TCP port in front of the server's socket. It can be cut at a commit: before it arrives, or after it is done."""

    def __init__(self, target):
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.cuts = []
        self._ends = []
        self._dropping = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._target)
            self._ends += [client, server]
            for one, other, asks in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._carry, args=(one, other, asks), daemon=True).start()

    def _carry(self, source, target, asks):
        with suppress(OSError):
            while data := source.recv(1 << 16):
                if not asks and self._dropping:  # the server has answered
                    self._dropping = False
                    break
                if asks and b"COMMIT" in data and self.cuts:
                    if self.cuts.pop(0) == "before":
                        break
                    self._dropping = True
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self):
        for one in (self._listening, *self._ends):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def database_at(url, tables=COUNTER):
    return PostgresDatabase(address_of(url, "demo"), tables)


@pytest.mark.parametrize("cut", ["before", "after"])
def test_change_whose_answer_was_lost_is_done_once(postgres_server, postgres, cut):
    cable = Cable(str(postgres_server.folder / ".s.PGSQL.5432"))
    name = postgres.partition("?")[0].rpartition("/")[2]
    database = database_at(f"postgresql://modelapp@127.0.0.1:{cable.port}/{name}?sslmode=disable")
    database.change(lambda connection: connection.execute(ADD))
    for expected in (2, 3):
        cable.cuts.append(cut)
        found = database.change(lambda c: (c.execute(ADD), c.execute("SELECT n FROM counter").fetchone())[1])
        assert found == (expected,) and not cable.cuts
    assert database.read(lambda connection: connection.execute("SELECT n FROM counter").fetchone(), None) == (3,)
    database.close()
    cable.close()


def test_nothing_is_lost_or_doubled_while_the_server_is_killed(postgres_server, postgres, tmp_path):
    storage = PostgresStorage(tmp_path, postgres, "demo")
    flags, store, counter = Flags(storage), SessionStore(storage), database_at(postgres)
    store.create("session", "grant", "visitor")
    kept, ended, went_on = [], threading.Event(), threading.Semaphore(0)

    def work():
        number = 0
        while not ended.is_set():
            number += 1
            flags.keep("session", 0, KeptFlag(0, f"flag-{number}", float(number), None, "v", {"a": number}, {}))
            store.set_values("session", {"a": number, "b": [number]})
            counter.change(lambda connection: connection.execute(ADD))
            kept.append(number)
            went_on.release()

    worker = threading.Thread(target=work)
    worker.start()
    for mode in ("immediate", "fast", "immediate"):
        for _ in range(5):
            assert went_on.acquire(timeout=60)
        postgres_server.stop(mode)
        postgres_server.start()
    assert went_on.acquire(timeout=60)
    ended.set()
    worker.join(60)
    assert [flag.id for flag in flags.all()] == [f"flag-{number}" for number in kept]
    assert store.load("session").values == {"a": kept[-1], "b": [kept[-1]]}
    assert counter.read(lambda connection: connection.execute("SELECT n FROM counter").fetchone(), None) == (kept[-1],)
    for one in (flags, store, counter, storage):
        one.close()


def test_texts_and_numbers_come_back_as_they_were(postgres, tmp_path):
    storage = PostgresStorage(tmp_path, f"{postgres}&schema=Odd \"name'", "demo")
    store = SessionStore(storage)
    text = "nothing \0 and ?, %s, $1, 😀, \ufffe"
    store.create("s\0", "grant", "visitor", text)
    store.set_values("s\0", {text: {"a": text, "b": 1.1, "c": 1 << 60}})
    store.set_state("s\0", {"x": bytes(range(256)), "y": b""})
    saved = store.load("s\0")
    assert (saved.visitor, saved.values) == (text, {text: {"a": text, "b": 1.1, "c": 1 << 60}})
    assert saved.state == {"x": bytes(range(256)), "y": b""}
    store.close()
    storage.close()


SERVER_SAYS = {
    "refused": ("postgresql://someone:s3cret@127.0.0.1:1/app", "refused", "Is the server running"),
    "password": ("postgresql://guarded:s3cret@/postgres?host={folder}", "password authentication failed", "~/.pgpass"),
    "none": ("postgresql://guarded@/postgres?host={folder}", "no password supplied", "~/.pgpass"),
    "database": ("postgresql://modelapp:s3cret@/nothing?host={folder}", "does not exist", "createdb"),
    "scheme": ("mysql://someone:s3cret@host/app", "mysql:// is no store", "postgresql://user@host/database"),
    "typing": ("postgresq://someone:s3cret@host/app", "is no store", "Did you mean 'postgresql'?"),
    "letters": ("postgresql://someone:s3cret@x/y@host/app", "cannot be read", "%40"),
    "schema": ("postgresql://someone:s3cret@host/app?schema=pg_x", "cannot be the name", "63 bytes"),
    "patience": ("postgresql://someone:s3cret@host/app?patience=long", "no number of seconds", "?patience=20"),
    "option": ("postgresql://someone:s3cret@127.0.0.1:1/app?sslmod=x", "sslmod", ""),
}


@pytest.mark.parametrize("case", SERVER_SAYS)
def test_fault_is_told_without_the_password(postgres_server, tmp_path, case):
    url, said, hint = SERVER_SAYS[case]
    with pytest.raises(EnvironmentFault) as caught:
        SessionStore(PostgresStorage(tmp_path, url.format(folder=postgres_server.folder), "demo"))
    assert said in str(caught.value) and hint in str(caught.value)
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


def test_without_psycopg_it_says_what_to_install(tmp_path):
    (tmp_path / "psycopg.py").write_text("raise ImportError('there is none')")
    (tmp_path / "demo.py").write_text("import modelapp as ma\nma.text_output('x')\n")
    path = os.pathsep.join((str(tmp_path), *filter(None, sys.path)))
    command = [sys.executable, "-m", "modelapp", "run", "demo.py", "--no-open", "--port", "0", "--no-check"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path, "MODELAPP_STORE": "postgresql://someone:s3cret@127.0.0.1:1/app"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert 'pip install "modelapp[postgres]"' in done.stderr
    assert "s3cret" not in done.stderr + done.stdout and "Traceback" not in done.stderr


def test_two_apps_of_one_database_have_a_schema_each(postgres, tmp_path):
    one, other = (PostgresStorage(tmp_path, postgres, name) for name in ("one", "other"))
    keys = [one.key("key"), other.key("key")]
    assert keys[0] != keys[1]
    assert [storage.key("key") for storage in (one, other)] == keys
    same = PostgresStorage(tmp_path, f"{postgres}&schema=one", "other")
    assert same.key("key") == keys[0]
    for storage in (one, other, same):
        storage.close()


def test_second_host_of_an_app_is_refused_while_the_first_one_serves(postgres, tmp_path):
    one = PostgresStorage(tmp_path, postgres, "demo", serves=True)
    watching = PostgresStorage(tmp_path, postgres, "demo")
    assert watching.is_served()
    with pytest.raises(EnvironmentFault, match="Another host serves the app 'demo'"):
        PostgresStorage(tmp_path, postgres, "demo", serves=True)
    PostgresStorage(tmp_path, postgres, "other", serves=True).close()
    one.close()
    assert not watching.is_served()
    PostgresStorage(tmp_path, postgres, "demo", serves=True).close()


def test_embedded_default_loads_neither_psycopg_nor_fsspec():
    code = (
        "import sys, pathlib, modelapp.server.application, modelapp.cli.run\n"
        "from modelapp.session.storage import storage_of\n"
        "storage_of(pathlib.Path('demo.py')).blobs\n"
        "print([name for name in ('psycopg', 'fsspec', 's3fs', 'botocore') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
