"""Several hosts serve one app with one store: sessions move between them, and nothing acknowledged is lost."""

import contextlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from modelapp.session.flags import Flags
from modelapp.session.storage import storage_of
from pairs import PAIR, connected, first_text, picture
from served import PATIENCE_SECONDS, Socket
from tornado.websocket import WebSocketError


def test_session_goes_on_at_whichever_host_its_page_comes_to(pair):
    one, other = pair.made
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


def _uploaded_at(host, session, data):
    headers = {"X-Modelapp-Session": session, "X-Modelapp-Input": "scan", "X-Modelapp-Name": "scan.png"}
    status, _, body = host.request(
        "upload", method="POST", body=data, headers={**headers, "Content-Type": "application/octet-stream"}
    )
    return status, json.loads(body)


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
def test_every_page_is_right_behind_a_balancer_also_while_a_host_is_ended_and_started(pair, end):
    visitors = [Visitor(number, pair.front) for number in range(PAGES)]
    visited = threading.Semaphore(0)

    def come(visitor):
        for step in range(2, 2 + STEPS):
            try:
                visitor.visit(step)
            finally:
                visited.release()

    with ThreadPoolExecutor(PAGES) as pool:
        coming = [pool.submit(come, visitor) for visitor in visitors]
        for host in pair.made if end else ():
            for _ in range(PAGES * STEPS // 4):
                assert visited.acquire(timeout=PATIENCE_SECONDS)
            getattr(host, end)()
            host.start(host.port)
        for one in coming:
            one.result()
    flagged = {identity: value for visitor in visitors for identity, value in visitor.flagged.items()}
    with contextlib.closing(storage_of(pair.made[0].path, pair.store)) as storage:
        flags = Flags(storage)
        kept = [(flag.id, flag.inputs["n"]) for flag in flags.all()]
        flags.close()
    assert len(dict(kept)) == len(kept)
    assert {identity: dict(kept).get(identity) for identity in flagged} == flagged
    if end is None:
        assert len(flagged) == PAGES * STEPS and not any(visitor.breaks for visitor in visitors)
    assert [host.log.read_text().count("Traceback") for host in pair.made] == [0, 0]


def test_second_host_that_shares_no_files_is_refused(serve, postgres, tmp_path):
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "demo.py").write_text(PAIR)
    serve(tmp_path / "a" / "demo.py", "--store", postgres)
    with pytest.raises(AssertionError, match="its files are not here"):
        serve(tmp_path / "b" / "demo.py", "--store", postgres)


def test_earlier_window_goes_on_when_it_is_clicked(pair, context):
    page = context.new_page()
    page.goto(pair.made[0].url)
    page.get_by_text("1 none").wait_for()
    session = page.evaluate("() => sessionStorage.getItem('modelapp session ' + location.pathname)")
    with contextlib.closing(Socket(pair.made[1])) as later:
        later.hello(session=session)
        later.set(n=3)
        later.sees("3 none")
        page.get_by_text("open in another window").click()
        page.get_by_text("3 none").wait_for()
        assert "another window" in later.receive("ended")["text"]
    page.get_by_label("N", exact=True).fill("4")
    page.get_by_text("4 none").wait_for()


def test_page_in_a_browser_goes_on_when_its_host_is_ended(pair, context):
    page = context.new_page()
    page.goto(pair.front.url)
    page.get_by_text("1 none").wait_for()
    page.get_by_label("N", exact=True).fill("7")
    page.get_by_text("7 none").wait_for()
    page.set_input_files("input[type=file]", {"name": "a.png", "mimeType": "image/png", "buffer": picture(50)})
    page.get_by_text("7 (50, 40)").wait_for()
    for host in pair.made:
        host.stop()
        page.get_by_label("N", exact=True).fill("8" if host is pair.made[0] else "9")
        page.get_by_text("8 (50, 40)" if host is pair.made[0] else "9 (50, 40)").wait_for()
        assert page.locator("img").last.evaluate(
            "async (image) => { await image.decode(); return image.naturalWidth; }"
        )
        host.start(host.port)
