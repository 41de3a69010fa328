"""What a relay makes of HTTP that could be read in two ways, and of answers that nobody asked for."""

import contextlib
import json
import socket
import threading

import pytest
from hosts import said
from modelapp.share.destination import destination
from modelapp.share.tunnel import Tunnel
from relays import PATIENCE_SECONDS, LimitedRelay

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"

WEBSOCKET = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13\r\n"


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
