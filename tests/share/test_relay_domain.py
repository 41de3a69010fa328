"""Names as subdomains: each its own origin, which no other name can reach into."""

import http.client
import json
import socket
import ssl
import subprocess
import sys
import textwrap

import pytest
from certificates import made_certificate
from hosts import Host, said
from playwright.sync_api import expect
from terminal import Terminal

PATIENCE_SECONDS = 90
DOMAIN = ("--domain", "localhost")
SCRIPT = """
    import modelapp as ma
    n = ma.slider_input(min=0, max=10, value=5)
    ma.text_output(f"{n} chosen")
"""


@pytest.fixture
def host(relay):
    """A host behind a relay whose names are subdomains."""
    made = []

    def start(*options, through=None, app="test"):
        made.append(Host(through or relay(*DOMAIN, *options), app).stands())
        return made[-1]

    yield start
    for one in made:
        one.stop()


def label(host):
    return host.links[-1].url.partition("//")[2].partition(".")[0]


def get(host, path, name, method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", host.relay.port, timeout=PATIENCE_SECONDS)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", name)
    connection.endheaders()
    answer = connection.getresponse()
    try:
        return answer.status, answer.headers, answer.read()
    finally:
        answer.close()
        connection.close()


def test_name_is_a_label_in_letters_of_any_case(host):
    host = host()
    name = label(host)
    assert host.links[-1].url == f"http://{name}.localhost:{host.relay.port}/"
    assert len(name) == 26 and name.isalnum()
    for asked in (f"{name}.localhost", f"{name.upper()}.LocalHost:{host.relay.port}"):
        assert get(host, "/", asked)[2] == b"hello"
        assert f"Host: {asked}\n".encode() in get(host, "/headers", asked)[2]
    assert get(host, "/a/b/c", f"{name}.localhost")[2] == b"hello"  # the host's own path


@pytest.mark.parametrize(
    "form",
    ["localhost", "x.{}.localhost", "{}", "{}.localhost.", "{}.example.org", "localhost.{}", ".localhost", "{}x"],
)
def test_nothing_is_served_under_any_other_name(host, form):
    host = host()
    assert get(host, "/", form.format(label(host)))[::2] == (404, b"Not Found\n")


def test_path_of_a_name_leads_to_its_subdomain_and_tells_no_name_that_is_not_known(host):
    host = host()
    name = label(host)
    where = f"http://{name}.localhost:{host.relay.port}/"
    for path, to in ((f"/a/{name}", ""), (f"/a/{name}/", ""), (f"/a/{name}/b?c=d", "b?c=d"), (f"/a/{name}//e", "/e")):
        status, headers, _ = get(host, path, "localhost")
        assert (status, headers["Location"]) == (302, where + to)
    assert get(host, f"/a/{name}/", "localhost", "POST")[0] == 308
    assert get(host, f"/a/{'b' * 26}/", "localhost")[0] == 404
    assert get(host, f"/a/{name}/", "127.0.0.1")[0] == 404


def test_wrong_labels_are_guesses(host):
    host = host()
    for index in range(40):
        answer = get(host, "/", f"{index}.localhost")[0]
    assert answer == 429 and get(host, "/", f"{label(host)}.localhost")[0] == 429
    assert len(host.relay.events(event="refused", what="guesses")) == 1


def test_cookies_keep_their_path_and_lose_the_domain(host):
    host = host()
    cookies = get(host, "/bold", f"{label(host)}.localhost")[1].get_all("Set-Cookie")
    assert cookies == ["a=1; Path=/; HttpOnly", "b=2"]


def test_known_name_whose_host_is_away_says_so_and_the_operator_sees_it_at_the_bare_domain(host):
    host = host("--status-key", "sesame")
    name = label(host)
    other = Host(host.relay, "other").stands()
    away = label(other)
    other.stop()
    host.relay.tells(event="down")
    assert get(host, "/", f"{away}.localhost")[0] == 503
    status, _, body = get(host, "/status.json?key=sesame", "localhost")
    assert status == 200 and [one["name"] for one in json.loads(body)["tunnels"]] == [name[:6]]
    assert get(host, "/status.json?key=sesame", f"{name}.localhost")[2] == b"hello"  # the host's own path


def test_proxy_tells_the_name(host):
    host = host("--behind-proxy")
    assert host.links[-1].url == f"https://{label(host)}.localhost/"
    head = (
        f"GET / HTTP/1.1\r\nHost: inner:8080\r\nX-Forwarded-Host: {label(host)}.localhost\r\nConnection: close\r\n\r\n"
    )
    assert said(host.relay, head.encode()).endswith(b"hello")
    assert b"404" in said(host.relay, head.replace("X-Forwarded", "X-Other").encode())


# ------------------------------------------------------------ what the operator is told at the start


def refused(tmp_path, *options):
    command = [
        sys.executable,
        "-m",
        "modelapp",
        "relay",
        "--port",
        "0",
        "--folder",
        str(tmp_path / "refused"),
        *options,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    "name", ["https://relay.example.org", "a..b", "-a.org", "a_b.org", "", "x" * 64, "a." * 120 + "b"]
)
def test_text_that_is_no_domain_is_refused(tmp_path, name):
    assert "is no domain" in refused(tmp_path, "--domain", name)


def test_address_of_another_domain_is_refused(tmp_path):
    said = refused(tmp_path, "--domain", "relay.example.org", "--public-url", "https://example.org")
    assert "is not that of the domain 'relay.example.org'" in said


@pytest.mark.parametrize("names", [["relay.example.org"], ["*.example.org"], ["a.relay.example.org"]])
def test_certificate_that_does_not_cover_the_names_is_refused(tmp_path, names):
    certificate = made_certificate(tmp_path, *names)
    said = refused(tmp_path, "--domain", "relay.example.org", *certificate.options)
    assert f"is for {names[0]}, and not for the names under relay.example.org" in said and "wildcard" in said


@pytest.mark.parametrize(("names", "told"), [(("*.a.localhost",), True), (("*.a.localhost", "*.localhost"), False)])
def test_certificate_without_the_bare_domain_is_taken_and_told(relay, tmp_path, names, told):
    through = relay("--domain", "a.localhost", *made_certificate(tmp_path, *names).options)
    assert ("is not for a.localhost itself" in through.rest()) is told


def test_wildcard_certificate_is_taken_and_checks_out(relay, tmp_path):
    certificate = made_certificate(tmp_path, "localhost", "*.localhost", "*.relay.example.org", "relay.example.org")
    through = relay("--domain", "relay.example.org", *certificate.options)
    host = Host(through).stands()
    name = label(host)
    assert host.links[-1].url == f"https://{name}.relay.example.org:{through.port}/"
    context = ssl.create_default_context(cafile=str(certificate.root))
    raw = socket.create_connection(("127.0.0.1", through.port), PATIENCE_SECONDS)
    with context.wrap_socket(raw, server_hostname=f"{name}.relay.example.org") as connection:
        head = f"GET /bold HTTP/1.1\r\nHost: {name}.relay.example.org\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        answer = b""
        while piece := connection.recv(1 << 16):
            answer += piece
    assert b"Set-Cookie: b=2; Secure\r\n" in answer
    host.stop()


def test_file_that_is_no_certificate_is_refused(tmp_path):
    (tmp_path / "cert.pem").write_text("nonsense")
    assert "cannot be used" in refused(tmp_path, "--tls-cert", str(tmp_path / "cert.pem"))


# ------------------------------------------------------------ in a browser


def test_two_names_in_one_browser_know_nothing_of_each_other(serve, relay, context, tmp_path):
    through = relay(*DOMAIN)
    pages = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        script = tmp_path / folder / "demo.py"
        script.write_text(textwrap.dedent(SCRIPT))
        served = serve(script, *through.share)
        url = Terminal(served).says(r"public\s+(http://[a-z2-7]{26}\.localhost:\d+/)$")[1]
        page = context.new_page()
        page.goto(f"{url}?key={served.key}")
        expect(page.get_by_text("5 chosen")).to_be_visible()
        page.get_by_role("slider", name="N").press("ArrowRight")
        expect(page.get_by_text("6 chosen")).to_be_visible()
        pages.append((page, url, served))
    (one, url, _), (two, other, _) = pages
    assert url != other
    one.evaluate("() => { localStorage.setItem('mine', '1'); sessionStorage.setItem('mine', '1'); }")
    one.evaluate("() => { document.cookie = 'mine=1'; }")
    seen = two.evaluate("() => [localStorage.getItem('mine'), sessionStorage.getItem('mine'), document.cookie]")
    assert seen[:2] == [None, None] and "mine" not in seen[2]
    # Each has its own key's cookie, and no request to the other may be read.
    for address in (url, other):
        names = [cookie["name"] for cookie in context.cookies(address)]
        assert sum(name.startswith("modelapp_key") for name in names) == 1
    assert two.evaluate("(address) => fetch(address).then(() => 'read', () => 'refused')", url) == "refused"
    opened = two.evaluate(
        """(address) => new Promise((done) => {
          const socket = new WebSocket(address.replace('http', 'ws') + 'ws');
          socket.onopen = () => done('open'); socket.onerror = () => done('refused');
        })""",
        url,
    )
    assert opened == "refused"


def test_link_with_a_path_still_opens_the_page(serve, relay, context):
    through = relay(*DOMAIN)
    served = serve(SCRIPT, *through.share)
    url = Terminal(served).says(r"public\s+(http://\S+/)$")[1]
    name = url.partition("//")[2].partition(".")[0]
    page = context.new_page()
    page.goto(f"http://localhost:{through.port}/a/{name}/#part")
    expect(page.get_by_text("5 chosen")).to_be_visible()
    assert page.url == f"{url}#part"
