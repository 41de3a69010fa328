"""Calls that mean no good, or are no calls: refused in words, and the next one is none the worse."""

import socket
import zlib

import pytest
from api_calls import SCRIPT, sent


@pytest.mark.parametrize(
    ("raw", "headers", "status"),
    [
        (b'{"inputs": {', {}, 400),
        (b"", {}, 400),
        (b'{"inputs": {"b": NaN}}', {}, 400),
        (b'{"inputs": {"b": 1e999}}', {}, 400),
        (b'{"inputs": {"b": ' + b"9" * 400 + b"}}", {}, 422),
        (b'{"inputs": {"name": "\\ud800"}}', {}, 400),
        (b"[" * 100_000, {}, 400),
        (b'{"inputs": {"name": ' + b"[" * 5000 + b"]" * 5000 + b"}}", {}, 400),
        (b"\xff\xfe", {}, 400),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Type": None}, 415),
        (b"{}", {"Host": "evil.example"}, 421),
        (b"{}", {"Origin": "http://evil.example"}, 403),
        (b"--xyz\r\n", {"Content-Type": "multipart/form-data; boundary=xyz"}, 400),
        (b"rubbish", {"Content-Type": "multipart/form-data; boundary=xyz"}, 400),
        (b"--xyz\r\n\r\n\r\n--xyz--", {"Content-Type": "multipart/form-data; boundary=xyz"}, 400),
        (b"--xyz\r\n" + b"a" * 9000, {"Content-Type": "multipart/form-data; boundary=xyz"}, 400),
        (b"", {"Content-Type": "multipart/form-data"}, 400),
    ],
)
def test_hostile_bodies_are_refused_in_words(api, raw, headers, status):
    api = api()
    got, answered, answer = api.run(raw=raw, headers=headers)
    assert got == status, answer
    assert answer["error"]["message"]
    assert answer["error"]["request_id"] == answered["x-request-id"]
    assert api.run({})[0] == 200
    assert "Traceback" not in api.served.log.read_text()


def test_picture_that_unpacks_to_too_much_is_refused(api):
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = (60_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 10**6)) + chunk(b"IEND", b"")
    )
    api = api()
    status, _, answer = api.run({"inputs": {"photo": sent(bomb)}})
    assert status == 422
    assert "3,600 megapixels" in answer["error"]["message"]


def test_too_large_a_body_is_refused_before_it_comes(api):
    api = api()
    with socket.create_connection(("127.0.0.1", api.served.port), timeout=30) as connection:
        connection.sendall(
            b"POST /api/run HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 99999999\r\n\r\n"
        )
        answer = connection.makefile("rb").readline()
    assert b"413" in answer


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "api/run", 405),
        ("OPTIONS", "api/run", 405),
        ("POST", "api/openapi.json", 405),
        ("GET", "api/other", 404),
    ],
)
def test_other_methods_and_addresses_are_told_apart(api, method, path, status):
    got, _, answer = api().run(path=path, method=method, body={} if method == "POST" else None)
    assert got == status
    assert answer["error"]["request_id"]


def test_keys_are_asked_for_and_never_logged(api):
    api = api(SCRIPT, "--api-key", "first-key", "--api-key", "second-key")
    for headers in ({}, {"Authorization": "Bearer wrong-key"}, {"Authorization": "Basic first-key"}):
        status, answered, _ = api.run({}, headers=headers)
        assert status == 401
        assert answered["www-authenticate"] == "Bearer"
        assert api.run(path="api/openapi.json", method="GET", headers=headers)[0] == 401
    for key in ("first-key", "second-key"):
        authorization = {"Authorization": f"Bearer {key}"}
        assert api.run({"inputs": {"a": 99}}, headers=authorization)[0] == 422
        assert api.run({}, headers={**authorization, "Origin": "http://elsewhere.example"})[0] == 200
        assert api.run(path="api/openapi.json", method="GET", headers=authorization)[0] == 200
    cookie = {"Cookie": api.served.request(f"?key={api.served.key}")[1]["Set-Cookie"].partition(";")[0]}
    assert api.run(path="api/openapi.json", method="GET", headers=cookie)[0] == 200
    assert api.served.request("api/docs", headers=cookie)[0] == 200
    assert api.run({}, headers=cookie)[0] == 401
    assert "-key" not in api.served.log.read_text() + "".join(api.served.output).replace("?key", "")


def test_form_without_end_of_size_is_answered_in_words(api):
    """Sent in pieces, whose size nobody announced."""
    api = api()
    piece = b"a" * (1 << 20)
    with socket.create_connection(("127.0.0.1", api.served.port), timeout=30) as connection:
        connection.sendall(
            b"POST /api/run HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=xyz\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        head = b'--xyz\r\nContent-Disposition: form-data; name="name"\r\n\r\n'
        for part in (head, piece, piece):
            connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        connection.sendall(b"0\r\n\r\n")
        assert b"413" in connection.makefile("rb").readline()
