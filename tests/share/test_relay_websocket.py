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
from certificates import made_certificate
from hosts import Host
from hypothesis import given
from hypothesis import strategies as st
from modelapp.core.errors import EnvironmentFault, InvalidValue
from modelapp.share.connect import Refused, Unreachable
from modelapp.share.destination import destination
from modelapp.share.frames import BadFrame, Frames, frame
from modelapp.share.websocket import websocket
from proxies import Proxy
from terminal import Terminal, complains

PATIENCE_SECONDS = 90
UPGRADE = (
    "GET /ssh HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """Whatever proxy this machine has is not the test's."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


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


@pytest.fixture
def proxy():
    """Start proxies that are ended at the end."""
    made = []

    def start(**options):
        made.append(Proxy(**options))
        return made[-1]

    yield start
    for one in made:
        one.stop()


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    """A certificate for this machine whose root is trusted, as the environment says."""
    certificate = made_certificate(tmp_path, "localhost", "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.root))
    return certificate


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


# ------------------------------------------------------------ frames


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


# ------------------------------------------------------------ the tunnel


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


def test_key_of_the_relay_is_checked_in_a_websocket_too(relay):
    through = relay()
    wrong = "SHA256:" + "A" * 43
    with pytest.raises(Refused, match="shows another key"):
        connected_to(f"http://127.0.0.1:{through.port}", wrong)
    with pytest.raises(Refused, match="is not known"):
        connected_to(f"http://127.0.0.1:{through.port}", None)


def connected_to(text, fingerprint):
    from modelapp.share.connect import connected

    connected(destination(text, fingerprint=fingerprint)).close()


# ------------------------------------------------------------ each step that fails has its words


def told(port, scheme="http", host="127.0.0.1"):
    """Return what is told of a way that does not work, and whether it is worth trying again."""
    with pytest.raises(EnvironmentFault) as caught:
        connected_to(f"{scheme}://{host}:{port}", "SHA256:" + "A" * 43)
    return str(caught.value), isinstance(caught.value, Unreachable)


@pytest.mark.parametrize(
    ("answers", "words", "again"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "does not lead to 127.0.0.1:9: it answers 403", False),
        (b"HTTP/1.1 503 Busy\r\n\r\n", "does not lead to 127.0.0.1:9: it answers 503", True),
        (b"HTTP/1.1 200 OK\r\n\r\nmore", "says more than it should", True),
        (b"SSH-2.0-x\r\n\r\n", "gives no answer", True),
        (b"", "gives no answer", True),
    ],
)
def test_proxy_that_does_not_lead_on_says_so(proxy, monkeypatch, answers, words, again):
    monkeypatch.setenv("http_proxy", f"127.0.0.1:{proxy(answers=answers).port}")
    said, unreachable = told(9)
    assert words in said and "proxy" in said and unreachable is again


def test_proxy_that_wants_a_password_gets_it_or_says_so(proxy, monkeypatch, relay):
    through, between = relay(), proxy(login="doctor:w@rd")
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{between.port}")
    said, unreachable = told(through.port)
    assert "wants another user name and password" in said and not unreachable
    monkeypatch.setenv("HTTP_PROXY", f"http://doctor:w%40rd@127.0.0.1:{between.port}")
    said, _ = told(through.port)
    assert "shows another key" in said
    monkeypatch.setenv("HTTP_PROXY", "http://doctor:wrong@127.0.0.1:1")
    said, unreachable = told(through.port)
    assert "The proxy 127.0.0.1:1 cannot be reached" in said and unreachable and "wrong" not in said
    monkeypatch.setenv("NO_PROXY", "example.org,127.0.0.1")
    assert "shows another key" in told(through.port)[0]


@pytest.mark.parametrize("given", ["socks5://127.0.0.1:1080", "https://127.0.0.1:1", "http://:80", "http://a:b:c"])
def test_proxy_of_another_kind_is_refused(monkeypatch, given):
    monkeypatch.setenv("HTTP_PROXY", given)
    said, unreachable = told(9)
    assert "of a kind that is not known" in said and not unreachable


def test_name_and_port_that_are_not_there_say_so():
    said, unreachable = told(443, "https", "no.such.name.invalid")
    assert "'no.such.name.invalid' is not known" in said and unreachable
    said, unreachable = told(1)
    assert "refuses the connection" in said and unreachable


def test_certificate_that_is_not_trusted_or_for_another_name_is_refused(relay, tmp_path, monkeypatch):
    certificate = made_certificate(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.root))
    through = relay(*certificate.options)
    said, unreachable = told(through.port, "https")
    assert "not trusted here: IP address mismatch" in said and not unreachable
    monkeypatch.delenv("SSL_CERT_FILE")
    said, unreachable = told(through.port, "https", "localhost")
    assert "not trusted here: " in said and "SSL_CERT_FILE" in said and not unreachable


def test_http_where_https_is_and_the_other_way_round_say_so(relay, trusted):
    through = relay(*trusted.options)
    assert "gives no answer of HTTP" in told(through.port)[0]
    assert "does not speak TLS with us" in told(relay().port, "https")[0]


@pytest.mark.parametrize(
    ("answers", "words", "again"),
    [
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "is no relay that speaks SSH in a websocket: it answers 404", False),
        (b"HTTP/1.1 101 Go\r\nSec-WebSocket-Accept: x\r\n\r\n", "is no relay", False),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "answers 502", True),
        (b"x" * 40_000, "gives no answer of HTTP", True),
        (b"HTTP/1.1 x\r\n\r\n", "gives no answer of HTTP", True),
    ],
)
def test_server_that_is_no_relay_says_so(proxy, answers, words, again):
    said, unreachable = told(proxy(answers=answers).port)
    assert words in said and unreachable is again


@pytest.mark.parametrize(
    "text", ["https://", "https://user@host", "https://host/path", "http://host?query", "https://host:0", "https://a b"]
)
def test_address_that_is_none_is_an_error(text):
    with pytest.raises(InvalidValue, match="names no relay"):
        destination(text)


def test_keys_for_the_host_are_those_of_the_ssh_configuration(tmp_path):
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "config").write_text("Host relay.example.org\n IdentityFile /key\n Port 2222\n ProxyJump x\n")
    to = destination("https://relay.example.org/", tmp_path)
    assert (to.host, to.port, to.keys, to.web, to.jump) == ("relay.example.org", 443, ("/key",), "https", None)


# ------------------------------------------------------------ those who mean no good


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
