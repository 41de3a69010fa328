"""Tickets: what opens an app to its author in a notebook's page, once.

A notebook is saved with its outputs and passed on, so the key must not stand in it. A ticket may: who comes with it
first becomes the presenter, and it is worth nothing afterwards. What her page says of itself is believed, for it alone
knew the ticket.
"""

import re
import secrets
import time
from dataclasses import dataclass, field

from modelapp.server.security import Gate
from tornado import httputil

FRESH_SECONDS = 600.0
"""For how long a ticket can be used: a frame asks for its page as soon as it is shown."""
_MOST = 200
_ORIGIN = re.compile(r"https?://([a-z0-9][a-z0-9.-]*|\[[0-9a-f:]+\])(:\d{1,5})?")
_EDITORS = ("vscode-webview", "vscode-file")
"""Schemes of pages that only an editor can show, and no site."""


@dataclass
class Tickets:
    """The tickets of one app. `new` may be called in any thread.

    Attributes:
        gate: Learns from the page that shows a fresh ticket where it is.
    """

    gate: Gate
    _fresh: dict[str, float] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)

    def new(self) -> str:
        """Return a ticket that nobody has used."""
        ticket = secrets.token_urlsafe(24)
        self._fresh[ticket] = time.monotonic() + FRESH_SECONDS
        return ticket

    def knows(self, ticket: str) -> bool:
        """Return True for a ticket of this app, used or not."""
        return ticket in self._fresh or ticket in self._used

    def is_fresh(self, ticket: str) -> bool:
        """Return True for a ticket that still opens the app."""
        return self._fresh.get(ticket, 0.0) > time.monotonic()

    def use(self, ticket: str) -> bool:
        """Take a ticket. Return False if it opens nothing, or nothing any more."""
        fresh = self.is_fresh(ticket)
        if self._fresh.pop(ticket, None) is not None:
            if len(self._used) >= _MOST:
                self._used.pop()
            self._used.add(ticket)
        return fresh

    def learn(self, request: httputil.HTTPServerRequest) -> None:
        """Believe who shows a fresh ticket under which name she reached the app, and which pages are around."""
        self.gate.answer_to(request.host_name)
        for origin in _origins(request, "at"):
            self.gate.be_at(origin)
        for origin in _origins(request, "around"):
            self.gate.be_framed_by(origin)


def _origins(request: httputil.HTTPServerRequest, name: str) -> list[str]:
    """Return the origins that an address names; what is none is left out."""
    found = []
    for given in request.query_arguments.get(name, ())[:8]:
        text = given.decode("utf-8", "replace").lower()
        scheme = text.partition(":")[0]
        if scheme in _EDITORS:
            found.append(f"{scheme}:")
        elif _ORIGIN.fullmatch(text):
            found.append(text)
    return found
