"""SSH in a websocket: through networks, and proxies, that let only HTTPS out."""

import contextlib
import hashlib
import http.client
import os
import socket
import ssl
import struct
import threading

import paramiko
import pytest
from hosts import Host
from modelapp.share.destination import destination
from modelapp.share.frames import frame
from modelapp.share.websocket import websocket
from terminal import Terminal, complains

PATIENCE_SECONDS = 90

UPGRADE = (
    "GET /ssh HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


@pytest.fixture
def host(relay):
    """A host whose tunnel is in a websocket."""
    made = []

    def start(*options, through=None, app="test", by="http://"):
        made.append(Host(through or relay(*options), app, by).stands())
        return made[-1]

    yield start
    for one in made:
        one.stop()


def get(host, path="", **options):
    context = {}
    kind = http.client.HTTPConnection
    if host.links[-1].url.startswith("https"):
        kind, context = http.client.HTTPSConnection, {"context": ssl.create_default_context()}
    connection = kind("127.0.0.1", host.relay.port, timeout=PATIENCE_SECONDS, **context)
    connection.request(options.pop("method", "GET"), host.path + path, **options)
    answer = connection.getresponse()
    try:
        return answer.read()
    finally:
        connection.close()


def works(host):
    assert get(host) == b"hello"
    assert get(host, "chunks") == b"".join(b"%d\n" % index for index in range(1000))
    body = os.urandom(5 << 20)
    assert get(host, method="POST", body=body) == f"{len(body)} {hashlib.sha256(body).hexdigest()}".encode()


def test_everything_goes_through_a_websocket(host):
    host = host()
    works(host)
    assert host.links[0].url.startswith(f"http://127.0.0.1:{host.relay.port}/a/")


def test_everything_goes_through_a_websocket_in_tls(host, trusted):
    works(host(*trusted.options, by="https://"))


def test_name_is_the_same_as_by_plain_ssh(host):
    first = host()
    name = first.name
    first.stop()
    first.relay.tells(event="down")
    assert host(through=first.relay, by="").name == name


def test_killed_relay_comes_back_and_so_does_the_tunnel(host, trusted):
    host = host(*trusted.options, by="https://")
    for time_of_break in (2, 3):
        host.relay.kill()
        host.relay.start()
        host.stands(time_of_break)
        works(host)


def test_script_is_shared_by_an_address_of_the_web(serve, relay, connect, trusted, proxy, monkeypatch):
    through = relay(*trusted.options)
    between = proxy()
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{between.port}")
    script = "import modelapp as ma\nma.text_output(ma.text_input(value='here'))\n"
    to = ("--share", f"https://localhost:{through.port}", "--share-key", through.fingerprint)
    served = serve(script, *to, "--share-plain")
    terminal = Terminal(served)
    url = terminal.says(r"public\s+(https://\S+/a/[a-z2-7]{26}/)$")[1]
    assert url.startswith(f"https://localhost:{through.port}/")
    assert between.asked[0].startswith(f"CONNECT localhost:{through.port} HTTP/1.1\r\n")
    between.cut()
    complains(served, "The public link is down")
    assert terminal.says(r"public\s+(\S+) is back")[1] == url


@pytest.mark.parametrize(
    "change",
    [
        ("GET", "POST"),
        ("/ssh", "/ssh/"),
        ("HTTP/1.1", "HTTP/1.0"),
        ("Version: 13", "Version: 8"),
        ("Key: AAAAAAAAAAAAAAAAAAAAAA==", "Key: AAAA"),
        ("Key: AAAAAAAAAAAAAAAAAAAAAA==", "Key: \x80"),
        ("Upgrade: websocket\r\n", ""),
        ("\r\n\r\n", "\r\nOrigin: https://evil.example\r\n\r\n"),
    ],
)
def test_only_a_program_that_asks_rightly_gets_a_websocket(relay, change):
    assert answer(relay(), UPGRADE.replace(*change)).startswith(b"HTTP/1.1 404 Not Found\r\n")


def answer(relay, head):
    """Return the first that a relay answers."""
    with socket.create_connection(("127.0.0.1", relay.port), PATIENCE_SECONDS) as connection:
        connection.sendall(head.encode("latin-1"))
        return connection.recv(1 << 16)


def test_only_the_relays_own_address_has_the_websocket(relay):
    through = relay("--domain", "localhost")
    host = Host(through).stands()
    name = host.links[-1].url.partition("//")[2].partition("/")[0]
    # A host's own path of that name is the host's, which takes this one for any request.
    assert answer(through, UPGRADE.replace("localhost", name)).startswith(b"HTTP/1.1 200 ")
    assert answer(through, UPGRADE.replace("localhost", "example.org")).startswith(b"HTTP/1.1 404 ")
    assert answer(through, UPGRADE).startswith(b"HTTP/1.1 101 ")
    host.stop()


def opened(relay, source="127.0.0.1"):
    connection = socket.create_connection(("127.0.0.1", relay.port), PATIENCE_SECONDS, (source, 0))
    connection.sendall(UPGRADE.encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(1)
    assert head.startswith(b"HTTP/1.1 101 ")
    return connection


def ends(connection):
    with contextlib.suppress(ConnectionResetError):
        while connection.recv(1 << 16):
            pass
    connection.close()
    return True


@pytest.mark.parametrize(
    "data",
    [
        b"\x81\x81aaaax",
        b"\x82\x01x",
        b"\x82\xff\x7f" + b"\xff" * 7 + bytes(4) + b"a\n\n\n" * 1000,
        frame(b"nonsense\r\n" * 100, True),
        frame(b"SSH-2.0-x\r\n" + struct.pack("!I", 1 << 30) + bytes(10_000), True),
        frame(b"", True, 8),
    ],
    ids=["text", "unmasked", "endless", "nonsense", "gigabytes", "good-bye"],
)
def test_noise_ends_the_connection_and_harms_nobody(host, data):
    host = host()
    connection = opened(host.relay)
    with contextlib.suppress(OSError):
        connection.sendall(data)
    assert ends(connection)
    works(host)


def test_those_who_never_log_in_are_limited_as_on_the_port_of_ssh(host):
    host = host()
    waiting = [opened(host.relay, "127.0.0.9") for _ in range(8)]
    assert ends(opened(host.relay, "127.0.0.9"))
    assert host.relay.tells(event="refused", what="too many logins")
    works(host)  # of another address
    for one in waiting:
        one.close()
    for _ in range(3):
        again = opened(host.relay, "127.0.0.8")
        assert again.recv(2)[0] == 0x82  # the relay's first line of SSH
        again.close()


@pytest.mark.parametrize(
    "data",
    [b"", b"\x82", frame(b"SSH-2.0-slow\r\n", True), frame(b"S", True)[:-1]],
    ids=["nothing", "half a head", "a first line", "half a frame"],
)
def test_those_who_are_slow_to_log_in_are_sent_away(host, data):
    host = host("--login-seconds", "1")
    connection = opened(host.relay)
    connection.sendall(data)
    assert ends(connection)
    assert host.relay.tells(event="refused", what="slow login")
    works(host)


def test_those_behind_a_proxy_are_told_apart(relay):
    through = relay("--behind-proxy")
    heads = [UPGRADE.replace("\r\n\r\n", f"\r\nX-Forwarded-For: 192.0.2.{last}\r\n\r\n") for last in [1] * 9 + [2]]
    waiting = []
    for head in heads:
        waiting.append(socket.create_connection(("127.0.0.1", through.port), PATIENCE_SECONDS))
        waiting[-1].sendall(head.encode())
    (event,) = through.tells(event="refused", what="too many logins")
    assert event["network"] == "192.0.2.0/24"
    assert ends(waiting[8])
    for one in waiting:
        one.close()


def test_many_pings_are_answered_without_end_and_nothing_is_heaped_up(host):
    host = host()
    connection = opened(host.relay)
    connection.settimeout(PATIENCE_SECONDS)
    before = host.relay.threads
    for _ in range(50):
        connection.sendall(frame(b"x" * 100, True, 9) * 500)
    connection.sendall(frame(b"last", True, 9))
    got = b""
    while frame(b"last", False, 10) not in got:
        got = got[-100:] + connection.recv(1 << 16)
    assert host.relay.threads <= before
    connection.close()


def test_client_that_may_not_do_a_thing_may_not_in_a_websocket_either(host):
    host = host()
    to = destination(f"http://127.0.0.1:{host.relay.port}", fingerprint=host.relay.fingerprint)
    transport = paramiko.Transport(websocket(to))
    transport.connect(username="somebody", pkey=paramiko.ECDSAKey.generate())
    for kind, options in (
        ("session", {}),
        ("direct-tcpip", {"dest_addr": ("127.0.0.1", 22), "src_addr": ("127.0.0.1", 1)}),
    ):
        with pytest.raises(paramiko.SSHException):
            transport.open_channel(kind, timeout=PATIENCE_SECONDS, **options)
    with pytest.raises(paramiko.SSHException):
        transport.request_port_forward(host.name, 80)
    transport.close()
    transport.join(PATIENCE_SECONDS)
    (event,) = host.relay.tells(event="refused", what="direct-tcpip")
    assert event["network"] == "127.0.0.0/24"


def test_neither_side_keeps_threads_or_files_after_many_breaks(host, proxy, monkeypatch):
    between = proxy()
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{between.port}")
    host = host()
    ours = threading.active_count()
    for count in range(2, 12):
        between.cut()
        host.stands(count)
    works(host)
    # All but the last of the tunnels have ended there.
    host.relay.tells(10, event="down")
    other = opened(host.relay)
    other.close()
    assert host.relay.threads < 20 and host.relay.files < 40
    assert threading.active_count() <= ours + 6
