"""What strangers could do to a relay: requests read in two ways, answers made to stop it, memory, log, names."""

import asyncio
import io
import json
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import paramiko
import pytest
from hosts import transport_to
from modelapp.core.errors import EnvironmentFault
from modelapp.share.connect import Refused
from modelapp.share.relay import paramiko_inside
from modelapp.share.relay.client import named
from modelapp.share.relay.log import Log
from modelapp.share.relay.names import Names, allowed_keys
from modelapp.share.relay.words import FORWARD_PORT, NAME_REQUEST, NARROW_WINDOW_BYTES, WINDOW_BYTES

PATIENCE_SECONDS = 90


@pytest.fixture
def pair():
    """Two ends of a connection of SSH, server and client."""
    sockets = socket.socketpair()
    made = [paramiko.Transport(one) for one in sockets]
    yield made
    for one in (*made, *sockets):
        one.close()


def test_relay_that_names_something_else_than_an_address_is_refused(pair):
    server, client = pair

    class Hostile(paramiko.ServerInterface):
        def check_auth_none(self, username):
            return paramiko.common.AUTH_SUCCESSFUL

        def check_global_request(self, kind, msg):
            return ("given", "name", "https://evil.example/\x1b[2J")

    server.add_server_key(paramiko.ECDSAKey.generate())
    server.start_server(event=threading.Event(), server=Hostile())
    client.start_client(timeout=PATIENCE_SECONDS)
    client.auth_none("somebody")
    with pytest.raises(Refused, match="names no address") as caught:
        named(client, "relay", "app", "1", print)
    assert "\x1b" not in str(caught.value)


def logged_in(relay, by=""):
    transport = transport_to(relay, by)
    transport.connect(username="somebody", pkey=paramiko.ECDSAKey.generate())
    answer = transport.global_request(NAME_REQUEST, ("app", "localhost", "1"), wait=True)
    return transport, [answer.get_text() for _ in range(3)][1]


def test_client_that_gives_its_tunnel_back_does_not_stay(relay):
    relay = relay()
    transport, name = logged_in(relay)
    transport.request_port_forward(name, FORWARD_PORT)
    transport.cancel_port_forward(name, FORWARD_PORT)
    transport.join(PATIENCE_SECONDS)
    assert not transport.is_alive()


@pytest.mark.parametrize("by", ["", "http://"], ids=["ssh", "websocket"])
def test_what_a_tunnel_may_send_ahead_for_all_its_visitors_is_limited(relay, by):
    relay = relay()
    transport, name = logged_in(relay, by)
    channels, arrived = [], threading.Semaphore(0)

    def take(channel, origin, server):
        channels.append(channel)
        arrived.release()

    transport.request_port_forward(name, FORWARD_PORT, take)
    visitors = []
    for _ in range(20):
        visitors.append(socket.create_connection(("127.0.0.1", relay.port), PATIENCE_SECONDS))
        visitors[-1].sendall(f"GET /a/{name}/ HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert arrived.acquire(timeout=PATIENCE_SECONDS)
    assert [one.out_window_size for one in channels] == [WINDOW_BYTES] * 16 + [NARROW_WINDOW_BYTES] * 4
    for channel in channels[:16]:
        channel.close()
    for visitor in visitors[:16]:
        assert visitor.recv(1000).startswith(b"HTTP/1.1 502 ")
    visitors[0].sendall(f"GET /a/{name}/ HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert arrived.acquire(timeout=PATIENCE_SECONDS)
    assert channels[-1].out_window_size == WINDOW_BYTES
    for visitor in visitors:
        visitor.close()
    transport.close()


def test_inbox_gives_much_in_parts_that_a_slow_visitor_reads_in_time():
    inbox = paramiko_inside.Inbox(1 << 21, lambda: None)
    for _ in range(20):
        inbox.feed(bytes(100_000))
    sizes = []
    while piece := inbox.take():
        sizes.append(len(piece))
    assert sum(sizes) == 2_000_000 and max(sizes) <= 1 << 18 and inbox.unread == 0


def test_connection_remembers_only_the_last_of_its_dead_channels(pair):
    _, transport = pair
    transport.channels_seen.update(dict.fromkeys(range(10_000), True))
    paramiko_inside.forget_dead_channels(transport)
    assert list(transport.channels_seen) == list(range(10_000 - 4096, 10_000))


def test_paramiko_that_changed_inside_is_said_to_be_the_reason(monkeypatch):
    paramiko_inside.check()

    class Changed(paramiko.Channel):
        def __init__(self, number):
            super().__init__(number)
            self.buffer, self.in_buffer = self.in_buffer, None

    monkeypatch.setattr(paramiko, "Channel", Changed)
    with pytest.raises(EnvironmentFault, match=f"inside of paramiko {paramiko.__version__}") as caught:
        paramiko_inside.check()
    assert "pip install" in caught.value.hint


def test_client_that_cannot_begin_is_not_counted_for_ever(tmp_path, monkeypatch):
    from modelapp.share.relay.limits import Limits
    from modelapp.share.relay.ssh import Relaying, SshServer

    def fails(*arguments, **options):
        raise RuntimeError("can't start new thread")

    async def tried():
        names = Names(tmp_path / "relay", 10)
        relaying = Relaying(names, Limits(), Log(io.StringIO()), asyncio.get_running_loop(), lambda *names: "")
        with socket.create_server(("127.0.0.1", 0)) as listening:
            client = socket.create_connection(listening.getsockname())
            SshServer(relaying).take(*listening.accept())
            assert client.recv(1) == b""
            client.close()
        return relaying

    monkeypatch.setattr(paramiko.Transport, "start_server", fails)
    # In a thread of its own: the browser's tests have a loop in the main thread.
    with ThreadPoolExecutor(1) as thread:
        relaying = thread.submit(asyncio.run, tried()).result(PATIENCE_SECONDS)
    assert relaying.clients == set() and relaying.logins.total == 0


def test_names_are_forgotten_in_the_order_of_their_last_use_and_survive_a_restart(tmp_path):
    names = Names(tmp_path / "relay", 2)
    one, two, three = (letter * 26 for letter in "abc")
    for name in (one, two, one, three):
        names.remember(name)
    again = Names(tmp_path / "relay", 2)
    for known in (names, again):
        assert three in known and sum(name in known for name in (one, two)) == 1


@pytest.mark.parametrize("known", ["[]", "nonsense", '{"%s": null}' % ("a" * 26)])
def test_names_that_cannot_be_read_are_said_to_be_the_reason(tmp_path, known):
    (tmp_path / "names.json").write_text(known)
    with pytest.raises(EnvironmentFault, match="relay's folder"):
        Names(tmp_path, 10)


def test_allowed_keys_are_found_behind_options_and_not_within_them(tmp_path):
    key, other = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
    path = tmp_path / "authorized_keys"
    kind = key.get_name()
    quoted = f'command="echo # {kind} {other.get_base64()}"'
    path.write_text(f"# {kind} {other.get_base64()}\n{quoted} {kind} {key.get_base64()} somebody # hers\n")
    assert allowed_keys(path) == {key.asbytes()}
    path.write_text(f"{kind} AAAA=A\n")
    with pytest.raises(EnvironmentFault, match=r"Line 1 of .* is no public key"):
        allowed_keys(path)


def test_fault_is_told_by_its_kind_and_not_by_its_text():
    logger = logging.getLogger("tornado.application")
    before = logger.handlers, logger.propagate
    told = io.StringIO()
    try:
        Log(told).take_faults()
        try:
            raise LookupError("/a/secret/")
        except LookupError:
            logger.exception("of %s", "/a/secret/")
    finally:
        logger.handlers, logger.propagate = before
        asyncio_logger = logging.getLogger("asyncio")
        asyncio_logger.handlers, asyncio_logger.propagate = [], True
    line = json.loads(told.getvalue())
    assert (line["event"], line["what"]) == ("fault", "LookupError") and "secret" not in told.getvalue()
