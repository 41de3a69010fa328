"""Clients and visitors of a relay who mean no good: refused, told in the log, and nobody else is harmed."""

import contextlib
import http.client
import json
import socket
import struct
import threading
import time

import paramiko
import pytest
from hosts import Host, said, transport_to
from modelapp.share.relay.words import FORWARD_PORT, NAME_REQUEST

PATIENCE_SECONDS = 90


@pytest.fixture
def host(relay):
    """A host behind a relay, which must still work at the end; the log must hold no name, path or address."""
    made = []

    def start(*options):
        made.append(Host(relay(*options)).stands())
        return made[-1]

    yield start
    for one in made:
        connection = http.client.HTTPConnection("127.0.0.1", one.relay.port, PATIENCE_SECONDS, ("127.0.0.3", 0))
        connection.request("GET", one.path)
        assert connection.getresponse().read() == b"hello"
        connection.close()
        one.stop()
        log = one.relay.log.read_text()
        assert one.name not in log and "127.0.0.1" not in log and "Traceback" not in log
        for line in log.splitlines():
            json.loads(line)


@pytest.fixture(params=["", "http://"], ids=["ssh", "websocket"])
def login(request):
    """Log in to a relay with a key of its own, by plain SSH and in a websocket: the same must hold for both."""
    made = []

    def start(relay, key=None):
        transport = transport_to(relay, request.param)
        made.append(transport)
        transport.connect(username="somebody", pkey=key or paramiko.ECDSAKey.generate())
        return transport

    yield start
    for transport in made:
        transport.close()
        transport.join(PATIENCE_SECONDS)


def asked(transport, app="app", instance="1"):
    answer = transport.global_request(NAME_REQUEST, (app, "localhost", instance), wait=True)
    return tuple(answer.get_text() for _ in range(3))


def test_nothing_but_ones_own_name_is_forwarded(host, login):
    host = host()
    hostile = login(host.relay)
    for address, port in (("", 0), ("0.0.0.0", 22), ("localhost", 80), (host.name, FORWARD_PORT), ("x" * 5000, 80)):
        with pytest.raises(paramiko.SSHException):
            hostile.request_port_forward(address, port)
    word, name, _ = asked(hostile)
    assert word == "given" and name != host.name
    with pytest.raises(paramiko.SSHException):
        hostile.request_port_forward(name, 81)
    assert hostile.request_port_forward(name, FORWARD_PORT) == FORWARD_PORT
    with pytest.raises(paramiko.SSHException):
        hostile.request_port_forward(name, FORWARD_PORT)
    host.relay.tells(7, event="refused", what="forward")


@pytest.mark.parametrize(
    ("what", "kind", "options"),
    [
        ("session", "session", {}),
        ("direct-tcpip", "direct-tcpip", {"dest_addr": ("127.0.0.1", 22), "src_addr": ("127.0.0.1", 1)}),
        ("channel", "x11", {"src_addr": ("127.0.0.1", 1)}),
        ("channel", "forwarded-tcpip", {"dest_addr": ("127.0.0.1", 22), "src_addr": ("127.0.0.1", 1)}),
        ("channel", "auth-agent@openssh.com", {}),
    ],
)
def test_no_channel_is_opened_for_a_client(host, login, what, kind, options):
    host = host()
    hostile = login(host.relay)
    with pytest.raises(paramiko.SSHException):
        hostile.open_channel(kind, timeout=PATIENCE_SECONDS, **options)
    (event,) = host.relay.tells(event="refused", what=what)
    assert event["network"] == "127.0.0.0/24" and len(event["key"]) < 20


def test_one_who_asks_for_much_that_is_refused_is_sent_away(host, login):
    host = host()
    hostile = login(host.relay)
    with pytest.raises((paramiko.SSHException, EOFError, OSError)):
        for _ in range(100):
            hostile.global_request("hostile@example.org", (), wait=True)
            if not hostile.is_active():
                raise EOFError
    assert 0 < len(host.relay.events(event="refused", what="request")) <= 25


def test_another_key_gives_another_name_also_if_the_other_key_was_shown_before(host, login):
    host = host()
    key, other = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
    expected = asked(login(host.relay, key))[1]
    # Shows the other's public key, which needs no secret, and then logs in with its own.
    hostile = paramiko.Transport(("127.0.0.1", host.relay.ssh_port))
    hostile.start_client(timeout=PATIENCE_SECONDS)

    class Shown(paramiko.ECDSAKey):
        def sign_ssh_data(self, *arguments):
            return other.sign_ssh_data(*arguments)

    forged = Shown(vals=(key.signing_key, key.verifying_key))
    with pytest.raises(paramiko.SSHException):
        hostile.auth_publickey("somebody", forged)
    hostile.auth_publickey("somebody", other)
    try:
        assert asked(hostile)[1] not in (expected, "")
    finally:
        hostile.close()


def test_passwords_weak_keys_and_keys_that_are_not_allowed_are_refused(host, login, tmp_path):
    host = host()
    hostile = paramiko.Transport(("127.0.0.1", host.relay.ssh_port))
    hostile.start_client(timeout=PATIENCE_SECONDS)
    with pytest.raises(paramiko.SSHException):
        hostile.auth_password("root", "root")
    hostile.close()
    with pytest.raises(paramiko.SSHException):
        login(host.relay, paramiko.RSAKey.generate(1024))
    host.relay.tells(event="refused", what="weak key")
    login(host.relay, paramiko.RSAKey.generate(2048))


def test_only_allowed_keys_may_share_if_the_operator_says_so(relay, login, tmp_path):
    key = paramiko.ECDSAKey.generate()
    allowed = tmp_path / "authorized_keys"
    allowed.write_text(f'# ours\nrestrict,command="a b" {key.get_name()} {key.get_base64()} somebody\n')
    through = relay("--allow-keys", str(allowed))
    assert asked(login(through, key))[0] == "given"
    with pytest.raises(paramiko.SSHException):
        login(through)
    through.tells(event="refused", what="key")


def test_tunnels_of_one_key_are_limited(host, login):
    host = host("--max-tunnels-per-key", "2")
    key = paramiko.ECDSAKey.generate()
    for app in ("one", "two"):
        transport = login(host.relay, key)
        assert transport.request_port_forward(asked(transport, app)[1], FORWARD_PORT)
    third = login(host.relay, key)
    with pytest.raises(paramiko.SSHException):
        third.request_port_forward(asked(third, "three")[1], FORWARD_PORT)
    host.relay.tells(event="refused", what="too many tunnels")


def test_packet_that_announces_gigabytes_ends_the_connection(host):
    host = host()
    with socket.create_connection(("127.0.0.1", host.relay.ssh_port), PATIENCE_SECONDS) as hostile:
        hostile.sendall(b"SSH-2.0-hostile\r\n" + struct.pack(">I", 0x7FFFFFF4) + bytes(100))
        while hostile.recv(1 << 16):
            pass
    host.relay.tells(event="refused", what="oversize packet")


def test_noise_instead_of_ssh_ends_the_connection(host):
    host = host()
    for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100_000, b"SSH-2.0-x\r\n" + b"\xff" * 5000, b""):
        with socket.create_connection(("127.0.0.1", host.relay.ssh_port), PATIENCE_SECONDS) as hostile:
            try:
                hostile.sendall(noise)
                hostile.shutdown(socket.SHUT_WR)
                while hostile.recv(1 << 16):
                    pass
            except OSError:
                pass


def test_client_that_reads_nothing_and_confirms_nothing_harms_its_own_visitors_alone(host, login):
    host = host()
    hostile = login(host.relay)
    name = asked(hostile)[1]
    hostile.request_port_forward(name, FORWARD_PORT)
    over = threading.Event()
    hostile.packetizer.read_message = over.wait  # its thread stands still from now on
    stuck = []
    for _ in range(20):
        visitor = socket.create_connection(("127.0.0.1", host.relay.port), PATIENCE_SECONDS)
        visitor.sendall(f"POST /a/{name}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n".encode() + b"x" * 100)
        stuck.append(visitor)
    for _ in range(20):
        assert said(host.relay, f"GET {host.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()).endswith(
            b"hello"
        )
    for visitor in stuck:
        visitor.close()
    over.set()


def test_ten_thousand_guesses_are_stopped_early_and_harm_no_other(host):
    host = host()
    ask = "GET /a/{}/ HTTP/1.1\r\nHost: x\r\n\r\n"
    statuses = {b"404": 0, b"429": 0}
    with socket.create_connection(("127.0.0.1", host.relay.port), PATIENCE_SECONDS, ("127.0.0.2", 0)) as hostile:
        file = hostile.makefile("rb")
        for start in range(0, 10_000, 100):
            hostile.sendall("".join(ask.format(f"{start + index:026}") for index in range(100)).encode())
            for _ in range(100):
                statuses[file.readline().split()[1]] += 1
                length = 0
                while line := file.readline().strip().lower():
                    if line.startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                file.read(length)
        hostile.sendall(f"GET {host.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert file.readline().split()[1] == b"429"  # a right guess tells no more than a wrong one
        file.close()
    assert statuses[b"404"] < 500 and statuses[b"429"] > 9000
    assert host.relay.tells(event="refused", what="guesses")[0]["network"] == "127.0.0.0/24"


def test_slow_visitors_are_sent_away(host):
    host = host("--header-seconds", "1", "--stall-seconds", "1")
    for sent in (
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        f"POST {host.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nslow".encode(),
    ):
        with socket.create_connection(("127.0.0.1", host.relay.port), PATIENCE_SECONDS) as slow:
            slow.sendall(sent)
            assert slow.recv(1 << 16) == b""
    host.relay.tells(event="refused", what="stalled")


def test_visitor_who_does_not_read_is_sent_away_and_not_buffered_for(host):
    host = host("--stall-seconds", "1")
    with socket.create_connection(("127.0.0.1", host.relay.port), PATIENCE_SECONDS) as slow:
        slow.sendall(f"GET {host.path}endless HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        host.relay.tells(event="refused", what="stalled")


def test_headers_that_are_too_large_or_no_http_end_the_connection(host):
    host = host()
    for sent in (
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"\x16\x03\x01" + b"\0" * 200 + b"\r\n\r\n",
        b"GET /a/x/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"CONNECT evil.example:22 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ):
        with contextlib.suppress(ConnectionResetError):
            assert said(host.relay, sent)[:12] in (b"", b"HTTP/1.1 400", b"HTTP/1.1 404")


def test_connections_through_one_tunnel_are_limited(host):
    host = host("--max-connections", "3")
    waiting = []
    for _ in range(3):
        visitor = socket.create_connection(("127.0.0.1", host.relay.port), PATIENCE_SECONDS)
        visitor.sendall(f"GET {host.path}waits HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert host.server.waiting.acquire(timeout=PATIENCE_SECONDS)
        waiting.append(visitor)
    one_more = f"GET {host.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    assert said(host.relay, one_more).startswith(b"HTTP/1.1 503 ")
    host.server.go_on.set()
    for visitor in waiting:
        assert visitor.recv(1000).startswith(b"HTTP/1.1 200 ")
        visitor.close()


def test_rate_of_one_client_is_limited(host):
    host = host("--max-rate", "1")
    size = 3_000_000
    begin = time.monotonic()
    head = f"POST {host.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n".encode()
    answer = said(host.relay, head + bytes(size))
    assert str(size).encode() in answer
    assert time.monotonic() - begin > 1.5  # a megabyte at once, and two at a megabyte a second


def test_neither_threads_nor_sockets_are_left_after_fifty_breaks(host, login):
    host = host("--status-key", "sesame")

    def settled():
        """Return threads and open files, when nobody is there but the host and the operator."""
        host.relay.tells(len(host.relay.events(event="up")) - 1, event="down")
        operator = http.client.HTTPConnection("127.0.0.1", host.relay.port, PATIENCE_SECONDS)
        deadline = time.monotonic() + PATIENCE_SECONDS
        with contextlib.closing(operator):
            while True:
                # The relay gives back what the last one had while it answers.
                operator.request("GET", "/status.json", headers={"Authorization": "Bearer sesame"})
                assert operator.getresponse().read()
                now = (host.relay.threads, host.relay.files)
                if not before or now <= before or time.monotonic() > deadline:
                    return now

    before = None
    for index in range(52):
        hostile = login(host.relay)
        name = asked(hostile)[1]
        arrived = threading.Event()
        hostile.request_port_forward(name, FORWARD_PORT, lambda *arguments, arrived=arrived: arrived.set())
        visitor = socket.create_connection(("127.0.0.1", host.relay.port), PATIENCE_SECONDS)
        visitor.sendall(f"GET /a/{name}/ HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert arrived.wait(PATIENCE_SECONDS)
        getattr(hostile.sock, "_sock", hostile.sock).shutdown(socket.SHUT_RDWR)
        assert visitor.recv(1 << 16).startswith((b"HTTP/1.1 502", b"HTTP/1.1 503"))
        visitor.close()
        if index == 1:
            before = settled()
    assert settled() <= before
