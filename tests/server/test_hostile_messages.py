"""Thousands of messages that no page of ours sends: each is answered or ignored, and the session goes on."""

import contextlib
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tornado.websocket import WebSocketClosedError

SCRIPT = """
    import modelapp as ma
    n = ma.number_input(value=0, min=0, max=1000)
    name = ma.text_input(value="a", max_chars=20)
    view = ma.choice_input(options=["front", "side"])
    span = ma.slider_input(value=(20, 60))
    picture = ma.image_input(required=False)
    data = ma.file_input(required=False)
    day = ma.date_input(value="2026-01-31")
    yes = ma.checkbox_input()
    ma.button("Go")
    ma.table_output({"a": [1, 2]})
    ma.text_output(f"n is {n}")
    with ma.inputs(submit="Run"):
        later = ma.number_input(value=1)
"""
NAMES = ["n", "name", "view", "span", "picture", "data", "day", "yes", "go", "later", "layout.inputs", "output.table"]

scalars = st.none() | st.booleans() | st.integers(max_value=999) | st.floats() | st.text(max_size=30)
values = st.recursive(
    scalars | st.just({"blob": "0" * 64, "name": "x", "edits": []}),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
sets = st.fixed_dictionaries(
    {
        "type": st.just("set"),
        "values": st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=10), values, max_size=4),
        "sequence": st.integers(-5, 5) | st.integers(),
    },
    optional={"pressed": st.sampled_from(NAMES) | st.none() | values},
)
asks = st.fixed_dictionaries(
    {"type": st.just("ask"), "id": st.integers(0, 9), "element": st.sampled_from(NAMES), "query": values}
)
others = st.fixed_dictionaries({"type": st.sampled_from(["hello", "cancel", "rerun", "frame", "nothing"])}) | values
messages = (
    (sets | asks | others).map(lambda message: json.dumps(message, allow_nan=True))
    | st.text(max_size=200)
    | st.binary(max_size=200)
)


def test_session_goes_on_whatever_a_page_sends(serve, connect):
    served = serve(SCRIPT)
    control = connect(served)
    control.hello()
    counted = 0

    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(messages, min_size=10, max_size=30))
    def send(batch):
        nonlocal counted
        hostile = connect(served)
        welcome = hostile.hello()
        for message in batch:
            hostile.send(message)
        # Messages are taken in order: when this is answered, all before it were taken.
        hostile.send({"type": "ask", "id": 1_000_000, "element": "nothing", "query": None})
        hostile.receive("answer", id=1_000_000)
        counted += len(batch)
        # Another socket of the same session: the session lives, and takes a valid change.
        back = connect(served)
        assert back.hello(session=welcome["session"], epoch=welcome["epoch"], seen=0)["resumed"]
        back.set(n=1000, name="a", day="2026-01-31")  # one of the messages may have emptied them, and the run waits
        back.sees("n is 1000")
        hostile.close(), back.close()

    send()
    assert counted > 1000
    control.set(n=999)
    control.sees("n is 999")


def test_huge_message_closes_its_socket_and_no_other(serve, connect):
    served = serve(SCRIPT)
    hostile, control = connect(served), connect(served)
    welcome = hostile.hello()
    control.hello()
    with contextlib.suppress(WebSocketClosedError):  # the host may close before all was sent
        hostile.send('{"type":"set","values":{"name":"' + "x" * (5 << 20) + '"},"sequence":1}')
    control.set(n=5)
    control.sees("n is 5")
    back = connect(served)
    assert back.hello(session=welcome["session"], epoch=welcome["epoch"], seen=0)["resumed"]
    back.set(n=6)
    back.sees("n is 6")
