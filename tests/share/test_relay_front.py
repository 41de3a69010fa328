"""HTTP through the relay: whole, in pieces, refused, and broken off."""

import hashlib
import http.client
import socket
import threading
from pathlib import Path

import paramiko
import pytest
from hosts import Host, said

PATIENCE_SECONDS = 90
PUBLIC = ["Host: relay.example.org", "Connection: close"]


@pytest.fixture
def host(relay):
    """A host behind a relay."""
    made = []

    def start(*options, through=None, app="test", **settings):
        made.append(Host(through or relay(*options, **settings), app).stands())
        return made[-1]

    yield start
    for one in made:
        one.stop()


def get(host, path, method="GET", body=None, headers=None, **options):
    connection = http.client.HTTPConnection("127.0.0.1", host.relay.port, timeout=PATIENCE_SECONDS)
    connection.request(method, host.path + path, body, headers or {}, **options)
    answer = connection.getresponse()
    try:
        return answer.status, answer.headers, answer.read()
    finally:
        answer.close()
        connection.close()


def test_answers_come_whole_however_the_host_ends_them(host):
    host = host()
    assert get(host, "")[2] == b"hello"
    assert get(host, "chunks")[2] == b"".join(b"%d\n" % index for index in range(1000))
    assert get(host, "until-close")[2] == b"until close"
    status, headers, body = get(host, "", "HEAD")
    assert (status, headers["Content-Length"], body) == (200, "5", b"")
    assert get(host, "chunks", "HEAD")[::2] == (200, b"")


def test_several_requests_go_over_one_connection_of_a_visitor(host):
    host = host()
    connection = http.client.HTTPConnection("127.0.0.1", host.relay.port, timeout=PATIENCE_SECONDS)
    for path, expected in (("", b"hello"), ("until-close", b"until close"), ("", b"hello")) * 5:
        connection.request("GET", host.path + path)
        assert connection.getresponse().read() == expected
    connection.close()


def test_answer_that_the_host_breaks_off_is_not_taken_for_whole(host):
    host = host()
    with pytest.raises(http.client.IncompleteRead):
        get(host, "short")
    assert get(host, "nonsense")[0] == 502
    assert get(host, "")[2] == b"hello"


def test_large_upload_arrives_whole_and_is_not_held_in_memory(host):
    host = host()
    piece = bytes(range(256)) * 4096
    times = 80
    digest = hashlib.sha256(piece * times)
    expected = f"{len(piece) * times} {digest.hexdigest()}".encode()
    get(host, "", "POST", piece)
    before = peak_kilobytes(host.relay)
    headers = {"Content-Length": str(len(piece) * times)}
    assert get(host, "", "POST", (piece for _ in range(times)), headers)[2] == expected
    chunked = {"Transfer-Encoding": "chunked"}
    assert get(host, "", "POST", (piece for _ in range(times)), chunked, encode_chunked=True)[2] == expected
    assert peak_kilobytes(host.relay) - before < 20_000


def peak_kilobytes(relay):
    status = Path(f"/proc/{relay.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def test_body_that_is_held_back_is_asked_for_only_if_the_host_wants_it(host):
    host = host()
    head = "POST {}{} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", host.relay.port), PATIENCE_SECONDS) as connection:
        connection.sendall(head.format(host.path, "refuses").encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")
    with socket.create_connection(("127.0.0.1", host.relay.port), PATIENCE_SECONDS) as connection:
        connection.sendall(head.format(host.path, "").encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"12345")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_host_learns_the_name_that_the_browser_asked_for_and_nothing_of_neighbours(host):
    host = host()
    sent = {
        "Host": "relay.example.org",
        "X-Forwarded-For": "198.51.100.7",
        "Forwarded": "for=198.51.100.7",
        "Connection": "X-Mine",
        "X-Mine": "1",
        "Origin": "http://relay.example.org",
    }
    seen = get(host, "headers", headers=sent)[2].decode()
    assert "Host: relay.example.org" in seen and "Origin: http://relay.example.org" in seen
    assert "orwarded" not in seen and "Mine" not in seen


def test_cookies_stay_within_the_name_and_no_host_speaks_for_the_whole_relay(host):
    host = host()
    _, headers, _ = get(host, "bold")
    assert headers.get_all("Set-Cookie") == [f"a=1; HttpOnly; Path={host.path}", f"b=2; Path={host.path}"]
    assert "Service-Worker-Allowed" not in headers and "Clear-Site-Data" not in headers


def test_known_name_whose_host_is_away_says_so_also_after_a_restart_of_the_relay(host):
    host = host()
    path = host.path
    host.tunnel.stop()
    host.relay.tells(event="down")
    for _ in range(2):
        status, headers, body = get(host, "", headers={"Accept": "text/html"})
        assert status == 503 and b"The host is offline." in body and b"goes on by itself" in body
        assert headers["Retry-After"] == "2" and headers["Cache-Control"] == "no-store"
        assert get(host, "ws")[2] == b'{"error": "The host is offline."}'
        host.relay.kill()
        host.relay.start()
    again = Host(host.relay)
    try:
        assert again.stands().path == path
        assert get(again, "")[2] == b"hello"
    finally:
        again.stop()


def test_visitor_who_waits_for_an_answer_is_told_when_the_tunnel_breaks(host):
    host = host()
    connection = http.client.HTTPConnection("127.0.0.1", host.relay.port, timeout=PATIENCE_SECONDS)
    for count in (2, 3):
        connection.request("GET", host.path + "waits", headers={"Accept": "text/html"})
        assert host.server.waiting.acquire(timeout=PATIENCE_SECONDS)
        host.tunnel._client.get_transport().sock.shutdown(socket.SHUT_RDWR)
        answer = connection.getresponse()
        assert answer.status == 503 and b"The host is offline." in answer.read()
        host.stands(count)
    connection.request("GET", host.path)  # over the same connection
    assert connection.getresponse().read() == b"hello"
    connection.close()


def test_same_key_and_app_get_one_name_and_others_get_others(host):
    first = host()
    second = host(through=first.relay, app="other")
    assert first.name != second.name
    assert len(first.name) == len(second.name) == 26
    third = Host(first.relay)  # the same app in another process
    third.complains("The name of this app is in use")
    third.stop()
    assert get(first, "")[2] == b"hello"


def test_name_without_its_slash_leads_to_the_name(host):
    host = host()
    head = f"GET {host.path[:-1]}?x=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = said(host.relay, head.encode())
    assert answer.startswith(b"HTTP/1.1 302 ") and f"Location: {host.path}?x=1\r\n".encode() in answer


def test_relay_answers_to_its_public_name_alone_if_it_has_one(host):
    host = host("--public-url", "http://relay.example.org")
    assert host.links[0].url.startswith("http://relay.example.org/a/")
    assert get(host, "", headers={"Host": "relay.example.org"})[0] == 200
    assert get(host, "", headers={"Host": "evil.example"})[0] == 404


def test_visitors_address_is_the_proxys_word_only_behind_a_proxy(host):
    host = host("--behind-proxy")
    for index in range(60):
        get_unknown(host, f"198.51.100.9, 198.51.100.{7 if index else 8}")
    assert get_unknown(host, "198.51.100.7") == 429
    assert get_unknown(host, "198.51.100.8") == 404


def get_unknown(host, forwarded):
    connection = http.client.HTTPConnection("127.0.0.1", host.relay.port, timeout=PATIENCE_SECONDS)
    connection.request("GET", f"/a/{'a' * 26}/", headers={"X-Forwarded-For": forwarded})
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_operator_sees_figures_with_the_key_and_nobody_else_sees_anything(host):
    host = host("--status-key", "sesame")
    get(host, "")
    ask = "GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{}\r\n"
    nothing = said(host.relay, ask.format("/nothing", "").encode())
    assert nothing.startswith(b"HTTP/1.1 404 ")
    for path in ("/", "/status", "/status?key=wrong", "/a/", f"/a/{'b' * 26}/"):
        assert said(host.relay, ask.format(path, "").encode()).partition(b"\r\n\r\n")[2] == b"Not Found\n"
    page = said(host.relay, ask.format("/status?key=sesame", "").encode())
    assert page.startswith(b"HTTP/1.1 200 ") and host.name[:6].encode() in page
    assert host.name.encode() not in page
    figures = said(host.relay, ask.format("/status.json", "Authorization: Bearer sesame\r\n").encode())
    assert b'"served": 1' in figures and b'"uptime_seconds"' in figures


def test_page_is_served_by_https_with_a_certificate(host, tmp_path):
    import ssl
    import subprocess

    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    host = host("--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem"))
    assert host.links[0].url.startswith(f"https://127.0.0.1:{host.relay.port}/a/")
    context = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    connection = http.client.HTTPSConnection("127.0.0.1", host.relay.port, timeout=PATIENCE_SECONDS, context=context)
    connection.request("GET", host.path + "bold")
    answer = connection.getresponse()
    answer.read()
    assert all("Secure" in cookie for cookie in answer.headers.get_all("Set-Cookie"))
    connection.close()


def test_one_port_is_enough_for_all_and_a_further_one_may_be_had(host):
    host = host(own_ssh_port=True)
    relay = host.relay
    assert relay.ssh_port != relay.port
    again = Host(relay, "other")
    assert get(again.stands(), "")[2] == b"hello"
    again.stop()
    relay.ssh_port = relay.port
    again = Host(relay, "other")
    assert get(again.stands(), "")[2] == b"hello"
    again.stop()


def test_first_bytes_may_come_one_by_one(host):
    host = host()
    for first in (f"GET {host.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "SSH-2.0-x\r\n"):
        with socket.create_connection(("127.0.0.1", host.relay.port), PATIENCE_SECONDS) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for letter in first.encode():
                connection.sendall(bytes([letter]))
            assert connection.recv(100).startswith(b"HTTP/1.1 200" if first[0] == "G" else b"SSH-2.0-modelapp_relay")


def test_client_keeps_neither_threads_nor_files_after_fifty_breaks(host):
    host = host()
    counted = []
    for index in range(52):
        with socket.create_connection(("127.0.0.1", host.relay.port), PATIENCE_SECONDS) as visitor:
            visitor.sendall(f"GET {host.path}endless HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert visitor.recv(1 << 16).startswith(b"HTTP/1.1 200")
            # As when the network goes away: the client's own connection breaks.
            host.tunnel._client.get_transport().sock.shutdown(socket.SHUT_RDWR)
            while visitor.recv(1 << 20):
                pass
        host.stands(index + 2)
        if index in (1, 51):
            counted.append(settled(host))
    assert counted[1] <= counted[0]


def settled(host):
    """Return how many threads and files this process has, after the end of all that served visitors or broken links."""
    standing = host.tunnel._client.get_transport()
    for thread in threading.enumerate():
        served = "visitor" in thread.name or "process_request" in thread.name
        if served or (isinstance(thread, paramiko.Transport) and thread is not standing):
            thread.join(PATIENCE_SECONDS)
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
