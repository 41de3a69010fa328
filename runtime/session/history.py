"""The history: every case that a visitor tried, until she deletes it.

In tables of its own, which other commands read while a host writes them. Large values stay where they are, and a case
names them by digest; small pictures are in the table. What is deleted is overwritten, and the
digests of its blobs are written down in the same step, so that they are removed even if the host ends in between. Knows
no session and no socket.
"""

import json
import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import msgspec
from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import CaseInput, Json
from modelapp.session.blobs import digests_in
from modelapp.session.database import Connection, Tables
from modelapp.session.flags import owner_of
from modelapp.session.storage import Storage

MOST_OF_ONE = 500
"""How many cases of one session are kept; the oldest go."""
MOST_REMARKS = 200
"""How many may be written about one case."""
NO_CASE = "That case is not here any more."
TABLES = Tables(
    "history",
    "history",
    (
        "CREATE TABLE IF NOT EXISTS tried (id TEXT PRIMARY KEY, owner TEXT NOT NULL, place INTEGER NOT NULL, "
        "time REAL NOT NULL, visitor TEXT, version TEXT NOT NULL, inputs TEXT NOT NULL, outputs TEXT NOT NULL, "
        "said BLOB NOT NULL, answer TEXT, picture BLOB, digests TEXT NOT NULL, link TEXT UNIQUE)",
        "CREATE INDEX IF NOT EXISTS tried_owner ON tried (owner, place)",
        "CREATE INDEX IF NOT EXISTS tried_place ON tried (place)",
        "CREATE TABLE IF NOT EXISTS remark (number INTEGER PRIMARY KEY AUTOINCREMENT, tried TEXT NOT NULL, "
        "owner TEXT NOT NULL, time REAL NOT NULL, who TEXT, text TEXT NOT NULL)",
        "CREATE INDEX IF NOT EXISTS remark_tried ON remark (tried)",
        "CREATE TABLE IF NOT EXISTS doomed (digest TEXT PRIMARY KEY) WITHOUT ROWID",
    ),
)
_ALL = 1 << 40
_DOOM = "INSERT INTO doomed VALUES (?) ON CONFLICT (digest) DO NOTHING"
_COLUMNS = "id, owner, place, time, visitor, version, inputs, outputs, said, answer, picture, link"


class KeptCase(msgspec.Struct, frozen=True):
    """One case.

    Attributes:
        id: Tells it from all others.
        owner: Digest of the secret id of the session that tried it.
        place: Higher than that of all cases that were tried before.
        time: When it was tried last, in seconds since 1970.
        visitor: Name of the person who was invited, or None.
        version: Of the script, its local modules and the weights that it used: see `script.weights.version_of`.
        inputs: What the script got of each input, as raw values with their edits.
        outputs: What it made of them, as JSON; a file is {"blob", "name", "size_bytes"}.
        said: Those inputs that are not as they begin, for a reader.
        answer: The answer among the outputs, as text, or None.
        picture: A small picture file, or None.
        link: By which everybody may see it who knows the link, or None.
    """

    id: str
    owner: str
    place: int
    time: float
    visitor: str | None
    version: str
    inputs: dict[str, Json]
    outputs: dict[str, Json]
    said: tuple[CaseInput, ...]
    answer: str | None
    picture: bytes | None = None
    link: str | None = None

    def is_of(self, session: str) -> bool:
        """Return True if it is this session's."""
        return self.owner == owner_of(session)


class KeptRemark(msgspec.Struct, frozen=True):
    """What somebody wrote about a case."""

    owner: str
    time: float
    who: str | None
    text: str


class History:
    """The cases of one app. Methods may be called in any thread.

    Args:
        storage: Where the app keeps what lasts.
    """

    def __init__(self, storage: Storage) -> None:
        self._tables = storage.database(TABLES)

    # ------------------------------------------------------------ cases

    def keep(
        self, case: KeptCase, digests: Collection[str], wanted: Callable[[], bool]
    ) -> tuple[KeptCase, set[str]] | None:
        """Keep a case, or move up the one that has the same inputs and version.

        Returns:
            The case, and the digests of the blobs of old ones that had to go, which are doomed from now on.

        Args:
            case: The case; its id and place are ignored.
            digests: Its blobs.
            wanted: Asked once nobody else can change anything. If False nothing is kept, and None is returned.

        Raises:
            EnvironmentFault: If it cannot be written.
        """
        return self._tables.change(lambda database: self._keep(database, case, digests) if wanted() else None)

    def counts(self, session: str) -> tuple[int, int]:
        """Return how many cases a session has, and how many all have."""

        def count(database: Connection) -> tuple[int, int]:
            query = "SELECT coalesce(sum(CASE WHEN owner = ? THEN 1 ELSE 0 END), 0), count(*) FROM tried"
            found: tuple[int, int] = database.execute(query, (owner_of(session),)).fetchone()
            return found

        return self._tables.read(count, (0, 0))

    def cases(self, session: str | None, before: int | None, most: int) -> list[KeptCase]:
        """Return cases, the newest first.

        Args:
            session: Whose; None is everybody's.
            before: Place of the last that is known; None begins with the newest.
            most: How many.
        """

        def find(database: Connection) -> list[KeptCase]:
            where, values = "place < ?", list[Any]([before if before is not None else 1 << 62])
            if session is not None:
                where, values = f"owner = ? AND {where}", [owner_of(session), *values]
            query = f"SELECT {_COLUMNS} FROM tried WHERE {where} ORDER BY place DESC LIMIT ?"
            return [_case(row) for row in database.execute(query, (*values, most))]

        return self._tables.read(find, [])

    def case(self, identity: str) -> KeptCase:
        """Return a case.

        Raises:
            InvalidValue: If there is none of that id.
        """
        return self._one("id", identity)

    def inputs_of(self, identity: str) -> dict[str, Json] | None:
        """Return what the script got in a case, or None if there is none of that id."""
        query = "SELECT inputs FROM tried WHERE id = ?"
        row = self._tables.read(lambda database: database.execute(query, (identity,)).fetchone(), None)
        return None if row is None else dict(json.loads(row[0]))

    def linked(self, link: str) -> KeptCase:
        """Return the case to which a link leads.

        Raises:
            InvalidValue: If there is none.
        """
        return self._one("link", link)

    def share(self, identity: str) -> str:
        """Return the link of a case, which is made if there is none yet.

        Raises:
            InvalidValue: If there is no case of that id.
        """

        def give(database: Connection) -> str:
            row = database.execute("SELECT link FROM tried WHERE id = ?", (identity,)).fetchone()
            if row is None:
                raise InvalidValue(NO_CASE)
            link: str = row[0] or secrets.token_urlsafe(16)
            database.execute("UPDATE tried SET link = ? WHERE id = ?", (link, identity))
            return link

        return self._tables.change(give)

    # ------------------------------------------------------------ remarks

    def remark(self, link: str, remark: KeptRemark) -> KeptCase:
        """Keep what somebody wrote about the case at a link; return the case.

        Raises:
            InvalidValue: If there is no such case, or enough was written about it.
        """
        case = self.linked(link)

        def write(database: Connection) -> None:
            (count,) = database.execute("SELECT count(*) FROM remark WHERE tried = ?", (case.id,)).fetchone()
            if count >= MOST_REMARKS:
                raise InvalidValue(f"{MOST_REMARKS} remarks are enough for one case: it takes no more.")
            if database.execute("SELECT 1 FROM tried WHERE id = ?", (case.id,)).fetchone() is None:
                raise InvalidValue(NO_CASE)
            row = (case.id, remark.owner, remark.time, remark.who, remark.text)
            database.execute("INSERT INTO remark (tried, owner, time, who, text) VALUES (?, ?, ?, ?, ?)", row)

        self._tables.change(write)
        return case

    def remarks(self, case: str) -> list[KeptRemark]:
        """Return what was written about a case, in its order."""

        def find(database: Connection) -> list[KeptRemark]:
            query = "SELECT owner, time, who, text FROM remark WHERE tried = ? ORDER BY number"
            return [KeptRemark(*row) for row in database.execute(query, (case,))]

        return self._tables.read(find, [])

    # ------------------------------------------------------------ deleting

    def exists(self) -> bool:
        """Return True if a case was ever kept."""
        return self._tables.exists()

    def delete(self, session: str | None, identity: str | None = None) -> tuple[int, list[str], set[str]]:
        """Delete cases for good.

        Args:
            session: Whose; None is everybody's.
            identity: Which; None is all.

        Returns:
            How many there were, the links that led to them, and the digests of their blobs, which are doomed now.
        """

        def remove(database: Connection) -> tuple[int, list[str], set[str]]:
            where, values = ["1 = 1"], []
            for column, value in (("owner", owner_of(session) if session else None), ("id", identity)):
                if value is not None:
                    where.append(f"{column} = ?")
                    values.append(value)
            query = f"SELECT id, link, digests FROM tried WHERE {' AND '.join(where)}"
            rows = database.execute(query, values).fetchall()
            return len(rows), *_removed(database, rows)

        return self._tables.change(remove) if self._tables.exists() else (0, [], set())

    def doom(self, digests: Iterable[str]) -> None:
        """Write down blobs that are to be removed once nobody needs them."""
        rows = [(digest,) for digest in digests]
        if rows:
            self._tables.change(lambda database: database.executemany(_DOOM, rows))

    def doomed(self) -> set[str]:
        """Return the blobs that are to be removed once nobody needs them."""
        return self._tables.read(
            lambda database: {digest for (digest,) in database.execute("SELECT digest FROM doomed")}, set()
        )

    def removed(self, digests: Iterable[str]) -> None:
        """Forget blobs that are removed."""
        rows = [(digest,) for digest in digests]
        if rows and self._tables.exists():
            self._tables.change(lambda database: database.executemany("DELETE FROM doomed WHERE digest = ?", rows))

    def named(self) -> set[str]:
        """Return the digests that cases name."""

        def find(database: Connection) -> set[str]:
            rows = database.execute("SELECT digests FROM tried")
            return {digest for (digests,) in rows for digest in json.loads(digests)}

        return self._tables.read(find, set())

    def close(self) -> None:
        """Give back the tables."""
        self._tables.close()

    # ------------------------------------------------------------ the tables

    def _keep(self, database: Connection, case: KeptCase, digests: Collection[str]) -> tuple[KeptCase, set[str]]:
        inputs = json.dumps(case.inputs, sort_keys=True)  # so that the same are found
        (place,) = database.execute("SELECT coalesce(max(place), 0) + 1 FROM tried").fetchone()
        known = database.execute(
            "SELECT id, link, digests, outputs, answer FROM tried WHERE owner = ? AND inputs = ? AND version = ?",
            (case.owner, inputs, case.version),
        ).fetchone()
        if known is not None:
            identity, link, before, *_ = known
            # What others see at its link stays as they saw it.
            if link is None:
                every = sorted({*digests, *json.loads(before)})
                database.execute(
                    "UPDATE tried SET outputs = ?, answer = ?, digests = ? WHERE id = ?",
                    (_json(case.outputs), case.answer, json.dumps(every), identity),
                )
            database.execute("UPDATE tried SET place = ?, time = ? WHERE id = ?", (place, case.time, identity))
            return msgspec.structs.replace(case, id=identity, place=place, link=link), set()
        identity = secrets.token_hex(16)  # typed on command lines, where it must not begin like an option
        said = msgspec.json.encode(case.said)
        row = (identity, case.owner, place, case.time, case.visitor, case.version, inputs, _json(case.outputs), said)
        database.execute(
            "INSERT INTO tried VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, case.answer, case.picture, json.dumps(sorted(digests)), None),
        )
        oldest = "SELECT id, link, digests FROM tried WHERE owner = ? ORDER BY place DESC LIMIT ? OFFSET ?"
        _, gone = _removed(database, database.execute(oldest, (case.owner, _ALL, MOST_OF_ONE)).fetchall())
        return msgspec.structs.replace(case, id=identity, place=place), gone

    def _one(self, column: str, value: str) -> KeptCase:
        query = f"SELECT {_COLUMNS} FROM tried WHERE {column} = ?"  # the column is ours, not a client's
        row = self._tables.read(lambda database: database.execute(query, (value,)).fetchone(), None)
        if row is None:
            raise InvalidValue(NO_CASE)
        return _case(row)


def _removed(database: Connection, rows: Sequence[tuple[str, str | None, str]]) -> tuple[list[str], set[str]]:
    """Delete cases of which this is known: id, link and digests. Return the links, and the digests, now doomed."""
    digests = {digest for _, _, found in rows for digest in json.loads(found)}
    database.executemany("DELETE FROM remark WHERE tried = ?", [(identity,) for identity, *_ in rows])
    database.executemany("DELETE FROM tried WHERE id = ?", [(identity,) for identity, *_ in rows])
    database.executemany(_DOOM, [(digest,) for digest in digests])
    return [link for _, link, _ in rows if link is not None], digests


def blobs_of(case: KeptCase) -> set[str]:
    """Return the blobs that somebody needs who sees a case again."""
    return {*digests_in(case.inputs), *digests_in(case.outputs)}


def _json(value: Json) -> str:
    return json.dumps(value)  # takes whole numbers and texts that msgspec does not


def _case(row: tuple[Any, ...]) -> KeptCase:
    identity, owner, place, moment, visitor, version, inputs, outputs, said, answer, picture, link = row
    told = msgspec.json.decode(said, type=tuple[CaseInput, ...])
    return KeptCase(
        identity,
        owner,
        place,
        moment,
        visitor,
        version,
        json.loads(inputs),
        json.loads(outputs),
        told,
        answer,
        picture,
        link,
    )
