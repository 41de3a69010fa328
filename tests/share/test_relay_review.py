"""What strangers could do to a relay: requests read in two ways, answers made to stop it, memory, log, names."""

import asyncio
import contextlib
import io
import json
import logging
import re
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import paramiko
import pytest
from hosts import said, transport_to
from modelapp.core.errors import EnvironmentFault
from modelapp.share.connect import Refused
from modelapp.share.destination import destination
from modelapp.share.relay import paramiko_inside
from modelapp.share.relay.client import named
from modelapp.share.relay.log import Log
from modelapp.share.relay.names import Names, allowed_keys
from modelapp.share.relay.words import FORWARD_PORT, NAME_REQUEST, NARROW_WINDOW_BYTES, WINDOW_BYTES
from modelapp.share.tunnel import Tunnel

PATIENCE_SECONDS = 90
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
WEBSOCKET = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13\r\n"
# The command, with limits that it has no options for.
LIMITED = """
import json, sys
from modelapp.cli.relay import relay
from modelapp.share.relay.limits import Limits
relay(sys.argv[2:], obj=Limits(**json.loads(sys.argv[1])))
"""


class RawHost:
    """A host that answers each connection with given bytes, and keeps what it was asked."""

    def __init__(self, relay):
        self.relay = relay
        self.answer = HELLO
        self.asked = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._stands = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        to = destination(f"127.0.0.1:{relay.ssh_port}", fingerprint=relay.fingerprint)
        port = self._listening.getsockname()[1]
        self._tunnel = Tunnel(to, port, 0, "raw", self._link, print, print)
        self._tunnel.start()
        assert self._stands.wait(PATIENCE_SECONDS)

    def _link(self, link):
        self.path = "/" + link.url.split("/", 3)[3]
        self._stands.set()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                asked = b""
                while b"\r\n\r\n" not in asked and (piece := connection.recv(1 << 16)):
                    asked += piece
                self.asked.append(asked)
                try:
                    connection.sendall(self.answer)
                    while asked and connection.recv(1 << 16):
                        pass
                except OSError:
                    pass

    def get(self, headers="Connection: close\r\n"):
        """Return what a visitor gets."""
        return said(self.relay, f"GET {self.path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode())

    def stop(self):
        self._tunnel.stop()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(PATIENCE_SECONDS)


@pytest.fixture
def host(relay):
    """A host that sends any bytes."""
    made = []

    def start(*options, through=None):
        made.append(RawHost(through or relay(*options)))
        return made[-1]

    yield start
    for one in made:
        one.stop()


@pytest.fixture
def pair():
    """Two ends of a connection of SSH, server and client."""
    sockets = socket.socketpair()
    made = [paramiko.Transport(one) for one in sockets]
    yield made
    for one in (*made, *sockets):
        one.close()


# ------------------------------------------------------------ requests that are read in two ways


@pytest.mark.parametrize(
    "head",
    [
        "POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        "POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc",
        "POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc",
        "POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 0x3\r\n\r\nabc",
        "POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST {} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST {} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST {} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "POST {} HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET {} HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET {} HTTP/1.1\r\nHost: x, y\r\n\r\n",
        "GET {} HTTP/1.1\r\nHost: x/y\r\n\r\n",
        "GET {} HTTP/1.1\r\nHost:\r\n\r\n",
        "GET {} HTTP/1.1\r\n\r\n",
        "GET {} HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n",
        "GET {} HTTP/1.1\r\nHost: x\r\nA: b\0\r\n\r\n",
        "GET {} HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
        "CONNECT {} HTTP/1.1\r\nHost: x\r\n\r\n",
        "TRACE {} HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_request_that_two_could_read_in_two_ways_never_reaches_a_host(host, head):
    host = host()
    answer = said(host.relay, (head.format(host.path) + "GET / HTTP/1.1\r\nHost: x\r\n\r\n").encode("latin-1"))
    assert answer == b"HTTP/1.1 400 Bad Request\r\n\r\n"
    assert host.get().endswith(b"hello")
    assert len(host.asked) == 1


def test_lines_that_end_in_other_ways_reach_a_host_as_they_should_be(host):
    host = host()
    answer = said(host.relay, f"GET {host.path} HTTP/1.1\nHost: x\nA: b\nConnection: close\n\n".encode())
    assert answer.endswith(b"hello")
    assert host.asked[0] == b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n"


def test_name_that_the_proxy_tells_is_one_name(host):
    host = host("--behind-proxy")
    assert host.get("Connection: close\r\nX-Forwarded-Host: a.example\r\n").endswith(b"hello")
    assert b"Host: a.example\r\n" in host.asked[0]
    for hosts in ("a.example, b.example", "a.example\r\nX-Forwarded-Host: b.example", "a.example/b"):
        assert host.get(f"X-Forwarded-Host: {hosts}\r\n").startswith(b"HTTP/1.1 400 ")
    assert len(host.asked) == 1


def test_header_that_is_for_the_neighbour_alone_goes_no_further_whatever_its_letters(host):
    host = host()
    with socket.create_connection(("127.0.0.1", host.relay.port), PATIENCE_SECONDS) as visitor:
        headers = "Connection: x-b3traceid\r\nX-B3TraceId: 1\r\nX-Other: 2\r\n"
        visitor.sendall(f"GET {host.path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode())
        assert visitor.recv(12) == b"HTTP/1.1 200"
    assert b"X-Other: 2" in host.asked[0] and b"b3" not in host.asked[0].lower()


def test_path_that_is_no_address_is_not_found_like_any_other(relay):
    relay = relay("--status-key", "sesame")
    answer = said(relay, b"GET //[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404 ") and relay.events(event="fault") == []


# ------------------------------------------------------------ hosts that mean no good


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n" + HELLO,
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 70_000 + HELLO,
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\rSet-Cookie: c\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\n",
    ],
)
def test_answer_that_nobody_asked_for_or_that_has_two_meanings_reaches_no_visitor(host, answer):
    host = host()
    host.answer = answer
    assert host.get().startswith(b"HTTP/1.1 502 ")
    host.answer = HELLO
    assert host.get().endswith(b"hello")


def test_very_many_small_pieces_come_whole_and_stop_nobody(host):
    """A relay that moves what is left at every piece would take hours for these."""
    host = host()
    count = 1_000_000
    host.answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * count + b"0\r\n\r\n"
    answer = host.get()
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"0\r\n\r\n")
    assert answer.partition(b"\r\n\r\n")[2].count(b"x") == count


def test_trailers_without_end_end_the_answer(host):
    host = host()
    host.answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" + b"A: b\r\n" * 300_000
    answer = host.get()
    assert answer.endswith(b"1\r\nx\r\n")  # which says that it is not whole


def test_no_host_gets_reports_of_what_is_done_with_others(host):
    host = host()
    told = b'NEL: {"report_to": "me"}\r\nReport-To: {"group": "me"}\r\nSet-Login: logged-in\r\nX-Fine: 1\r\n'
    host.answer = HELLO.replace(b"OK\r\n", b"OK\r\n" + told)
    answer = host.get().lower()
    assert b"x-fine: 1" in answer
    assert b"nel:" not in answer and b"report-to:" not in answer and b"set-login:" not in answer


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


# ------------------------------------------------------------ what is counted, and what is held


def status(relay):
    answer = said(relay, b"GET /status.json?key=sesame HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    return json.loads(answer.partition(b"\r\n\r\n")[2])


def test_open_page_counts_as_a_connection_until_it_is_closed(host):
    host = host("--status-key", "sesame")
    host.answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nfirst"
    with socket.create_connection(("127.0.0.1", host.relay.port), PATIENCE_SECONDS) as page:
        page.sendall(f"GET {host.path} HTTP/1.1\r\nHost: x\r\n{WEBSOCKET}\r\n".encode())
        answer = b""
        while not answer.endswith(b"first"):
            answer += page.recv(1000)
        assert status(host.relay)["visitor_connections"] == 2
    while status(host.relay)["visitor_connections"] > 1:
        pass


def test_open_pages_of_one_address_are_limited(host, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    limited = LimitedRelay(tmp_path / "limited", visitors_per_address=2)
    host = host(through=limited)
    host.answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nfirst"
    with socket.create_connection(("127.0.0.1", limited.port), PATIENCE_SECONDS) as page:
        page.sendall(f"GET {host.path} HTTP/1.1\r\nHost: x\r\n{WEBSOCKET}\r\n".encode())
        assert page.recv(12) == b"HTTP/1.1 101"
        with socket.create_connection(("127.0.0.1", limited.port), PATIENCE_SECONDS) as second:
            second.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert second.recv(12) == b"HTTP/1.1 404"
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                answer = said(limited, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert answer == b""
    limited.stop()


class LimitedRelay:
    """A relay with limits for which the command has no options."""

    def __init__(self, folder, **limits):
        command = [sys.executable, "-u", "-c", LIMITED, json.dumps(limits)]
        command += ["--host", "127.0.0.1", "--port", "0", "--folder", str(folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self._process.stdout:
            if match := re.search(r"--share \S+:(\d+) --share-key (\S+)", line):
                self.port = self.ssh_port = int(match[1])
                self.fingerprint = match[2]
                return
        raise AssertionError("the relay did not start")

    def stop(self):
        self._process.terminate()
        self._process.wait(PATIENCE_SECONDS)
        self._process.stdout.close()


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


# ------------------------------------------------------------ names, keys and the log


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
