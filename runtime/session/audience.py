"""The sockets of one session, and what each of them is told."""

from collections.abc import Sequence
from typing import Protocol

from modelapp.core.protocol import Editing, Failure, Frame, HostMessage, Role, RunState
from modelapp.session.frame import Page
from msgspec.structs import replace


class Client(Protocol):
    """One socket of the session."""

    role: Role
    acknowledged: int
    """The highest `Set.sequence` that was taken in."""
    told: int
    """The highest acknowledgement that was sent."""
    whole: bool
    """True until the client was sent the whole page."""
    shows_old_page: bool
    """True if its page is full already, with what a host before this one sent."""

    def send(self, messages: list[HostMessage]) -> None:
        """Send messages in order."""

    def end(self, text: str) -> None:
        """Say why there is nothing more to come, and close."""

    def come_back(self) -> None:
        """Close: the page connects again by itself, and may find another host."""


class Audience:
    """All sockets of one session, which see one page.

    Args:
        page: What they see.
    """

    def __init__(self, page: Page) -> None:
        self.clients: set[Client] = set()
        self.state = RunState("done")
        self._editing = False
        self._page = page

    def join(self, client: Client, seen: int | None, *, show: bool) -> None:
        """Add a client that saw all frames up to `seen`, or None if it saw none of this host's.

        Args:
            client: The client.
            seen: Number of the last frame that it saw.
            show: If False the page is not sent yet, because it is to be made anew.
        """
        self.clients.add(client)
        if self._editing:
            client.send([Editing(True)])
        if show:
            client.whole = False
            frame = self._page.whole() if seen is None else self._page.since(seen)
            client.send([frame, for_role(self.state, client.role)])

    def leave(self, client: Client) -> None:
        """Take away a client."""
        self.clients.discard(client)

    def publish(self, messages: Sequence[HostMessage], state: RunState | None) -> None:
        """Send what changed on the page, and the state of the run with it where it has ended."""
        if state is not None:
            self.state = state
        for client in self.clients:
            last: list[HostMessage] = [for_role(state, client.role)] if state else []
            if not client.whole:
                client.send([*self._acknowledged(messages, client), *last])
            elif state or not client.shows_old_page:  # a full page is not emptied for a half-made one
                client.whole = False
                client.send([*self._acknowledged([self._page.whole()], client), *last])

    def announce(self, state: RunState) -> None:
        """Send the state of the run."""
        self.state = state
        for client in self.clients:
            client.send([for_role(state, client.role)])

    def tell_editing(self, editing: bool) -> None:
        """Send whether the script is being edited and does not work, if that is news."""
        if editing is self._editing:
            return
        self._editing = editing
        self.tell([Editing(editing)])

    def tell(self, messages: list[HostMessage]) -> None:
        """Send to all clients."""
        for client in self.clients:
            client.send(messages)

    def tell_others(self, client: Client, message: HostMessage) -> None:
        """Send to all clients but one that have the page."""
        for other in self.clients:
            if other is not client and not other.whole:
                other.send([message])

    def tell_presenters(self, messages: list[HostMessage]) -> None:
        """Send to the clients that may see what the script's author sees."""
        for client in self.clients:
            if client.role == "presenter":
                client.send(messages)

    def _acknowledged(self, messages: Sequence[HostMessage], client: Client) -> list[HostMessage]:
        """Return the messages with the client's acknowledgement, in the last frame where there is one."""
        if client.acknowledged == client.told or not messages or not isinstance(messages[-1], Frame):
            return [*messages, *self.acknowledgement(client)]
        client.told = client.acknowledged
        return [*messages[:-1], replace(messages[-1], acknowledged=client.acknowledged)]

    def acknowledgement(self, client: Client) -> list[HostMessage]:
        """Return what tells the client which of its changes were taken in, if that is news."""
        if client.acknowledged == client.told:
            return []
        client.told = client.acknowledged
        return [Frame(self._page.sequence, acknowledged=client.acknowledged)]


def for_role(state: RunState, role: Role) -> RunState:
    """Return what a client of this role may see of a run's state."""
    if state.failure is None or role == "presenter":
        return state
    return replace(state, failure=Failure(sentence=state.failure.sentence))
