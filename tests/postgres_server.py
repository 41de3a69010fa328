"""A real PostgreSQL server, for tests and measurements."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

_USER = "postgres"


class PostgresServer:
    """A PostgreSQL server of its own, on a socket in a folder of its own.

    Args:
        synced: If False it leaves it to the system when the disk is written: then only a power cut loses anything.
    """

    def __init__(self, *, synced: bool = False) -> None:
        self._synced = synced
        (self._programs,) = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
        self.folder = Path(tempfile.mkdtemp(prefix="modelapp-postgres-"))
        # It refuses to be run by root.
        self._as = ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups"] if os.getuid() == 0 else []
        if self._as:
            shutil.chown(self.folder, _USER, _USER)
        self.folder.chmod(0o755)
        self._run("initdb", "--username=modelapp", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        (self.folder / "data" / "pg_hba.conf").write_text("local all guarded scram-sha-256\nlocal all all trust\n")
        self.start()
        self.execute("CREATE ROLE guarded LOGIN PASSWORD 'another'")

    @property
    def url(self) -> str:
        """Address of a database that is there from the start."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql://modelapp@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = (
            f"-k {self.folder} -c listen_addresses='' -c max_connections=200 -c fsync={'on' if self._synced else 'off'}"
        )
        self._run("pg_ctl", "start", "--wait", "-l", str(self.folder / "log"), "-o", options)

    def stop(self, mode: str = "fast") -> None:
        """Stop it: "fast" in order, "immediate" as a power cut would."""
        self._run("pg_ctl", "stop", "--wait", "-m", mode)

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Execute a statement from outside."""
        import psycopg

        with psycopg.connect(self.url_of(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def database(self) -> str:
        """Make a fresh database; return its address."""
        name = f"test_{secrets.token_hex(6)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url_of(name)

    def processor_seconds(self) -> float:
        """Return the processor time that it has used so far, all its processes together."""
        main = (self.folder / "data" / "postmaster.pid").read_text().split()[0]
        total = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # one that has just ended
                fields = path.read_text().rpartition(")")[2].split()
                if main in (path.parent.name, fields[1]):
                    # Of those that have ended only the first process knows.
                    total += sum(map(int, fields[11:15] if path.parent.name == main else fields[11:13]))
        return total / os.sysconf("SC_CLK_TCK")

    def remove(self) -> None:
        """End it, with all that it has."""
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *words: str) -> None:
        command = [*self._as, str(self._programs / program), "-D", str(self.folder / "data"), *words]
        # What is started must not hold the pipes of what starts it.
        with (self.folder.parent / f"{self.folder.name}.out").open("w+") as said:
            done = subprocess.run(command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, cwd="/", check=False)
            said.seek(0)
            assert done.returncode == 0, said.read()
        Path(said.name).unlink()
