"""Several hosts serve one app with one store, behind nginx that sends each connection to whichever comes next."""

import io
import json
import threading
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from modelapp.session.flags import Flags
from modelapp.session.storage import storage_of
from PIL import Image
from served import PATIENCE_SECONDS, Served, Socket
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
def hosts(serve, postgres, tmp_path, monkeypatch):
    """Two hosts of one app, each in a folder of its own, and nginx before them as the manual has it."""
    monkeypatch.setenv("MODELAPP_STORE", postgres)
    monkeypatch.setenv("MODELAPP_BLOBS", (tmp_path / "shared").as_uri())
    made = []
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "demo.py").write_text(SCRIPT)
        made.append(serve(tmp_path / place / "demo.py", "--base-url", "/demo/", "--behind-proxy"))
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
        except Exception:  # of several kinds, depending on how far it came
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


@pytest.mark.parametrize("end", [None, "stop", "kill"])
def test_every_page_is_right_behind_a_balancer_also_while_a_host_is_ended_and_started(hosts, end):
    failures, went_on, flagged = [], threading.Semaphore(0), []

    def visit(number):
        session, value, side = None, 1, None
        wished = (value, side)  # what was set and perhaps not acknowledged

        def shown():
            return f"{value} {f'({side}, 40)' if side else 'none'}"

        try:
            for step in range(2, 2 + STEPS):
                page = connected(hosts.front)
                try:
                    welcome = page.hello(session=session) if session else page.hello()
                    assert session in (None, welcome["session"])
                    session = welcome["session"]
                    begun = first_text(page)
                    if begun != shown():
                        value, side = wished
                    assert begun == shown()
                    wished = (step * 100 + number, side)
                    page.set(n=wished[0])
                    value = wished[0]
                    page.sees(shown())
                    if step % 4 == 0:
                        status, uploaded = page.upload("scan", picture(20 + number))
                        assert status == 200, uploaded
                        wished = (value, 20 + number)
                        page.set(scan={**uploaded, "edits": []})
                        page.sees(f"{value} ({20 + number}, 40)")
                        side = 20 + number
                    page.set(n=value + 50)
                    wished = (value + 50, side)
                    value += 50
                    seen = page.sees(shown())["sequence"]
                    page.receive("run", phase="done")
                    identity = f"flag-of-visitor-{number:02}-{step:04}"
                    page.send({"type": "flag", "id": identity, "seen": seen, "epoch": welcome["epoch"]})
                    assert page.receive("flagged", id=identity)["problem"] is None
                    flagged.append((identity, value))
                except (AssertionError, OSError) as problem:
                    # A host that ends takes its sockets with it: what was acknowledged must be there at the next one.
                    if end is None or not ("socket was closed" in str(problem) or isinstance(problem, OSError)):
                        raise
                finally:
                    page.close()
                went_on.release()
        except BaseException as problem:  # told by the main thread
            failures.append(problem)
            went_on.release()

    visitors = [threading.Thread(target=visit, args=(number,)) for number in range(PAGES)]
    for visitor in visitors:
        visitor.start()
    if end is not None:
        for host in hosts.made:
            for _ in range(PAGES * STEPS // 4):
                assert went_on.acquire(timeout=PATIENCE_SECONDS)
            getattr(host, end)()
            host.start(host.port)
    for visitor in visitors:
        visitor.join(PATIENCE_SECONDS)
    assert not failures
    storage = storage_of(hosts.made[0].path, hosts.store)
    flags = Flags(storage)
    kept = {flag.id: flag.inputs["n"] for flag in flags.all()}
    assert len(kept) == len(flags.all())
    assert {identity: kept.get(identity) for identity, _ in flagged} == dict(flagged)
    flags.close()
    storage.close()
    if end is None:
        assert len(flagged) == PAGES * STEPS
        opened = Counter(host.log.read_text().count("Traceback") for host in hosts.made)
        assert opened == {0: 2}


def test_second_host_that_shares_no_files_is_refused(serve, postgres, tmp_path):
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "demo.py").write_text(SCRIPT)
    serve(tmp_path / "a" / "demo.py", "--store", postgres)
    with pytest.raises(AssertionError, match="its files are not here"):
        serve(tmp_path / "b" / "demo.py", "--store", postgres)


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
