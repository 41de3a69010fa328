"""What the page shows, and what changed since a client last heard. Pure: no thread, socket or clock."""

from collections.abc import Mapping
from typing import Any

import msgspec
from modelapp.core.protocol import Append, Element, Frame, Json

_MISSING: Any = object()
_LONG_TEXT = 64


class Page:
    """The elements and values that a session's clients see, each with the number of the frame that last changed it."""

    def __init__(self) -> None:
        self.sequence = 0
        self.elements: dict[str, Element] = {}
        self.order: list[str] = []
        self.values: dict[str, Json] = {}
        self._element_changed: dict[str, int] = {}
        self._value_changed: dict[str, int] = {}
        self._order_changed = 0

    def advance(
        self, elements: Mapping[str, Element], values: Mapping[str, Json], *, complete: bool
    ) -> list[Frame | Append]:
        """Take in what a run has made, and return the messages that bring a client up to date.

        Args:
            elements: The run's elements so far, in order.
            values: Raw values of its inputs.
            complete: True at the end of a run: what it did not make is gone. Before that, and after a failure, the rest
                of the last page stays.

        Returns:
            Messages, each with the next sequence number; empty if nothing changed.
        """
        changed, appended = self._changed(elements)
        new_values = {
            name: raw
            for name, raw in values.items()
            if self.values.get(name, _MISSING) != raw or name not in self.values
        }
        order = self._next_order(elements, complete)
        messages: list[Frame | Append] = []
        for element, text in appended:
            self.sequence += 1
            self._keep(element)
            messages.append(Append(self.sequence, element.id, text))
        if not changed and not new_values and order is None:
            return messages
        self.sequence += 1
        for element in changed:
            self._keep(element)
        for name, raw in new_values.items():
            self.values[name] = raw
            self._value_changed[name] = self.sequence
        if order is not None:
            self._reorder(order)
        messages.append(Frame(self.sequence, tuple(changed), None if order is None else tuple(order), new_values))
        return messages

    def set_values(self, values: Mapping[str, Json]) -> Frame:
        """Take in values that a client set, and return the frame that tells the other clients."""
        self.sequence += 1
        for name, raw in values.items():
            self.values[name] = raw
            self._value_changed[name] = self.sequence
        return Frame(self.sequence, values=dict(values))

    def mirror(self, message: Frame | Append) -> None:
        """Take in what the clients of the same page are told elsewhere."""
        self.sequence = message.sequence
        if isinstance(message, Append):
            old = self.elements[message.element]
            text = getattr(old.props, "text", "") + message.text
            self._keep(msgspec.structs.replace(old, props=msgspec.structs.replace(old.props, text=text)))
            return
        for element in message.elements:
            self._keep(element)
        for name, raw in message.values.items():
            self.values[name] = raw
            self._value_changed[name] = self.sequence
        if message.order is not None:
            self._reorder(list(message.order))

    def whole(self) -> Frame:
        """Return the frame that tells a new client everything."""
        return Frame(
            self.sequence,
            tuple(self.elements[identity] for identity in self.order),
            tuple(self.order),
            dict(self.values),
            reset=True,
        )

    def since(self, seen: int) -> Frame:
        """Return the frame that tells a client, which saw all up to `seen`, what it missed."""
        if not 0 <= seen <= self.sequence:
            return self.whole()
        return Frame(
            self.sequence,
            tuple(self.elements[identity] for identity in self.order if self._element_changed[identity] > seen),
            tuple(self.order) if self._order_changed > seen else None,
            {name: raw for name, raw in self.values.items() if self._value_changed.get(name, 0) > seen},
        )

    def _keep(self, element: Element) -> None:
        self.elements[element.id] = element
        self._element_changed[element.id] = self.sequence

    def _changed(self, elements: Mapping[str, Element]) -> tuple[list[Element], list[tuple[Element, str]]]:
        changed: list[Element] = []
        appended: list[tuple[Element, str]] = []
        for identity, element in elements.items():
            old = self.elements.get(identity)
            if old is element or old == element:
                continue
            text = _added_text(old, element) if old is not None else None
            if text is None:
                changed.append(element)
            else:
                appended.append((element, text))
        return changed, appended

    def _next_order(self, elements: Mapping[str, Element], complete: bool) -> list[str] | None:
        """Return the new order, or None if it is the old one."""
        order = list(elements)
        if not complete:
            rest = [identity for identity in self.order if identity not in elements]
            if not rest:
                pass
            elif [identity for identity in self.order if identity in elements] == order:
                return None
            else:
                order += rest
        return None if order == self.order else order

    def _reorder(self, order: list[str]) -> None:
        self.order = order
        self._order_changed = self.sequence
        kept = set(order)
        for identity in self.elements.keys() - kept:
            del self.elements[identity], self._element_changed[identity]
        for name in self.values.keys() - kept:
            del self.values[name]
            self._value_changed.pop(name, None)


def _added_text(old: Element, new: Element) -> str | None:
    """Return what was added at the end of a long text that is otherwise the same, or None."""
    before, after = getattr(old.props, "text", None), getattr(new.props, "text", None)
    if not isinstance(before, str) or not isinstance(after, str) or len(before) < _LONG_TEXT:
        return None
    if len(after) <= len(before) or not after.startswith(before):
        return None
    same = old.parent == new.parent and type(old.props) is type(new.props)
    return after[len(before) :] if same and msgspec.structs.replace(old.props, text=after) == new.props else None
