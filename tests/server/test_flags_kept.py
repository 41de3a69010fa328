"""Flags over kills of the host, and what is left when one is deleted."""

import io
import queue
import sqlite3
import threading

import numpy as np
import pytest
from click.testing import CliRunner
from flag_pages import SCRIPT, flag, flags_of, opened
from modelapp.cli import main
from modelapp.session.folder import folder_of
from PIL import Image
from served import PATIENCE_SECONDS, Socket
from stores import on_files
from tornado.websocket import WebSocketClosedError

pytestmark = pytest.mark.usefixtures("each_store")

PICTURE = """
    import modelapp as ma
    ma.app("Scan", history=HISTORY)
    scan = ma.image_input(required=False)
    ma.text_output(f"{scan.size if scan else 'none'}")
    if scan:
        ma.image_output(scan)
"""


def command(served, *words):
    result = CliRunner().invoke(main, ["flags", str(served.path), *words])
    assert result.exit_code == 0, result.output
    return result.output


def deleted_all(page):
    page.send({"type": "ask", "id": 1, "element": "history", "query": {"do": "delete_all"}})
    return page.receive("answer", id=1)["reply"]


@pytest.mark.parametrize("history", [True, False])
def test_deleting_a_flag_leaves_no_byte_of_a_picture_that_it_alone_named(serve, connect, history):
    served = serve(PICTURE.replace("HISTORY", str(history)))
    page = opened(connect, served)
    folder = folder_of(served.path)
    before = set(folder.glob("blobs/??/*"))
    pixels = np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    status, uploaded = page.upload("scan", file.getvalue(), "picture.png")
    assert status == 200
    fields = ("blob", "name", "preview", "width", "height", "frames")
    raw = {**{field: uploaded[field] for field in fields}, "edits": [{"op": "flip", "axis": "horizontal"}]}
    page.set(scan=raw)
    page.seen = page.sees("(60, 40)")["sequence"]
    page.receive("run", phase="done")
    flag(page, note="nobody's words")
    page.receive("flagged", problem=None)
    page.set(scan=None)
    page.sees("none")
    if history:
        assert deleted_all(page)["flags"] == 1
        assert "files go at its next start" in command(served, "delete", "1")
        assert set(folder.glob("blobs/??/*")) > before
        served.stop()
        served.start()
        page = opened(connect, served)
        deleted_all(page)  # of nothing: it is told when all that was asked before is done
        while page.receive("history")["going"]:
            pass
        served.stop()
    else:
        served.stop()
        assert "1 flag is deleted, 2 files are removed." in command(served, "delete", "1")
    assert set(folder.glob("blobs/??/*")) == before
    for content in [one.read_bytes() for one in folder.parent.rglob("*") if one.is_file()]:
        assert raw["blob"].encode() not in content and file.getvalue()[100:132] not in content
        assert b"picture.png" not in content and b"nobody's words" not in content


PAGES, PARTS, EACH = 20, 5, 10


def test_a_thousand_flags_from_twenty_pages_outlive_kills_and_are_there_once(serve):
    served = serve(SCRIPT)
    sessions: list[str | None] = [None] * PAGES
    acknowledged: set[str] = set()
    news: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    failures: list[BaseException] = []

    def flag_all(number, parts):
        """Flag a share of a page's, and all before it again, as a page does that got no answer."""
        wanted = [f"page{number:04}part{part:04}no{index:04}" for part in parts for index in range(EACH)]
        page = Socket(served)
        try:
            welcome = page.hello(session=sessions[number])
            sessions[number] = welcome["session"]
            page.receive("run", phase="done")
            for identity in wanted:
                page.send({"type": "flag", "id": identity, "seen": 1 << 40, "epoch": welcome["epoch"]})
            for _ in wanted:
                told = page.receive("flagged")
                assert told["problem"] is None, told
                acknowledged.add(told["id"])
                news.put(told["id"])
        except (WebSocketClosedError, OSError):
            pass  # the host was killed
        except AssertionError as problem:
            if "was closed" not in str(problem):
                failures.append(problem)
        finally:
            page.close()
            news.put(None)

    for part in range(PARTS):
        last = part == PARTS - 1
        threads = [threading.Thread(target=flag_all, args=(number, range(part + 1))) for number in range(PAGES)]
        for thread in threads:
            thread.start()
        if not last:
            heard, done = 0, 0
            while heard < PAGES * (part * EACH + EACH // 4) and done < PAGES:  # in the midst of what is new
                if news.get(timeout=PATIENCE_SECONDS) is None:
                    done += 1
                else:
                    heard += 1
            served.kill()
        for thread in threads:
            thread.join()
        while not news.empty():
            news.get()
        if not last:
            kept = {one.id for one in flags_of(served)}
            assert acknowledged <= kept  # after the kill, before anybody said anything again
            served.start()
    assert not failures
    kept = [one.id for one in flags_of(served)]
    assert len(kept) == len(set(kept)) == PAGES * PARTS * EACH == 1000
    assert set(kept) == acknowledged
    if on_files():
        database = sqlite3.connect(folder_of(served.path) / "flags.sqlite3")
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        database.close()
