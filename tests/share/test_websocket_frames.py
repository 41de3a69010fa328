"""Frames of websockets, as both ends of a tunnel read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelapp.share.frames import BadFrame, Frames, frame


@given(
    st.lists(st.binary(max_size=300) | st.sampled_from([bytes(126), bytes(65535), bytes(65536)]), max_size=6),
    st.booleans(),
    st.lists(st.integers(1, 40), min_size=1, max_size=30),
)
def test_what_is_framed_comes_out_whatever_the_pieces_it_arrives_in(messages, masked, cuts):
    sent = b"".join(frame(message, masked) for message in messages)
    frames, got, at = Frames(masked), b"", 0
    for cut in cuts:
        got += frames.taken(sent[at : at + cut])
        at += cut
    got += frames.taken(sent[at:])
    assert got == b"".join(messages) and not frames.ended


def test_message_in_parts_with_a_ping_in_between_comes_out_and_the_last_ping_is_answered():
    mask = b"abcd"
    shown = bytes(letter ^ mask[index % 4] for index, letter in enumerate(b"two"))
    sent = b"\x02\x83" + mask + shown + frame(b"1", True, 9) + frame(b"2", True, 9) + b"\x80\x83" + mask + shown
    frames = Frames(masked=True)
    assert frames.taken(sent) == b"twotwo"
    assert frames.answer() == frame(b"2", False, 10) and frames.answer() is None
    assert frames.taken(frame(b"x", True) + frame(b"", True, 8) + frame(b"y", True)) == b"x" and frames.ended


@pytest.mark.parametrize(
    "data",
    [
        b"\x82\x01x",  # not masked
        b"\x81\x81aaaax",  # text
        b"\xc2\x81aaaax",  # a bit of an extension
        b"\x80\x81aaaax",  # goes on with nothing
        b"\x02\x81aaaax\x82\x81aaaax",  # begins within a message
        b"\x09\x80aaaa",  # a ping in parts
        b"\x89\xfe\x00\x7e" + b"a" * 130,  # a long ping
        b"\x83\x80aaaa",  # no kind that there is
    ],
)
def test_frame_that_may_not_come_is_refused(data):
    with pytest.raises(BadFrame):
        Frames(masked=True).taken(data)
