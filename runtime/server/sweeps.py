"""The sweeps of all sessions, and what pages say of theirs. Nothing that runs them is read before the first one."""

from typing import TYPE_CHECKING, Any

from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import Answer, Ask, Problem, SweepStart, SweepStop
from modelapp.server.backgrounds import Backgrounds, app_props
from modelapp.session.audience import Client
from modelapp.session.session import Session

if TYPE_CHECKING:
    from modelapp.server.sweep import PageSweep

ELEMENT = "sweep"
"""Of which a page asks for the values of a variation."""


class Sweeps(Backgrounds["PageSweep"]):
    """The sweeps of all sessions of an app."""

    def take(self, session: Session, client: Client, message: SweepStart | SweepStop | Ask) -> None:
        """Do what a page says, or answer what it asks."""
        known = self.known(session)
        if isinstance(message, Ask):
            self._ask(known, client, message)
        elif isinstance(message, SweepStop):
            if known is not None:
                known.stop()
        elif (shown := app_props(session)) is not None and not shown.sweep:
            client.send([Problem("This page does not test its answers.")])
        else:
            from modelapp.server.sweep import PageSweep  # not needed for the first answer

            self.begin(session, PageSweep(self._app, session, self._cluster))

    def _ask(self, known: "PageSweep | None", client: Client, message: Ask) -> None:
        query: Any = message.query
        number = query.get("open") if isinstance(query, dict) else None
        try:
            if known is None or type(number) is not int:
                raise InvalidValue("There is no such variation any more.")
            client.send([Answer(message.id, reply={"values": known.values_of(number)})])
        except InvalidValue as problem:
            client.send([Answer(message.id, error=problem.message)])
