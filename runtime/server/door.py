"""Who may come in: the presenter, those who were invited, those who watch, and others while the app is open to them.

It looks at a request and says what its sender is here; what is answered to those who stay outside is for `outside`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from modelapp.core.errors import EnvironmentFault
from modelapp.core.protocol import Role
from modelapp.server.guesses import Guesses
from modelapp.server.keys import Keys
from modelapp.server.password import Password
from modelapp.server.security import Gate
from modelapp.server.tickets import Tickets
from modelapp.session.invites import Invite, Invites
from tornado import httputil

Refused = Literal["unknown", "ended", "password"]

CANNOT_READ = "This page cannot be read just now. Please try again in a while."
NOT_VALID = "This link is not valid any more. Please ask for a new one."
ENDED = "This page is not open to visitors any more. Please ask its author for a link."
PASSWORD = "This page needs a password. Please reload it."
TOO_MANY = "Too many wrong ones were tried here. Please try again later."
SENTENCES: dict[Refused, str] = {"unknown": NOT_VALID, "ended": ENDED, "password": PASSWORD}


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody is here.

    Attributes:
        role: Her role.
        invite: The link that she holds, or None.
        refused: Why she may not come in, or None if she may.
    """

    role: Role = "visitor"
    invite: Invite | None = None
    refused: Refused | None = None

    @property
    def owner(self) -> str | None:
        """Id of the link to which her sessions belong, or None."""
        return self.invite.id if self.invite else None


class Inside(Protocol):
    """A page that is open."""

    entry: Entry
    """What its visitor was when it opened."""

    @property
    def request(self) -> httputil.HTTPServerRequest:
        """What it came with."""

    def end(self, text: str) -> None:
        """Say good-bye."""


_VISITOR = Entry()
_PRESENTER = Entry("presenter")
_WATCHER = Entry("watcher")


class Door:
    """Decides who may come in.

    Args:
        gate: Checks of keys.
        invites: Personal links.
        keys: Of programs.
        password: What visitors without a link must have typed, or None.
        until: When the app ends for visitors without a link, in seconds since 1970, or None.
        ended: Called when it has.
    """

    def __init__(
        self,
        gate: Gate,
        invites: Invites,
        keys: Keys,
        *,
        password: Password | None = None,
        until: float | None = None,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self.gate = gate
        self.invites = invites
        self.keys = keys
        self.password = password
        self.guesses = Guesses()
        self.tickets = Tickets(gate)
        self._until = until
        self._told_end = ended
        self._inside: set[Inside] = set()
        self._looked_at = time.time()
        self._changes = invites.changes

    # ------------------------------------------------------------ who comes

    def entry(self, request: httputil.HTTPServerRequest) -> Entry:
        """Return what the sender of a request is here, by its cookies and, for programs, its key."""
        self.invites.refresh()
        if self._is_open and not request.headers.get("Cookie"):
            return _VISITOR
        if self.gate.is_presenter(_cookie(request, self.gate.cookie)):
            return _PRESENTER
        invite = self.invites.holder(_cookie(request, self.gate.invite_cookie))
        if invite is not None:
            return Entry("visitor", invite)
        if self._watches(request):
            return _WATCHER
        refused = self._refused(request)
        return Entry(refused=refused) if refused and not self._calls(request) else _VISITOR

    @property
    def has_ended(self) -> bool:
        """True if the app is not open to visitors without a link any more."""
        return self._until is not None and time.time() >= self._until

    @property
    def _is_open(self) -> bool:
        return not self.invites.closed and self._until is None and self.password is None

    def _refused(self, request: httputil.HTTPServerRequest) -> Refused | None:
        """Return why a visitor without a link may not come in, or None if she may."""
        if self.invites.closed:
            return "unknown"
        if self.has_ended:
            return "ended"
        if self.password and not self.password.typed_before(_cookie(request, self.gate.password_cookie)):
            return "password"
        return None

    def _watches(self, request: httputil.HTTPServerRequest) -> bool:
        """True for one who may watch, and asks for nothing but what that takes."""
        if not self.gate.is_watcher(_cookie(request, self.gate.watch_cookie)):
            return False
        path = request.path
        if path == "/":
            return "watch" in request.query_arguments
        return path in ("/watch", "/upload", "/widget.html") or path.startswith(
            ("/media/", "/library/", "/assets/", "/icon")
        )

    def _calls(self, request: httputil.HTTPServerRequest) -> bool:
        """True for a program with a key."""
        if not self.keys or not request.path.startswith("/api/"):
            return False
        return self.caller(request) is not None

    # ------------------------------------------------------------ secrets that are shown

    def caller(self, request: httputil.HTTPServerRequest) -> int | None:
        """Return the place of the key that a program shows, or None.

        Raises:
            TooMany: If there were too many wrong ones, and this one might be one.
        """
        header = request.headers.get("Authorization")
        if not self.keys or not header:
            return None
        owner = self.keys.owner(header)
        if owner is not None and self.keys.is_long(owner):
            return owner
        address = request.remote_ip or ""
        self.guesses.check(address)
        if owner is None:
            self.guesses.wrong(address)
        return owner

    def shown(self, request: httputil.HTTPServerRequest) -> bool | None:
        """Return True if the page's address holds a key or token that opens something, False for a wrong one.

        None is for an address without any. A right one always opens, however many wrong ones came before it: of 2¹⁹²
        none is guessed, and so nobody can lock out others.

        Raises:
            TooMany: At a wrong one too many.
        """
        if request.path != "/" or not request.query:
            return None
        if (ticket := _last(request, "ticket")) and self.tickets.knows(ticket):
            if not self.tickets.is_fresh(ticket):
                return None
            self.tickets.learn(request)
            return True
        key, watch, invite = (_last(request, name) for name in ("key", "watch", "invite"))
        if not (key or watch or invite):
            return None
        self.invites.refresh()
        if self.gate.is_presenter(key) or self.gate.is_watcher(watch) or self.invites.holder(invite):
            return True
        address = request.remote_ip or ""
        self.guesses.check(address)
        self.guesses.wrong(address)
        return False

    # ------------------------------------------------------------ who is in

    def came(self, page: Inside) -> None:
        """Told when a visitor's page opens."""
        self._inside.add(page)

    def went(self, page: Inside) -> None:
        """Told when it closes."""
        self._inside.discard(page)

    def look(self) -> None:
        """See out those whose link has ended; to be called now and then."""
        before, now = self._looked_at, time.time()
        ends = [self._until, *(invite.until for invite in self.invites.all())]
        self._looked_at = now
        self.invites.refresh()
        changes, self._changes = self._changes, self.invites.changes
        if changes != self._changes or any(end is not None and before < end <= now for end in ends):
            self._see_out()
        if self._until is not None and before < self._until <= now:
            self._told_end()

    def _see_out(self) -> None:
        for page in list(self._inside):
            now_is = self.entry(page.request)
            if now_is.refused is not None:
                page.end(SENTENCES[now_is.refused])
            elif now_is.owner != page.entry.owner:  # where everybody may come in she is a stranger now
                page.end(NOT_VALID)

    def saw(self, invite: Invite) -> None:
        """Note that somebody is here now. Called in a worker thread."""
        try:
            self.invites.saw(invite.id)
        except EnvironmentFault:
            return  # when she was here last is not worth a fault


def _cookie(request: httputil.HTTPServerRequest, name: str) -> str | None:
    found = request.cookies.get(name)
    return found.value if found else None


def _last(request: httputil.HTTPServerRequest, name: str) -> str | None:
    found = request.query_arguments.get(name)
    return found[-1].decode("utf-8", "replace") if found else None
