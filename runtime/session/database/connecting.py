"""Connections to PostgreSQL: how one is opened, which faults go away by themselves, and what is said of the others."""

import re
import zlib
from typing import TYPE_CHECKING, Any

from modelapp.core.errors import EnvironmentFault
from modelapp.session.database.address import Address
from modelapp.session.database.dialect import text_loader

if TYPE_CHECKING:
    import psycopg

_FINAL = ("28", "3D", "42501")
"""Beginnings of the codes of what trying again does not mend: a wrong password, no such database, no right."""


class Lost(Exception):
    """The connection is lost."""


def opened(address: Address) -> "psycopg.Connection[Any]":
    """Return a new connection.

    Raises:
        Lost: If nobody answers, which may mend itself.
        EnvironmentFault: If psycopg is not installed, or the server refuses for good.
    """
    try:
        import psycopg  # an extra, which most do without
    except ImportError as problem:
        raise EnvironmentFault(
            f"A store in PostgreSQL needs psycopg, which cannot be used here: {problem}.",
            hint='Install it: pip install "modelapp[postgres]"',
        ) from None
    try:
        connection = psycopg.connect(
            address.connection,
            autocommit=True,
            cursor_factory=psycopg.RawCursor,
            **_usual(address.connection),
        )
    except psycopg.OperationalError as problem:
        code = code_of(problem) or ""
        if code.startswith(_FINAL) or (not code and _FINAL_WORDS.search(str(problem))):
            raise unreachable(address, problem) from None
        raise Lost(said(problem)) from None
    except psycopg.Error as problem:  # an unknown word in the address, for example
        raise unreachable(address, problem) from None
    connection.adapters.register_loader("text", text_loader())
    try:
        connection.execute(f"SET search_path TO {quoted(address.schema)}")
        # A host that hangs, or whose machine is gone, holds up nobody for long.
        connection.execute("SET idle_in_transaction_session_timeout = '30s'")
        for setting in ("idle = 10", "interval = 5", "count = 3"):
            connection.execute(f"SET tcp_keepalives_{setting}")
    except psycopg.Error as problem:
        connection.close()
        raise Lost(said(problem)) from None
    return connection


_FINAL_WORDS = re.compile(
    "password|authentication|does not exist|pg_hba|invalid|does not support SSL|root certificate|permission denied"
)
"""libpq tells faults of connecting in words alone."""


def unreachable(address: Address, problem: BaseException) -> EnvironmentFault:
    """Return what is said of a database that cannot be reached."""
    text = said(problem)
    hint = "Is the server running, and is that its address?"
    if "no password" in text or "password authentication" in text or "authentication failed" in text:
        hint = "Put the password into ~/.pgpass or PGPASSWORD; or is the user's name another one?"
    elif 'database "' in text and "does not exist" in text:
        hint = "Make it first, for example with createdb; modelapp makes its own schema in it."
    return EnvironmentFault(f"The store {address.shown} cannot be reached: {text}.", hint=hint)


def said(problem: BaseException) -> str:
    """Return what the server or libpq says, in one line. Neither repeats a password."""
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()] or [type(problem).__name__]
    telling = [line for line in lines if "FATAL:" in line] or [line for line in lines if "failed: " in line] or lines
    text = re.sub(r"^.*FATAL: +", "", telling[0])
    text = re.sub(r"^(- host: .*?: )?(connection (failed|is bad): )+", "", text)
    return text.rstrip(". ")


def quoted(name: str) -> str:
    """Return a name as it stands in a statement."""
    return '"' + name.replace('"', '""') + '"'


def _usual(connection: str) -> dict[str, Any]:
    """Return parameters for what an address leaves open: a server that is gone is to be noticed."""
    from psycopg.conninfo import conninfo_to_dict

    usual = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "keepalives_idle": 10, "application_name": "modelapp"}
    given = conninfo_to_dict(connection)
    return {name: value for name, value in usual.items() if name not in given}


def code_of(problem: BaseException) -> str | None:
    """Return the server's code of a fault, or None."""
    code = getattr(problem, "sqlstate", None)
    return code if isinstance(code, str) else None


def lock_of(address: Address, name: str) -> tuple[int, int]:
    """Return the numbers of a lock that all hosts of an app share."""
    return _number(address.schema), _number(name)


def _number(text: str) -> int:
    return zlib.crc32(text.encode()) - (1 << 31)
