"""Frames: a client that takes in all frames in order holds the whole page, whichever it missed in between."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from modelapp.core.protocol import Append, Element, MessageProps
from modelapp.session.frame import Page

names = st.sampled_from("abcdef")
pages = st.lists(names, unique=True).flatmap(
    lambda order: st.tuples(
        st.just(order),
        st.lists(st.text("xy", max_size=3) | st.text("z", min_size=64, max_size=90), min_size=6, max_size=6),
        st.booleans(),
    )
)


class Client:
    def __init__(self):
        self.elements, self.order, self.values, self.seen = {}, [], {}, 0

    def take(self, message):
        self.seen = message.sequence
        if isinstance(message, Append):
            old = self.elements[message.element]
            props = msgspec.structs.replace(old.props, text=old.props.text + message.text)
            self.elements[message.element] = Element(old.id, old.parent, props)
            return
        if message.reset:
            self.__init__()
            self.seen = message.sequence
        self.elements.update({element.id: element for element in message.elements})
        self.values.update(message.values)
        if message.order is not None:
            self.order = list(message.order)
            self.elements = {name: self.elements[name] for name in self.order}
            self.values = {name: raw for name, raw in self.values.items() if name in self.order}


def run(page, order, texts, complete):
    elements = {
        name: Element(name, "", MessageProps("status", texts["abcdef".index(name)])) for name in order
    }
    return page.advance(elements, {name: len(texts["abcdef".index(name)]) for name in order}, complete=complete)


@given(st.lists(pages, max_size=8), st.integers(0, 8))
def test_clients_hold_what_the_page_holds(runs, leave):
    page, always, late = Page(), Client(), Client()
    for index, (order, texts, complete) in enumerate(runs):
        for message in run(page, order, texts, complete):
            always.take(message)
            if index < leave:
                late.take(message)
    late.take(page.since(late.seen))
    for client in (always, late):
        assert client.order == page.order
        assert [client.elements[name] for name in page.order] == [page.elements[name] for name in page.order]
        assert client.values == page.values


@given(pages)
def test_same_run_twice_sends_nothing_the_second_time(one):
    page = Page()
    run(page, *one)
    assert run(page, *one) == []


def test_growing_text_travels_as_what_was_added():
    page = Page()
    run(page, ["a"], ["z" * 70] * 6, True)
    assert run(page, ["a"], ["z" * 70 + "more"] * 6, True)[0] == Append(2, "a", "more")


def test_number_that_no_frame_has_gets_the_whole_page():
    page = Page()
    run(page, ["a"], ["x"] * 6, True)
    assert page.since(99).reset and page.since(-1).reset
    assert not page.since(1).elements
