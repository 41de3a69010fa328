"""What a relay, or somebody on the way, could try with what passes; and programs that call through one."""

import asyncio
import base64
import http.client
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import modelapp as ma
import pytest
from modelapp.core.errors import EnvironmentFault, InvalidValue
from modelapp.core.sealing import Key, Opener, Sealer, SocketSeal
from PIL import Image
from terminal import Terminal
from tornado.httpclient import HTTPClientError
from tornado.websocket import websocket_connect
from wires import Recorder

SCRIPT = """
    import modelapp as ma
    n = ma.number_input(value=20)
    scan = ma.image_input(required=False)
    ma.number_output(n * 2, label="Twice")
    if scan:
        ma.image_output(scan.rotate(180), label="Turned")
"""
NONE = b"\0" * 8
PATIENCE_SECONDS = 60


class Page:
    """The other end, by hand."""

    def __init__(self, url):
        address, _, key = url.partition("#")
        self.host, self.path = address.removeprefix("http://").split("/", 1)
        self.key = Key.read(key)
        self.id = base64.b64decode(json.loads(self.plain("GET", "sealed/id")[1])["id"])

    def plain(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection(self.host, timeout=30)
        connection.request(method, f"/{self.path}{path}", body, headers)
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        return response.status, answer

    def seal(self, head, body=b"", **options):
        sealer = Sealer(options.pop("secret", self.key.secret), key_id=options.pop("key_id", self.id), **options)
        line = head if isinstance(head, bytes) else json.dumps(head).encode()
        self.salt = sealer.salt
        return sealer.header + sealer.seal(line + b"\n" + body) + sealer.finished()

    def send(self, sealed):
        return self.plain("POST", "sealed/request", sealed)

    def ask(self, method, path, body=b"", **headers):
        """Return status, headers and body of what was sealed."""
        status, answer = self.send(self.seal({"method": method, "path": path, "headers": headers}, body))
        assert status == 200, answer
        salt = self.salt
        opener = Opener(lambda key_id, own: self.key.answering(salt))
        head, _, rest = (opener.open(answer) + opener.finished()).partition(b"\n")
        told = json.loads(head)
        return told["status"], dict(told["headers"]), rest


@pytest.fixture
def link(serve, relay):
    """The link of a page behind a relay."""
    served = serve(SCRIPT, *relay().share_sealed)
    return Terminal(served).says(r"public\s+(\S+#[\w-]{43})$")[1]


@pytest.fixture
def page(link):
    return Page(link)


def test_only_what_is_sealed_is_taken(page):
    assert page.plain("GET", "")[0] == 200
    for path in ("ws", "watch", "upload", "bulk", "api/run", "api/openapi.json", "api/docs", "media/a/b", "key"):
        for method in ("GET", "POST"):
            assert page.plain(method, path)[0] == 404, path
    assert page.ask("GET", "api/openapi.json")[0] == 200
    status, _, body = page.ask("POST", "api/run", b'{"inputs": {"n": 4}}', **{"Content-Type": "application/json"})
    assert status == 200 and json.loads(body)["outputs"]["twice"] == 8


def test_request_is_taken_once(page):
    sealed = page.seal({"method": "GET", "path": "api/openapi.json", "headers": {}})
    assert page.send(sealed)[0] == 200
    assert page.send(sealed) == (400, b'{"error": "It was here before."}')


@pytest.mark.parametrize("at", [0, 20, 40, 60, -1])
def test_changed_request_is_refused(page, at):
    sealed = bytearray(page.seal({"method": "GET", "path": "api/openapi.json", "headers": {}}, bytes(100)))
    sealed[at] ^= 1
    assert page.send(bytes(sealed))[0] in (400, 403, 409)
    assert page.send(bytes(sealed[:-20]))[0] in (400, 403, 409)


def test_requests_with_another_key_or_for_another_process_are_refused(page):
    head = {"method": "GET", "path": "", "headers": {}}
    other = Key.of("other")
    assert page.send(page.seal(head, key_id=other.id + page.id[8:], secret=other.secret))[0] == 403
    assert page.send(page.seal(head, secret=other.secret))[0] == 400
    assert page.send(page.seal(head, key_id=page.key.id + NONE))[0] == 409
    assert page.send(page.seal(head, key_id=b""))[0] == 403


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"{}",
        b"not json",
        b"[1]",
        b'{"method": "DELETE", "path": ""}',
        b'{"method": "GET", "path": "a b"}',
        b'{"method": "GET", "path": "a\\r\\nb"}',
        b'{"method": "GET", "path": "\xc3\xa9"}',
        b'{"method": "GET", "path": "", "headers": {"A": "b\\r\\nC: d"}}',
        b'{"method": "GET", "path": "", "headers": {"A b": "c"}}',
        b'{"method": "GET", "path": "", "more": 1}',
        b"x" * 70_000,
    ],
)
def test_heads_that_make_no_sense_are_refused(page, head):
    assert page.send(page.seal(head))[0] == 400
    assert page.ask("GET", "api/openapi.json")[0] == 200


def test_no_path_leads_out(page):
    for path in ("../../etc/passwd", "/etc/passwd", "assets/../../setup.py", "//x", "api/../key", "sealed/id"):
        assert page.ask("GET", path)[0] in (403, 404)


def test_garbage_and_nothing_are_refused(page):
    for body in (b"", b"x", os.urandom(10_000), bytes(100), b"\xff" * 200):
        assert page.send(body)[0] in (400, 403)


def test_upload_that_is_too_large_is_refused_with_a_sentence(page):
    headers = {"X-Modelapp-Session": "wrong", "X-Modelapp-Input": "scan"}
    assert page.ask("POST", "upload", bytes(1000), **headers)[0] == 403
    headers["Content-Length"] = str(1 << 40)
    status, _, body = page.ask("POST", "upload", bytes(1000), **headers)
    assert status in (403, 413) and b"error" in body


def test_many_at_once_get_their_own_answers(page):
    answers = {}

    def call(n):
        other = Page(f"http://{page.host}/{page.path}#{page.key.text}")
        body = json.dumps({"inputs": {"n": n}}).encode()
        answer = other.ask("POST", "api/run", body, **{"Content-Type": "application/json"})[2]
        answers[n] = json.loads(answer)["outputs"]["twice"]

    threads = [threading.Thread(target=call, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == {n: 2 * n for n in range(12)}


def test_socket_takes_what_is_sealed_and_nothing_else(page):
    def wants(path):
        return json.dumps({"path": path}).encode()

    async def say(*messages, seal=True):
        """Greet, say these, and return the first answer, or the code with which the socket was closed."""
        socket = await websocket_connect(f"ws://{page.host}/{page.path}sealed/socket")
        if seal:
            await socket.write_message(b"p" * 16 + page.key.id, binary=True)
            ends = SocketSeal(page.key, b"p" * 16, await socket.read_message(), is_host=False)
            messages = [ends.seal(one) if isinstance(one, bytes) else one.encode() for one in messages]
        for message in messages:
            await socket.write_message(message, binary=True)
        answer = await socket.read_message()
        socket.close()
        if answer is not None:
            return ends.open(answer), messages
        return socket.close_code, messages

    async def talk():
        hello = b'{"type": "hello", "session": null, "epoch": null, "seen": 0}'
        answer, recorded = await say(wants("ws"), hello)
        assert b"welcome" in answer
        # Whoever recorded that cannot use it again, nor put in something of her own.
        for wrong in (recorded, recorded[1:], [b"x" * 50], [b""], [b"p" * 16 + page.key.id]):
            assert (await say(b"p" * 16 + b"12345678", *wrong, seal=False))[0] == 4403
            assert (await say(*[one.decode("latin-1") for one in wrong]))[0] == 4403
        for first in (b"short", b"p" * 1000, b""):
            assert (await say(first, seal=False))[0] == 4403
        for path in ("bulk", "../ws", "", "watch/../ws"):
            assert (await say(wants(path)))[0] == 4403
        with pytest.raises(HTTPClientError):
            await websocket_connect(f"ws://{page.host}/{page.path}ws")

    # In a thread of its own: the browser's tests have a loop in the main thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, talk()).result(PATIENCE_SECONDS)


# ------------------------------------------------------------ connect


def test_model_is_called_through_a_relay_that_cannot_read_it(link):
    address, _, rest = link.partition("//")[2].partition("/")
    wire = Recorder(int(address.rpartition(":")[2]))
    model = ma.connect(f"http://127.0.0.1:{wire.port}/{rest}")
    picture = Image.effect_noise((64, 48), 90).convert("RGB")
    result = model(n=21, scan=picture)
    assert result["twice"] == 42
    assert result["turned"].tobytes() == picture.rotate(180).tobytes()
    assert list(model.inputs) == ["n", "scan"]
    with pytest.raises(InvalidValue):
        model(n="many")
    assert b"sealed/request" in wire.passed
    for word in (b'"n"', b"twice", b"turned", b"scan", picture.tobytes()[:30]):
        assert word not in wire.passed
    wire.close()


def test_model_is_called_on_after_the_host_was_another_process(serve, relay):
    through = relay()
    served = serve(SCRIPT, *through.share_sealed)
    link = Terminal(served).says(r"public\s+(\S+#[\w-]{43})$")[1]
    model = ma.connect(link)
    assert model(n=1)["twice"] == 2
    served.stop()
    served.start()
    Terminal(served).says(r"public\s+\S+$")
    assert model(n=2)["twice"] == 4


def test_wrong_links_are_told_to_callers(link):
    address, _, key = link.partition("#")
    with pytest.raises(InvalidValue, match="not complete"):
        ma.connect(f"{address}#{key[:-1]}")
    with pytest.raises(EnvironmentFault, match="not valid any more"):
        ma.connect(f"{address}#{Key.of('other').text}")(n=1)
    with pytest.raises(EnvironmentFault, match="not valid"):
        ma.connect(f"{link}?watch=wrong")(n=1)
    with pytest.raises(EnvironmentFault):
        ma.connect(address)(n=1)
