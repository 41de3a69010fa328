"""Several hosts serve one app with one store, behind nginx that sends each connection to whichever comes next."""

import base64
import contextlib
import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from modelapp.session.blobs import SessionBlobs
from modelapp.session.flags import Flags
from modelapp.session.homes import SessionLedger
from modelapp.session.storage import storage_of
from modelapp.session.store import SessionStore
from PIL import Image
from served import PATIENCE_SECONDS, Served, Socket
from tornado.httpclient import HTTPClientError
from tornado.websocket import WebSocketError
from web_servers import Nginx, manual_block

SCRIPT = """
import modelapp as ma
n = ma.number_input(value=1)
scan = ma.image_input(required=False, tools=())
ma.state.last = n
ma.text_output(f"{n:g} {scan.size if scan else 'none'}")
if scan:
    ma.image_output(scan.rotate(90, expand=True))
"""


@pytest.fixture
def script(request):
    return getattr(request, "param", SCRIPT)


@pytest.fixture
def hosts(script, serve, postgres, tmp_path, monkeypatch):
    """Two hosts of one app, each in a folder of its own, and nginx before them as the manual has it."""
    monkeypatch.setenv("MODELAPP_STORE", postgres)
    monkeypatch.setenv("MODELAPP_BLOBS", (tmp_path / "shared").as_uri())
    made = []
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "demo.py").write_text(script)
        made.append(serve(tmp_path / place / "demo.py", "--base-url", "/demo/", "--behind-proxy", "--watch"))
    text = manual_block("nginx", "upstream modelapp", "postgresql.md").replace("demo.example.org", "localhost")
    for host, address in zip(made, ("10.0.0.1:8501", "10.0.0.2:8501"), strict=True):
        text = text.replace(address, f"127.0.0.1:{host.port}")
    front = Nginx(tmp_path / "nginx", text)
    url = f"http://localhost:{front.port}/demo/"
    at = SimpleNamespace(url=url, request=lambda *words, **more: Served.request(at, *words, **more), key=made[0].key)
    yield SimpleNamespace(made=made, front=at, store=postgres)
    front.stop()


def picture(side):
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(side).integers(0, 256, (40, side, 3), dtype=np.uint8)).save(file, "PNG")
    return file.getvalue()


def connected(served, tries=200):
    """Open a socket; a host that is stopped just now may be the one that was asked."""
    for _ in range(tries):
        try:
            return Socket(served)
        except (OSError, HTTPClientError, WebSocketError):
            threading.Event().wait(0.05)
    raise AssertionError("no host answers")


def test_session_goes_on_at_whichever_host_its_page_comes_to(hosts):
    one, other = hosts.made
    first = Socket(one)
    session = first.hello()["session"]
    first.set(n=5)
    first.sees("5 none")
    status, uploaded = first.upload("scan", picture(60))
    assert status == 200
    first.set(scan={**uploaded, "edits": []})
    first.sees("5 (60, 40)")
    grant = first.welcome["grant"]
    assert other.request(f"media/{grant}/{uploaded['blob']}")[0] == 200
    assert other.request(f"media/{'x' * 24}/{uploaded['blob']}")[0] == 404

    second = Socket(other)
    welcome = second.hello(session=session)
    assert (welcome["session"], welcome["resumed"]) == (session, True)
    second.sees("5 (60, 40)")
    second.set(n=6)
    second.sees("6 (60, 40)")
    # The first page is told that it is open elsewhere, and gets nothing more.
    assert "another window" in first.receive("ended")["text"]

    # A file that comes to the other host is handed to the one at which the session lives.
    status, body = _uploaded_at(one, session, picture(30))
    assert status == 200
    second.set(scan={**body, "edits": []})
    second.sees("6 (30, 40)")

    third = Socket(one)
    assert third.hello(session=session)["resumed"]
    third.sees("6 (30, 40)")
    stranger = Socket(other)
    stranger.hello()
    stranger.set(scan={**body, "edits": []})
    assert "no longer here" in stranger.receive("problem")["text"]
    for page in (first, second, third, stranger):
        page.close()


def test_presenter_at_one_host_hears_what_visitors_do_at_another(hosts):
    one, other = hosts.made
    author, visitor = Socket(one, presenter=True), Socket(other)
    author.hello()
    author.sees("1 none")
    visitor.hello()
    visitor.set(n=5)
    seen = visitor.sees("5 none")["sequence"]
    visitor.receive("run", phase="done")
    visitor.send({"type": "flag", "id": "a" * 24, "seen": seen, "epoch": visitor.welcome["epoch"]})
    assert visitor.receive("flagged")["problem"] is None
    assert author.receive("notice")["text"].startswith("A visitor flagged “5 none” (flag 1)")
    # The case is kept after a second; the author's page counts it, and its link is followed at the other host.
    assert author.receive("history", everybody=1)["mine"] == 0
    case = ask(visitor, {"do": "list", "everybody": False, "before": None})["rows"][0]
    link = ask(visitor, {"do": "share", "case": case["id"]})["link"]
    assert ask(author, {"do": "visit", "link": link})["row"]["answer"] == "5 none"
    third = Socket(other)
    third.hello()
    ask(third, {"do": "remark", "link": link, "text": "Is it so?"})
    assert author.receive("case_news")["link"] == link
    assert "wrote about the case “5 none”: Is it so?" in author.receive("notice")["text"]
    assert [remark["text"] for remark in ask(author, {"do": "visit", "link": link})["remarks"]] == ["Is it so?"]
    ask(visitor, {"do": "delete_all"})
    assert author.receive("case_news")["link"] == link
    assert author.receive("history", everybody=0)["mine"] == 0
    for page in (author, visitor, third):
        page.close()


def ask(page, query):
    """Ask a question about cases and return the reply."""
    page.send({"type": "ask", "id": 1, "element": "history", "query": query})
    answer = page.receive("answer", id=1)
    assert answer["error"] is None
    return answer["reply"]


WATCHED = """
import modelapp as ma
n = ma.number_input(value=1)
ma.text_output(f"{n:g}")
if n > 5:
    ma.text_output((f"{'part ' * 20}{k} " for k in range(4)), label="Said")
    ma.image_output(__import__("PIL.Image").Image.new("RGB", (30, 20), (int(n), 0, 0)))
"""


def shows(page, words, name="output.text"):
    """Wait until a page shows these words in that output."""
    while page.elements.get(name, {"props": {}})["props"].get("text") != words:
        page.receive("frame")


@pytest.mark.parametrize("script", [WATCHED], indirect=True)
def test_watcher_sees_the_presenter_s_page_through_another_host(hosts):
    one, other = hosts.made
    watcher = Socket(other, watcher=True)
    watcher.hello()
    assert watcher.receive("watching")["live"] is False
    author = Socket(one, presenter=True)
    author.hello()
    assert author.receive("watchers", elsewhere=1)["numbers"] == []
    shows(author, "1")
    shows(watcher, "1")
    author.set(n=6)
    shows(watcher, "6")
    watcher.receive("run", phase="done")
    # Another one comes later, and gets the page with its pictures from the host that she came to.
    later = Socket(other, watcher=True)
    grant = [later.hello()["grant"], later.welcome["grant"]][-1]
    shows(later, "6")
    later.receive("run", phase="done")
    picture = next(one for one in later.elements.values() if one["props"]["type"] == "image_output")["props"]["blob"]
    assert other.request(f"media/{grant}/{picture}")[0] == 200
    assert later.elements["output.said"]["props"]["text"] == "".join(f"{'part ' * 20}{k} " for k in range(4))
    author.receive("watchers", elsewhere=2)
    # She goes on at the other host, where the watchers are; then she goes.
    there = Socket(other, presenter=True)
    there.hello(session=author.welcome["session"])
    assert "another window" in author.receive("ended")["text"]
    assert there.receive("watchers")["numbers"] == [1, 2]
    there.set(n=3)
    shows(watcher, "3")
    shows(later, "3")
    there.close()
    assert watcher.receive("watching", live=False)["turn"] == "none"
    for page in (author, watcher, later):
        page.close()


def test_file_that_another_host_begins_to_need_is_not_removed(postgres, tmp_path):
    shared = (tmp_path / "shared").as_uri()
    storages = [storage_of(tmp_path / name / "demo.py", postgres, shared, serves=True) for name in "ab"]
    stores = [SessionStore(storage) for storage in storages]
    one, other = (store.homes for store in stores)
    blobs = [storage.blobs() for storage in storages]
    content = b"the same bytes"
    digest = blobs[0].put(content)
    hers = SessionBlobs(blobs[1], set(), ledger=SessionLedger(other, "her session"))
    with ThreadPoolExecutor(1) as pool:
        with one.removing([digest]):
            assert blobs[0].remove_all_but([digest], set) == {digest}  # as far as this host knows nobody needs it
            blobs[0].put(content)
            putting = pool.submit(hers.put, content)
            while not one.may_see("her session", digest):
                threading.Event().wait(0.02)
            blobs[0].remove_all_but([digest], set)
            assert not putting.done()
        assert putting.result(PATIENCE_SECONDS) == digest
    assert blobs[0].path(digest).read_bytes() == hers.path(digest).read_bytes() == content
    assert one.shown_to_others([]) == {digest}
    for opened in (*stores, *storages):
        opened.close()


def _uploaded_at(host, session, data):
    headers = {"X-Modelapp-Session": session, "X-Modelapp-Input": "scan", "X-Modelapp-Name": "scan.png"}
    status, _, body = host.request(
        "upload", method="POST", body=data, headers={**headers, "Content-Type": "application/octet-stream"}
    )
    return status, json.loads(body)


def first_text(page):
    """Return the text that a page shows first."""
    while "output.text" not in page.elements:
        page.receive("frame")
    return page.elements["output.text"]["props"]["text"]


PAGES, STEPS = 12, 8


class HostEnded(Exception):
    """The host that a page was at, or was sent to, ended just then."""


class Visitor:
    """Somebody who opens the page again and again, at whichever host, and knows what she set and was told."""

    def __init__(self, number, front):
        self.number = number
        self.front = front
        self.session = None
        self.shown = self.wished = (1, None)
        """The number and the picture's width: as the page showed them last, and as they were set after that."""
        self.flagged = {}
        self.breaks = 0

    def visit(self, step):
        """Open the page, see what was there before, change it, and flag the answer."""
        try:
            page = connected(self.front)
            with contextlib.closing(page):
                welcome = page.hello(session=self.session) if self.session else page.hello()
                assert self.session in (None, welcome["session"])
                self.session = welcome["session"]
                # What was acknowledged is there; what was not may be.
                self.shown = self.wished if first_text(page) == words(self.wished) else self.shown
                assert page.elements["output.text"]["props"]["text"] == words(self.shown)
                self.change(page, step * 100 + self.number, self.shown[1])
                if step % 4 == 0:
                    self.change(page, self.shown[0], step * 10 + self.number)
                self.change(page, self.shown[0] + 50, self.shown[1])
                self.flag(page, welcome["epoch"], f"flag-of-visitor-{self.number:02}-{step:04}")
        except (AssertionError, HostEnded, WebSocketError) as problem:
            if isinstance(problem, AssertionError) and "the socket was closed" not in str(problem):
                raise
            self.breaks += 1

    def change(self, page, value, side):
        self.wished = (value, side)
        values = {"n": value}
        if side != self.shown[1]:
            status, uploaded = page.upload("scan", picture(side))
            if status == 502:
                raise HostEnded
            assert status == 200, uploaded
            values["scan"] = {**uploaded, "edits": []}
        page.set(**values)
        self.seen = page.sees(words(self.wished))["sequence"]
        self.shown = self.wished

    def flag(self, page, epoch, identity):
        page.receive("run", phase="done")
        page.send({"type": "flag", "id": identity, "seen": self.seen, "epoch": epoch})
        assert page.receive("flagged", id=identity)["problem"] is None
        self.flagged[identity] = self.shown[0]


def words(shown):
    value, side = shown
    return f"{value} {f'({side}, 40)' if side else 'none'}"


@pytest.mark.parametrize("end", [None, "stop", "kill"])
def test_every_page_is_right_behind_a_balancer_also_while_a_host_is_ended_and_started(hosts, end):
    visitors = [Visitor(number, hosts.front) for number in range(PAGES)]
    visited = threading.Semaphore(0)

    def come(visitor):
        for step in range(2, 2 + STEPS):
            try:
                visitor.visit(step)
            finally:
                visited.release()

    with ThreadPoolExecutor(PAGES) as pool:
        coming = [pool.submit(come, visitor) for visitor in visitors]
        for host in hosts.made if end else ():
            for _ in range(PAGES * STEPS // 4):
                assert visited.acquire(timeout=PATIENCE_SECONDS)
            getattr(host, end)()
            host.start(host.port)
        for one in coming:
            one.result()
    flagged = {identity: value for visitor in visitors for identity, value in visitor.flagged.items()}
    with contextlib.closing(storage_of(hosts.made[0].path, hosts.store)) as storage:
        flags = Flags(storage)
        kept = [(flag.id, flag.inputs["n"]) for flag in flags.all()]
        flags.close()
    assert len(dict(kept)) == len(kept)
    assert {identity: dict(kept).get(identity) for identity in flagged} == flagged
    if end is None:
        assert len(flagged) == PAGES * STEPS and not any(visitor.breaks for visitor in visitors)
    assert [host.log.read_text().count("Traceback") for host in hosts.made] == [0, 0]


def test_second_host_that_shares_no_files_is_refused(serve, postgres, tmp_path):
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "demo.py").write_text(SCRIPT)
    serve(tmp_path / "a" / "demo.py", "--store", postgres)
    with pytest.raises(AssertionError, match="its files are not here"):
        serve(tmp_path / "b" / "demo.py", "--store", postgres)


def test_files_of_many_cases_and_of_an_answer_pass_through_either_host(hosts):
    one, other = hosts.made
    page = Socket(one)
    page.hello()
    page.sees("1 none")
    headers = {"X-Modelapp-Session": page.welcome["session"], "X-Modelapp-Name": "a.csv", "X-Modelapp-Last": "no"}
    status, _, body = other.request("bulk", method="POST", body=b"n\n2\n3\n", headers=headers)
    assert status == 200, body
    more = {"X-Modelapp-Upload": json.loads(body)["upload"], "X-Modelapp-Name": "b.csv", "X-Modelapp-Last": "yes"}
    status, _, again = other.request("bulk", method="POST", body=b"n\n4\n", headers={**headers, **more})
    assert (status, again) == (200, body)
    assert page.receive("bulk", phase="ready")["total"] == 2  # the files of a folder
    status, _, body = other.request(
        "bulk", method="POST", body=b"", headers={**headers, "X-Modelapp-Session": "of nobody"}
    )
    assert status == 403
    page.close()

    body = json.dumps({"inputs": {"scan": {"base64": base64.b64encode(picture(30)).decode()}}}).encode()
    status, _, answer = one.request("api/run", method="POST", body=body, headers={"Content-Type": "application/json"})
    assert status == 200, answer
    file = json.loads(answer)["outputs"]["image"]["url"]
    assert file.startswith("/demo/api/media/")
    for host in hosts.made:
        status, kinds, data = host.request(file.removeprefix("/demo/"))
        assert (status, Image.open(io.BytesIO(data)).size) == (200, (40, 30)), kinds
    grant = file.split("/")[4]
    assert other.request(file.removeprefix("/demo/").replace(grant, "x" * len(grant)))[0] == 404
    one.stop()
    assert other.request(file.removeprefix("/demo/"))[0] == 404  # as with one host: its files go with it


def test_earlier_window_goes_on_when_it_is_clicked(hosts, context):
    page = context.new_page()
    page.goto(hosts.made[0].url)
    page.get_by_text("1 none").wait_for()
    session = page.evaluate("() => sessionStorage.getItem('modelapp session ' + location.pathname)")
    with contextlib.closing(Socket(hosts.made[1])) as later:
        later.hello(session=session)
        later.set(n=3)
        later.sees("3 none")
        page.get_by_text("open in another window").click()
        page.get_by_text("3 none").wait_for()
        assert "another window" in later.receive("ended")["text"]
    page.get_by_label("N", exact=True).fill("4")
    page.get_by_text("4 none").wait_for()


def test_page_in_a_browser_goes_on_when_its_host_is_ended(hosts, context):
    page = context.new_page()
    page.goto(hosts.front.url)
    page.get_by_text("1 none").wait_for()
    page.get_by_label("N", exact=True).fill("7")
    page.get_by_text("7 none").wait_for()
    page.set_input_files("input[type=file]", {"name": "a.png", "mimeType": "image/png", "buffer": picture(50)})
    page.get_by_text("7 (50, 40)").wait_for()
    for host in hosts.made:
        host.stop()
        page.get_by_label("N", exact=True).fill("8" if host is hosts.made[0] else "9")
        page.get_by_text("8 (50, 40)" if host is hosts.made[0] else "9 (50, 40)").wait_for()
        assert page.locator("img").last.evaluate(
            "async (image) => { await image.decode(); return image.naturalWidth; }"
        )
        host.start(host.port)
