"""The way to a relay by HTTPS: proxies, certificates, and what is no relay."""

import pytest
from certificates import made_certificate
from modelapp.core.errors import EnvironmentFault, InvalidValue
from modelapp.share.connect import Refused, Unreachable
from modelapp.share.destination import destination


def connected_to(text, fingerprint):
    from modelapp.share.connect import connected

    connected(destination(text, fingerprint=fingerprint)).close()


def test_key_of_the_relay_is_checked_in_a_websocket_too(relay):
    through = relay()
    wrong = "SHA256:" + "A" * 43
    with pytest.raises(Refused, match="shows another key"):
        connected_to(f"http://127.0.0.1:{through.port}", wrong)
    with pytest.raises(Refused, match="is not known"):
        connected_to(f"http://127.0.0.1:{through.port}", None)


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
