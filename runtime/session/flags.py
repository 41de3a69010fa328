"""Flags: answers that somebody wants the script's author to look at, each with all that it takes to see it again.

They are in tables of their own, which other commands read while a host writes them. Each is on the disk before `keep`
returns. Large values stay where they are, and a flag names them by digest. Knows no session and no socket.
"""

import hashlib
import json
from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import Json
from modelapp.session.blobs import digests_in
from modelapp.session.case import answer_of, one_line
from modelapp.session.database import Connection, Tables
from modelapp.session.storage import Storage

MOST_OF_ONE = 5000
"""How many flags one session may make."""
TABLES = Tables(
    "flags",
    "flags",
    (
        "CREATE TABLE IF NOT EXISTS flag (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, "
        "owner TEXT NOT NULL, time REAL NOT NULL, visitor TEXT, version TEXT NOT NULL, inputs TEXT NOT NULL, "
        "outputs TEXT NOT NULL, revision INTEGER NOT NULL, note TEXT NOT NULL, right_answer TEXT NOT NULL, "
        "choice TEXT, digests TEXT NOT NULL DEFAULT '[]')",
        "CREATE INDEX IF NOT EXISTS flag_owner ON flag (owner)",
    ),
    # Once it was not noted what was made for pages.
    columns=(("flag", "digests", "TEXT NOT NULL DEFAULT '[]'"),),
)
_COLUMNS = "number, id, time, visitor, version, inputs, outputs, note, right_answer, choice"


class Words(msgspec.Struct, frozen=True):
    """What somebody said about an answer; none of it need be said."""

    note: str = ""
    right: str = ""
    choice: str | None = None

    def __bool__(self) -> bool:
        return bool(self.note or self.right or self.choice)


class KeptFlag(msgspec.Struct, frozen=True):
    """One flag.

    Attributes:
        number: From 1 up, in the order in which they came.
        id: Made by the page.
        time: In seconds since 1970.
        visitor: Name of the person who was invited, or None.
        version: Of the script, its local modules and the weights that it used: see `script.weights.version_of`.
        inputs: What the script had got of each input, as raw values with their edits.
        outputs: What it made of them, as JSON; a file is {"blob", "name", "size_bytes"}.
        words: What was said about it.
    """

    number: int
    id: str
    time: float
    visitor: str | None
    version: str
    inputs: dict[str, Json]
    outputs: dict[str, Json]
    words: Words = Words()


class Flags:
    """The flags of one app. Methods may be called in any thread.

    Args:
        storage: Where the app keeps what lasts.
    """

    def __init__(self, storage: Storage) -> None:
        self._tables = storage.database(TABLES)

    def keep(self, session: str, revision: int, flag: KeptFlag, digests: Iterable[str] = ()) -> tuple[KeptFlag, bool]:
        """Keep a flag, unless it is kept already; return it with its number, and whether anything was news.

        Args:
            session: Secret id of who flags.
            revision: Of the words.
            flag: The flag; its number is ignored.
            digests: Blobs that were made for the page that showed the answer, beside those that the flag names.

        Raises:
            InvalidValue: If a flag of that id is another session's, or this one has flagged too often.
            EnvironmentFault: If it cannot be written.
        """
        return self._tables.change(lambda database: self._keep(database, owner_of(session), revision, flag, digests))

    def amend(self, session: str, identity: str, revision: int, words: Words) -> tuple[KeptFlag, bool] | None:
        """Take in newer words on a flag that is kept; return it and whether they were news, or None without the flag.

        Raises:
            InvalidValue: If it is another session's.
            EnvironmentFault: If it cannot be written.
        """
        if not self._tables.exists():
            return None
        return self._tables.change(lambda database: self._amend(database, owner_of(session), identity, revision, words))

    def all(self) -> list[KeptFlag]:
        """Return the flags, in the order in which they came.

        Raises:
            EnvironmentFault: If they cannot be read.
        """
        return self._found("1 = 1")

    def named(self) -> set[str]:
        """Return the digests that flags name."""
        return {digest for flag in self.all() for digest in blobs_of(flag)}

    def of(self, session: str) -> list[KeptFlag]:
        """Return the flags of a session, in the order in which they came."""
        return self._found("owner = ?", owner_of(session))

    def numbered(self, number: int) -> KeptFlag | None:
        """Return a flag by its number, or None if there is none."""
        return next(iter(self._found("number = ?", number)), None)

    def made_by(self, numbers: Collection[int]) -> dict[str, set[str]]:
        """Return the blobs that these flags name or were made for them, by the digest of the session that flagged."""

        def find(database: Connection) -> dict[str, set[str]]:
            found: dict[str, set[str]] = {}
            for number, owner, inputs, outputs, digests in database.execute(
                "SELECT number, owner, inputs, outputs, digests FROM flag"
            ):
                if number in numbers:
                    values = [json.loads(text) for text in (inputs, outputs, digests)]
                    found.setdefault(owner, set()).update(digests_in(values))
            return found

        return self._tables.read(find, {})

    def delete(self, numbers: Collection[int]) -> int:
        """Delete flags for good; return how many there were.

        Raises:
            EnvironmentFault: If they cannot be written.
        """

        def remove(database: Connection) -> int:
            rows = [(number,) for number in numbers]
            return max(0, database.executemany("DELETE FROM flag WHERE number = ?", rows).rowcount)

        return self._tables.change(remove) if self._tables.exists() else 0

    def close(self) -> None:
        """Give back the tables."""
        self._tables.close()

    def _found(self, where: str, *values: str | int) -> list[KeptFlag]:
        query = f"SELECT {_COLUMNS} FROM flag WHERE {where} ORDER BY number"  # the condition is ours, not a client's
        rows: list[tuple[Any, ...]] = self._tables.read(lambda database: database.execute(query, values).fetchall(), [])
        return [_flag(row) for row in rows]

    def _keep(
        self, database: Connection, owner: str, revision: int, flag: KeptFlag, digests: Iterable[str]
    ) -> tuple[KeptFlag, bool]:
        known = self._amend(database, owner, flag.id, revision, flag.words)
        if known is not None:
            return known
        (count,) = database.execute("SELECT count(*) FROM flag WHERE owner = ?", (owner,)).fetchone()
        if count >= MOST_OF_ONE:
            raise InvalidValue(f"{MOST_OF_ONE:,} answers were flagged on this page: it takes no more.")
        words = flag.words
        row = (flag.id, owner, flag.time, flag.visitor, flag.version, _json(flag.inputs), _json(flag.outputs))
        database.execute(
            "INSERT INTO flag (id, owner, time, visitor, version, inputs, outputs, revision, note, right_answer, "
            "choice, digests) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, revision, words.note, words.right, words.choice, json.dumps(sorted(digests))),
        )
        (number,) = database.execute("SELECT number FROM flag WHERE id = ?", (flag.id,)).fetchone()
        return msgspec.structs.replace(flag, number=number), True

    def _amend(
        self, database: Connection, owner: str, identity: str, revision: int, words: Words
    ) -> tuple[KeptFlag, bool] | None:
        row = database.execute(f"SELECT owner, revision, {_COLUMNS} FROM flag WHERE id = ?", (identity,)).fetchone()
        if row is None:
            return None
        if row[0] != owner:
            raise InvalidValue("That flag is not of this page.")
        flag = _flag(row[2:])
        if revision <= row[1]:
            return flag, False
        database.execute(
            "UPDATE flag SET revision = ?, note = ?, right_answer = ?, choice = ? WHERE id = ?",
            (revision, words.note, words.right, words.choice, identity),
        )
        return msgspec.structs.replace(flag, words=words), words != flag.words


def told(flag: KeptFlag, *, by_author: bool) -> str:
    """Return a line about a flag for the script's author; what a visitor wrote cannot reach out of it."""
    who = flag.visitor or ("You" if by_author else "A visitor")
    answer = answer_of(flag.outputs)
    words = flag.words
    said = [text for text in (words.choice, f"right: {words.right}" if words.right else "", words.note) if text]
    line = f"{who} flagged {'an answer' if answer is None else f'“{answer}”'} (flag {flag.number})"
    line = f"{line}: {'; '.join(said)}" if said else f"{line}."
    return one_line(line)


def blobs_of(flag: KeptFlag) -> set[str]:
    """Return the blobs that it takes to see a flag again."""
    return set(digests_in([flag.inputs, flag.outputs]))


def owner_of(session: str) -> str:
    """Return what tells a session from others, and opens nothing to who reads the file."""
    return hashlib.sha256(session.encode("utf-8", "replace")).hexdigest()


def _json(value: Json) -> str:
    return json.dumps(value)  # takes whole numbers and texts that msgspec does not


def _flag(row: tuple[Any, ...]) -> KeptFlag:
    number, identity, time, visitor, version, inputs, outputs, note, right, choice = row
    return KeptFlag(
        number, identity, time, visitor, version, json.loads(inputs), json.loads(outputs), Words(note, right, choice)
    )
