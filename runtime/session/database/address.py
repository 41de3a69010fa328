"""The address of a PostgreSQL database: which schema in it is an app's, and how it is named without its password."""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from modelapp.core.errors import EnvironmentFault, did_you_mean

_SCHEMES = ("postgresql", "postgres")
_LONGEST_SCHEMA_BYTES = 63
_FORM = "It has the form postgresql://user@host/database."


@dataclass(frozen=True, slots=True)
class Address:
    """Where the tables of an app are in PostgreSQL.

    Attributes:
        connection: What libpq is given, the password among it. It must be shown nowhere.
        shown: The same without a password, for messages.
        schema: Name of the schema.
        patience_seconds: For how long a call tries to reach a server that does not answer.
    """

    connection: str
    shown: str
    schema: str
    patience_seconds: float = 20.0

    def __repr__(self) -> str:
        return f"Address({self.shown!r}, {self.schema!r})"

    @property
    def channel(self) -> str:
        """What news of the schema are told under."""
        return "modelapp_" + hashlib.sha256(self.schema.encode()).hexdigest()[:20]


def address_of(url: str, name: str) -> Address:
    """Return what an address says.

    Args:
        url: As `postgresql://user@host/database?schema=NAME`.
        name: Of the schema where the address names none.

    Raises:
        EnvironmentFault: If it is no address of a PostgreSQL database; says what is.
    """
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (raises for what is no port)
    except ValueError:
        raise EnvironmentFault("What was passed as the store is no address.", hint=_FORM) from None
    if parts.scheme not in _SCHEMES or not url.startswith(f"{parts.scheme}://"):
        guess = did_you_mean(parts.scheme, _SCHEMES) if parts.scheme else None
        said = f"{parts.scheme}://" if parts.scheme else "That"
        raise EnvironmentFault(
            f"{said} is no store: sessions, flags and history are kept in PostgreSQL, or in files without --store.",
            hint=" ".join(text for text in (guess, _FORM) if text),
        )
    _check_password(parts)
    query = parse_qsl(parts.query, keep_blank_values=True)
    schema = next((value for key, value in query if key == "schema"), None)
    if schema is not None:
        _check(schema)
    patience = next((value for key, value in query if key == "patience"), None)
    if patience is not None and not (patience.isascii() and patience.isdigit()):
        raise EnvironmentFault(f"patience={patience} is no number of seconds.", hint="As ?patience=20")
    kept = [(key, value) for key, value in query if key not in ("schema", "patience")]
    shown = [(key, value) for key, value in kept if key not in ("password", "sslpassword", "passfile")]
    return Address(
        parts._replace(query=urlencode(kept)).geturl(),
        _without_password(parts)._replace(query=urlencode(shown)).geturl(),
        schema if schema is not None else schema_of(name),
        20.0 if patience is None else float(patience),
    )


def schema_of(name: str) -> str:
    """Return the schema of an app: its script's name, changed as little as PostgreSQL needs."""
    plain = "".join(letter for letter in name if letter.isprintable()) or "app"
    if re.match(r"pg_|(public|information_schema)$", plain, re.IGNORECASE):  # those are PostgreSQL's own
        plain = f"app_{plain}"
    if len(plain.encode()) <= _LONGEST_SCHEMA_BYTES:
        return plain
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return plain.encode()[: _LONGEST_SCHEMA_BYTES - 9].decode(errors="ignore") + "_" + digest


def has_schema(url: str) -> bool:
    """Return True if an address names a schema."""
    return any(key == "schema" for key, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True))


def _without_password(parts: SplitResult) -> SplitResult:
    user_and_password, at, place = parts.netloc.rpartition("@")
    user = user_and_password.partition(":")[0]
    return parts._replace(netloc=f"{user}{at}{place}")


def _check_password(parts: SplitResult) -> None:
    """Refuse what would be read as something else, of which a part might then be shown."""
    before = parts.netloc.rpartition("@")[0]
    whole = not re.search(r"%(?![0-9A-Fa-f]{2})", before) and "@" not in before
    if not whole or "@" in parts.path or "@" in parts.fragment or (parts.query and "@" in parts.query and not before):
        raise EnvironmentFault(
            "The address of the store cannot be read: its password has characters of which addresses are made.",
            hint="Put the password into ~/.pgpass or PGPASSWORD instead, or write %40 for @, %2F for /, and so on.",
        )


def _check(schema: str) -> None:
    if schema != schema_of(schema):
        raise EnvironmentFault(
            f"{schema!r} cannot be the name of an app's schema.",
            hint=f"At most {_LONGEST_SCHEMA_BYTES} bytes, and none of PostgreSQL's own, as public or pg_…",
        )
