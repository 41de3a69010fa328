"""What several hosts of one app have in common: news, watchers, files."""

import base64
import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from modelapp.session.blobs import SessionBlobs
from modelapp.session.homes import SessionLedger
from modelapp.session.storage import storage_of
from modelapp.session.store import SessionStore
from pairs import picture
from PIL import Image
from served import PATIENCE_SECONDS, Socket

WATCHED = """
import modelapp as ma
n = ma.number_input(value=1)
ma.text_output(f"{n:g}")
if n > 5:
    ma.text_output((f"{'part ' * 20}{k} " for k in range(4)), label="Said")
    ma.image_output(__import__("PIL.Image").Image.new("RGB", (30, 20), (int(n), 0, 0)))
"""


def test_presenter_at_one_host_hears_what_visitors_do_at_another(pair):
    one, other = pair.made
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


def shows(page, words, name="output.text"):
    """Wait until a page shows these words in that output."""
    while page.elements.get(name, {"props": {}})["props"].get("text") != words:
        page.receive("frame")


@pytest.mark.parametrize("pair", [WATCHED], indirect=True)
def test_watcher_sees_the_presenter_s_page_through_another_host(pair):
    one, other = pair.made
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
    # With a page at each host, the one that she used last is seen.
    second = Socket(other, presenter=True)
    second.hello()
    shows(watcher, "1")
    author.set(n=7)
    shows(watcher, "7")
    second.set(n=2)
    shows(watcher, "2")
    second.close()
    shows(watcher, "7")
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


@pytest.mark.parametrize("pair", [WATCHED], indirect=True)
def test_watcher_scrolls_along_through_another_host_and_follows_the_presenter_off_a_killed_one(pair):
    one, other = pair.made
    author, watcher = Socket(one, presenter=True), Socket(other, watcher=True)
    author.hello()
    watcher.hello()
    watcher.send({"type": "follow_scroll", "now": True})
    shows(watcher, "1")
    author.receive("watchers", elsewhere=1, scroll=True)
    place = {"element": "n", "fraction": 0.25, "above": 3}
    author.send({"type": "scrolled", **place})
    watcher.receive("scroll", **place)
    author.set(n=6)
    shows(watcher, "6")
    one.kill()
    there = Socket(other, presenter=True)
    there.hello(session=author.welcome["session"])
    there.set(n=8)
    shows(watcher, "8")
    there.send({"type": "scrolled", **place, "fraction": 0.5})
    watcher.receive("scroll", fraction=0.5)
    for page in (there, watcher):
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


def test_files_of_many_cases_and_of_an_answer_pass_through_either_host(pair):
    one, other = pair.made
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
    for host in pair.made:
        status, kinds, data = host.request(file.removeprefix("/demo/"))
        assert (status, Image.open(io.BytesIO(data)).size) == (200, (40, 30)), kinds
    grant = file.split("/")[4]
    assert other.request(file.removeprefix("/demo/").replace(grant, "x" * len(grant)))[0] == 404
    one.stop()
    assert other.request(file.removeprefix("/demo/"))[0] == 404  # as with one host: its files go with it
