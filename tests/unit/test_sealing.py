"""Bodies and messages that only the two ends can read."""

import base64

import http_ece
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from modelapp.core.sealing import Key, Opener, Sealer, SocketSeal, Unsealable


def raw(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sealed(secret, body, **options):
    sealer = Sealer(secret, **options)
    return sealer.header + sealer.seal(body) + sealer.finished()


def opened(secret, data, pieces=1):
    opener = Opener(lambda key_id, salt: secret)
    step = max(1, -(-len(data) // pieces))
    return b"".join(opener.open(data[at : at + step]) for at in range(0, len(data), step)) + opener.finished()


@pytest.mark.parametrize(
    ("secret", "record_bytes", "key_id", "text"),
    [
        # The two examples of RFC 8188, section 3.
        (
            "yqdlZ-tYemfogSmv7Ws5PQ",
            4096,
            b"",
            "I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg",
        ),
        (
            "BO3ZVPxUlnLORbVGMpbT1Q",
            25,
            b"a1",
            "uNCkWiNYzKTnBN9ji3-qWAAAABkCYTHOG8chz_gnvgOqdGYovxyjuqRyJFjEDyoF1Fvkj6hQPdPHI51OEUKEpgz3SsLWIqS_uA",
        ),
    ],
)
def test_examples_of_the_standard(secret, record_bytes, key_id, text):
    assert opened(raw(secret), raw(text)) == b"I am the walrus"
    if key_id == b"":
        again = sealed(raw(secret), b"I am the walrus", record_bytes=record_bytes, salt=raw(text)[:16])
        assert again == raw(text)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=400), st.integers(18, 90), st.integers(1, 30))
def test_bodies_come_back_and_an_independent_library_reads_them(body, record_bytes, pieces):
    secret = b"k" * 16
    data = sealed(secret, body, record_bytes=record_bytes, key_id=b"id")
    assert opened(secret, data, pieces) == body
    assert http_ece.decrypt(data, key=secret) == body
    if body:  # that library writes no record for nothing, which cannot be told from a body that was cut
        assert opened(secret, http_ece.encrypt(body, key=secret, rs=record_bytes), pieces) == body


def test_what_is_flushed_can_be_read_at_once():
    sealer = Sealer(b"k" * 32, record_bytes=64)
    opener = Opener(lambda key_id, salt: b"k" * 32)
    first = sealer.header + sealer.seal(b"step 1") + sealer.flushed()
    second = sealer.seal(b"step 2") + sealer.flushed()
    assert opener.open(first) == b"step 1"
    assert opener.open(second) == b"step 2"
    assert opener.open(sealer.finished()) == b""
    assert opener.finished() == b""


@pytest.mark.parametrize("at", [0, 15, 20, 21, 40, 90, -1])
def test_one_changed_bit_is_noticed(at):
    secret = b"k" * 32
    data = bytearray(sealed(secret, bytes(100), record_bytes=64))
    data[at] ^= 1
    with pytest.raises(Unsealable):
        opened(secret, bytes(data))


@pytest.mark.parametrize("length", range(0, 153, 8))
def test_a_cut_body_is_noticed(length):
    secret = b"k" * 32
    data = sealed(secret, bytes(100), record_bytes=64)
    assert len(data) > 152
    with pytest.raises(Unsealable):
        opened(secret, data[:length])


def test_records_cannot_change_places_or_be_repeated():
    secret = b"k" * 32
    data = sealed(secret, bytes(range(100)), record_bytes=64)
    head, first, second, rest = data[:21], data[21:85], data[85:149], data[149:]
    assert opened(secret, head + first + second + rest) == bytes(range(100))
    for wrong in (head + second + first + rest, head + first + first + rest, head + first + rest, data + rest):
        with pytest.raises(Unsealable):
            opened(secret, wrong)


@pytest.mark.parametrize("record_bytes", [0, 17, (1 << 21) + 1, (1 << 32) - 1])
def test_records_of_absurd_lengths_are_refused_before_anything_is_kept(record_bytes):
    with pytest.raises(Unsealable):
        Opener(lambda key_id, salt: b"").open(bytes(16) + record_bytes.to_bytes(4) + b"\0")


def test_keys_are_written_and_read():
    key = Key.of("secret")
    assert len(key.text) == 43
    assert Key.read(key.text) == key
    assert Key.read(key.text).id == key.id != Key.of("other").id
    assert key.answering(b"1" * 16) != key.answering(b"2" * 16)
    for wrong in ("", "abc", key.text[:-1], key.text + "A", key.text[:-1] + "é", "=" * 43, "%" * 43):
        with pytest.raises(ValueError):
            Key.read(wrong)


def test_messages_of_a_socket_are_opened_in_their_order_only():
    key = Key.of("secret")
    page, host = (SocketSeal(key, b"p" * 16, b"h" * 16, is_host=end) for end in (False, True))
    one, two, three = (page.seal(text) for text in (b"one", b"two", b"three"))
    assert host.open(one) == b"one"
    assert page.open(host.seal(b"answer")) == b"answer"
    assert host.open(two) == b"two"
    for wrong in (one, two, host.seal(b"mine"), three[:-1], b"", bytes(40)):
        other = SocketSeal(key, b"p" * 16, b"h" * 16, is_host=True)
        other.open(one), other.open(two)
        with pytest.raises(Unsealable):
            other.open(wrong)
    elsewhere = SocketSeal(key, b"p" * 16, b"H" * 16, is_host=True)
    with pytest.raises(Unsealable):
        elsewhere.open(one)
