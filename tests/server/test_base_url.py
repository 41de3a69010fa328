"""An app below a path: asked there, asked by a web server that takes the path off, and through a real nginx."""

import contextlib
import json
import socket
import ssl
import subprocess
import sys
import time
import urllib.request

import modelapp as ma
import pytest
from modelapp.core.errors import InvalidValue
from modelapp.server.mount import base_url
from PIL import Image
from served import Socket
from web_servers import Nginx, manual_block

_CERTIFICATE = (
    "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
)
SCRIPT = """
    import modelapp as ma
    n = ma.number_input(value=3)
    image = ma.image_input(required=False)
    ma.text_output(f"twice is {n * 2:g}")
    if image is not None:
        ma.image_output(image)
"""


@pytest.mark.parametrize(
    ("text", "path", "public"),
    [
        ("/", "/", None),
        ("/demo", "/demo/", None),
        ("/a/b-1/", "/a/b-1/", None),
        ("https://example.org", "/", "https://example.org/"),
        ("https://example.org:8443/demo", "/demo/", "https://example.org:8443/demo/"),
    ],
)
def test_base_url_is_a_path_or_a_whole_address(text, path, public):
    found = base_url(text)
    assert (found.path, found.public) == (path, public)


@pytest.mark.parametrize(
    "text", ["demo/", "", "//evil.org/x", "/a b/", "/a?b", "/../x/", "ftp://a/b", "https://a@b/", "/a//b/", "http://["]
)
def test_base_url_that_is_neither_is_refused_with_an_example(text):
    with pytest.raises(InvalidValue, match="below which") as refused:
        base_url(text)
    assert "--base-url /demo/" in str(refused.value.hint)


def test_all_addresses_are_right_below_the_path_and_without_it(serve, tmp_path):
    served = serve(SCRIPT, "--base-url", "/demo/")
    assert served.url.endswith(f":{served.port}/demo/")
    assert served.presenter_url.startswith(served.url)
    root = served.url.removesuffix("demo/")
    served.url = root
    assert served.request("demo")[:1] == (308,)
    assert served.request("demo?case=x")[1]["Location"] == "demo/?case=x"
    status, headers, _ = served.request(f"demo/?key={served.key}")
    assert (status, headers["Location"]) == (302, "./")
    assert "Path=/demo/" in headers["Set-Cookie"]
    assert "Path=/" in served.request(f"?key={served.key}")[1]["Set-Cookie"].split("; ")
    for place, servers in (("demo/", "/demo"), ("", "/")):
        assert served.request(place)[0] == 200
        described = json.loads(served.request(f"{place}api/openapi.json")[2])
        assert described["servers"] == [{"url": servers}]
        assert f"{root}{place}api/run" in served.request(f"{place}api/docs")[2].decode()
    assert served.request("other/")[0] == 404
    assert served.request("demo/c/nothing")[0] == 404
    Image.new("RGB", (9, 7), "red").save(tmp_path / "red.png")
    model = ma.connect(f"{root}demo/")
    answer = model(n=21, image=tmp_path / "red.png")
    assert answer["text"] == "twice is 42"
    assert answer["image"].size == (9, 7)
    assert served.invited("Dr. Rao").startswith("?invite=")
    assert json.loads(served.invite("Ann", "--json").stdout)["link"].startswith(f"{root}demo/?invite=")


def test_whole_address_is_what_is_printed_and_answered_to(serve):
    served = serve(SCRIPT, "--base-url", "http://demo.example.org:1/demo/", "--port", "0")
    assert served.url == "http://demo.example.org:1/demo/"
    assert json.loads(served.invite("Ann", "--json").stdout)["link"].startswith(f"{served.url}?invite=")


def test_forwarded_headers_are_believed_only_behind_a_proxy(serve):
    claimed = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "localhost:99",
        "X-Forwarded-For": "10.0.0.1, 10.0.0.9",
    }
    plain = serve(SCRIPT)
    assert "http://localhost:" in plain.request("api/docs", headers=claimed)[2].decode()
    assert "localhost:99" not in plain.request("api/docs", headers=claimed)[2].decode()
    behind = serve(SCRIPT, "--behind-proxy")
    assert "https://localhost:99/api/run" in behind.request("api/docs", headers=claimed)[2].decode()
    assert "Secure" in behind.request(f"?key={behind.key}", headers=claimed)[1]["Set-Cookie"]
    assert behind.request("", headers={"X-Forwarded-Host": "evil.example.org"})[0] == 421


def test_wrong_passwords_of_one_address_do_not_lock_out_another(serve, monkeypatch):
    monkeypatch.setenv("MODELAPP_PASSWORD", "right")
    served = serve(SCRIPT, "--behind-proxy", "--password")

    def typed(password, address):
        headers = {"X-Forwarded-For": f"1.2.3.4, {address}", "Content-Type": "application/x-www-form-urlencoded"}
        return served.request("", method="POST", body=f"password={password}".encode(), headers=headers)[0]

    answers = {typed("wrong", "10.0.0.1") for _ in range(40)}
    assert answers == {401, 429}
    assert typed("right", "10.0.0.1") == 429
    assert typed("right", "10.0.0.2") == 303


def test_behind_proxy_and_share_are_refused_together(tmp_path):
    (tmp_path / "demo.py").write_text("import modelapp as ma\n")
    command = [sys.executable, "-m", "modelapp", "run", str(tmp_path / "demo.py"), "--behind-proxy", "--share", "a@b"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "could claim any address" in done.stderr


@pytest.fixture
def nginx(tmp_path):
    """Start nginx in front of a host, as the manual says to."""
    made = []

    def start(port, *, tls=""):
        text = manual_block("nginx", "location /demo/").replace("127.0.0.1:8501", f"127.0.0.1:{port}")
        text = text.replace("demo.example.org", "localhost")
        made.append(Nginx(tmp_path / f"nginx{len(made)}", text, tls=tls))
        return made[-1]

    yield start
    for one in made:
        one.stop()


def _listens(port):
    """Wait until something takes connections there."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 30):
            return
    raise AssertionError(f"nobody listens on {port}")


def test_nginx_of_the_manual_leads_page_socket_upload_and_api_to_the_host(serve, nginx, context, tmp_path):
    served = serve(SCRIPT, "--base-url", "/demo/", "--behind-proxy")
    front = nginx(served.port)
    _listens(front.port)
    url = f"http://localhost:{front.port}/demo/"
    Image.new("RGB", (40, 30), "red").save(tmp_path / "red.png")
    page = context.new_page()
    page.goto(f"{url}?key={served.key}")
    page.wait_for_url(url)
    page.get_by_text("twice is 6").wait_for()
    page.get_by_label("N", exact=True).fill("21")
    page.get_by_text("twice is 42").wait_for()
    page.set_input_files("input[type=file]", tmp_path / "red.png")
    page.locator("figure img, .outputs img").first.wait_for()
    page.reload()
    page.get_by_text("twice is 42").wait_for()
    model = ma.connect(url)
    assert model(n=4, image=tmp_path / "red.png")["image"].size == (40, 30)
    assert f"{url}api/run" in urllib.request.urlopen(f"{url}api/docs").read().decode()
    served.url = url
    visitor = Socket(served)
    visitor.hello()
    visitor.set(n=5)
    visitor.sees("twice is 10")
    visitor.close()


def test_nginx_with_tls_makes_secure_addresses(serve, nginx, tmp_path):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [*_CERTIFICATE.split(), "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    served = serve(SCRIPT, "--base-url", "/demo/", "--behind-proxy")
    front = nginx(served.port, tls=f"ssl_certificate {certificate};\nssl_certificate_key {key};\n")
    _listens(front.port)
    known = ssl.create_default_context(cafile=certificate)
    url = f"https://localhost:{front.port}/demo/"
    with urllib.request.urlopen(f"{url}api/docs", context=known) as answer:
        assert f"{url}api/run" in answer.read().decode()
